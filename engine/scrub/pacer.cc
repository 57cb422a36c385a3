#include "scrub/pacer.h"

#include <algorithm>

namespace reel {
namespace {

constexpr double kMillisPerSecond = 1000;
// What was not done in time is not made up for beyond this.
constexpr double kLagMs = 200;
constexpr int64_t kSliceMs = 100;

}  // namespace

bool Pacer::Take(uint64_t bytes, const std::function<bool()>& should_stop) {
  if (!bytes_per_second_) {
    return should_stop();
  }
  const auto now = [&] { return static_cast<double>(clock_->SteadyMillis()); };
  free_at_ms_ = std::max(free_at_ms_, now() - kLagMs) + static_cast<double>(bytes) *
                                                            kMillisPerSecond /
                                                            static_cast<double>(*bytes_per_second_);
  while (!should_stop()) {
    const double left = free_at_ms_ - now();
    if (left < 1) {
      return false;
    }
    std::unique_lock lock(mutex_);
    clock_->WaitUntil(&never_, &lock,
                      clock_->SteadyMillis() + std::min(kSliceMs, static_cast<int64_t>(left)));
  }
  return true;
}

}  // namespace reel

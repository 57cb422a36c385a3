#include <reel/clock.h>

#include <chrono>

namespace reel {
namespace {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] int64_t NowSeconds() const override {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

}  // namespace

const Clock& Clock::System() {
  static const SystemClock clock;
  return clock;
}

}  // namespace reel

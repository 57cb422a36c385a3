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

int64_t Clock::SteadyMillis() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void Clock::WaitUntil(std::condition_variable* condition, std::unique_lock<std::mutex>* lock,
                      int64_t deadline_ms) const {
  condition->wait_until(
      *lock, std::chrono::steady_clock::time_point(std::chrono::milliseconds(deadline_ms)));
}

const Clock& Clock::System() {
  static const SystemClock clock;
  return clock;
}

}  // namespace reel

// A clock that tests move.
#pragma once

#include <reel/clock.h>

#include <atomic>
#include <cstdint>

namespace reel::test {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(int64_t now = 1'800'000'000) : now_(now) {}

  [[nodiscard]] int64_t NowSeconds() const override { return now_; }
  void Advance(int64_t seconds) { now_ += seconds; }

 private:
  std::atomic<int64_t> now_;
};

}  // namespace reel::test

#include "scrub/pacer.h"

#include <gtest/gtest.h>
#include <reel/clock.h>

#include <condition_variable>
#include <mutex>

namespace reel {
namespace {

// Whoever waits for a time has it at once.
class PassingClock final : public Clock {
 public:
  [[nodiscard]] int64_t NowSeconds() const override { return now_ms_ / 1000; }
  [[nodiscard]] int64_t SteadyMillis() const override { return now_ms_; }
  void WaitUntil(std::condition_variable* /*condition*/, std::unique_lock<std::mutex>* /*lock*/,
                 int64_t deadline_ms) const override {
    EXPECT_GT(deadline_ms, now_ms_);
    EXPECT_LE(deadline_ms, now_ms_ + 100);
    now_ms_ = deadline_ms;
  }

 private:
  mutable int64_t now_ms_ = 1'800'000'000'000;
};

TEST(PacerTest, HoldsTheRateAndStopsAtOnce) {
  const PassingClock clock;
  Pacer pacer(&clock, 1000);
  const int64_t begin = clock.SteadyMillis();
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(pacer.Take(500, [] { return false; }));
  }
  EXPECT_NEAR(static_cast<double>(clock.SteadyMillis() - begin), 10'000, 300);
  EXPECT_TRUE(pacer.Take(1'000'000, [] { return true; }));
  EXPECT_LE(clock.SteadyMillis() - begin, 10'300);
}

}  // namespace
}  // namespace reel

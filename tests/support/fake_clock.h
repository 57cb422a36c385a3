// A clock that tests move.
#pragma once

#include <reel/clock.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

namespace reel::test {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(int64_t now = 1'800'000'000) : now_ms_(now * 1000) {}

  [[nodiscard]] int64_t NowSeconds() const override { return now_ms_ / 1000; }
  [[nodiscard]] int64_t SteadyMillis() const override { return now_ms_; }

  void WaitUntil(std::condition_variable* condition, std::unique_lock<std::mutex>* lock,
                 int64_t deadline_ms) const override {
    const Waiter waiter{condition, lock->mutex()};
    {
      const std::lock_guard guard(mutex_);
      waiters_.push_back(waiter);
    }
    if (now_ms_ < deadline_ms) {
      condition->wait(*lock);
    }
    // Advance may be about to lock the mutex of this waiter, which lives until it is erased.
    lock->unlock();
    {
      std::unique_lock guard(mutex_);
      advanced_.wait(guard, [this] { return advancing_ == 0; });
      waiters_.erase(std::find(waiters_.begin(), waiters_.end(), waiter));
    }
    lock->lock();
  }

  void Advance(int64_t seconds) { AdvanceMillis(seconds * 1000); }

  /// Wakes all that wait. REQUIRES: the caller holds no mutex that one of them waits with.
  void AdvanceMillis(int64_t milliseconds) {
    now_ms_ += milliseconds;
    std::vector<Waiter> waiters;
    {
      const std::lock_guard guard(mutex_);
      ++advancing_;
      waiters = waiters_;
    }
    // Without the clock's mutex, which WaitUntil takes while it holds theirs.
    for (const Waiter& waiter : waiters) {
      // Whoever holds it has read the new time, or waits already.
      { const std::lock_guard theirs(*waiter.mutex); }
      waiter.condition->notify_all();
    }
    const std::lock_guard guard(mutex_);
    --advancing_;
    advanced_.notify_all();
  }

  /// How many wait until some time.
  [[nodiscard]] size_t waiters() const {
    const std::lock_guard guard(mutex_);
    return waiters_.size();
  }

 private:
  struct Waiter {
    std::condition_variable* condition;
    std::mutex* mutex;

    friend bool operator==(const Waiter&, const Waiter&) = default;
  };

  std::atomic<int64_t> now_ms_;
  mutable std::mutex mutex_;
  mutable std::condition_variable advanced_;
  mutable std::vector<Waiter> waiters_;
  int advancing_ = 0;
};

}  // namespace reel::test

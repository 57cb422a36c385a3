// The time, passed in so that tests can move it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace reel {

/// Wall-clock time, and time that only goes forward. Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  /// Seconds since the Unix epoch. May jump in either direction.
  [[nodiscard]] virtual int64_t NowSeconds() const = 0;

  /// Milliseconds of a clock that never jumps; only differences mean anything.
  [[nodiscard]] virtual int64_t SteadyMillis() const;

  /// Waits on `condition` until it is notified or SteadyMillis() reads `deadline_ms`; may return
  /// early, so that callers look again. REQUIRES: `lock` is held.
  virtual void WaitUntil(std::condition_variable* condition, std::unique_lock<std::mutex>* lock,
                         int64_t deadline_ms) const;

  /// The system's clock; lives for the whole process.
  static const Clock& System();
};

}  // namespace reel

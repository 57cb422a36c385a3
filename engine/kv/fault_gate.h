// Where operations of a fault-injecting namespace wait, and what its end waits for.
#pragma once

#include <reel/clock.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace reel {

/// Thread-safe.
class FaultGate {
 public:
  /// `clock` outlives it.
  explicit FaultGate(const Clock& clock) : clock_(clock) {}

  /// A call is under way between the two.
  void Enter();
  void Leave();

  /// Waits so long, or until Release; with `hang` only for that. False: it was Close.
  bool Wait(int64_t milliseconds, bool hang);

  /// Ends the waits under way.
  void Release();

  /// Release, and those to come do not wait.
  void EndWaits();

  /// Ends the waits under way and all to come, and returns when no call is under way.
  void Close();

  [[nodiscard]] size_t waiting() const;

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t releases_ = 0;
  size_t calls_ = 0;
  size_t waiting_ = 0;
  bool waits_ = true;
  bool closed_ = false;
};

}  // namespace reel

// Ctrl-C and SIGTERM, as something that a command asks about where it can stop cleanly.
#pragma once

#include <atomic>

#include "tools/file_descriptor.h"

namespace reel::cli {

/// Whether somebody wants a command to stop. Once raised, it stays so. Thread-safe.
class Interruption {
 public:
  Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  /// Also from signal handlers.
  void Raise();

  [[nodiscard]] bool IsRaised() const { return raised_; }

  /// Waits until it is raised.
  void WaitUntilRaised() const;

  /// Waits until `fd` has bytes, its end or an error to read; false when raised, before or
  /// meanwhile.
  [[nodiscard]] bool WaitReadable(int fd) const;

  /// The same for writing.
  [[nodiscard]] bool WaitWritable(int fd) const;

  /// Becomes readable when raised, and stays so; -1 where the system had none to give.
  [[nodiscard]] int descriptor() const { return wake_up_.get(); }

 private:
  [[nodiscard]] bool Wait(int fd, short events) const;

  std::atomic<bool> raised_ = false;
  static_assert(std::atomic<bool>::is_always_lock_free, "signal handlers may not wait for a lock");
  // What is raised between a look at the flag and a wait would be slept through; through this the
  // wait hears it.
  FileDescriptor wake_up_;
};

/// The one that NoteInterrupts raises.
const Interruption& InterruptionOfProcess();

/// From now on SIGINT, SIGTERM and SIGHUP are only noted, and make blocked system calls return;
/// SIGPIPE is ignored. Once, before other threads run.
void NoteInterrupts();

}  // namespace reel::cli

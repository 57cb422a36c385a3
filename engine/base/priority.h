// How urgent a thread's work is.
#pragma once

namespace reel {

/// While it lives, the thread that made it gives way to all others, for the processor and the disk.
/// Without the right to raise it again it stays so.
class LowPriority {
 public:
  LowPriority();
  ~LowPriority();
  LowPriority(const LowPriority&) = delete;
  LowPriority& operator=(const LowPriority&) = delete;

 private:
  int nice_;
  int io_;
};

}  // namespace reel

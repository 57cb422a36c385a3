#include "base/priority.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace reel {
namespace {

constexpr int kNicest = 19;
// Of Linux's calls, 0 is the calling thread, not its process.
constexpr int kThisThread = 0;

// Of ioprio_set(2), whose header C++ cannot always read: newer ones name a parameter `class`.
constexpr int kWhoProcess = 1;
constexpr int kIdleClass = 3 << 13;

}  // namespace

LowPriority::LowPriority()
    : nice_(getpriority(PRIO_PROCESS, kThisThread)),
      io_(static_cast<int>(syscall(SYS_ioprio_get, kWhoProcess, kThisThread))) {
  setpriority(PRIO_PROCESS, kThisThread, kNicest);
  syscall(SYS_ioprio_set, kWhoProcess, kThisThread, kIdleClass);
}

LowPriority::~LowPriority() {
  setpriority(PRIO_PROCESS, kThisThread, nice_);
  if (io_ >= 0) {
    syscall(SYS_ioprio_set, kWhoProcess, kThisThread, io_);
  }
}

}  // namespace reel

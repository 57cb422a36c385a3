#include "base/priority.h"

#include <linux/ioprio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace reel {
namespace {

constexpr int kNicest = 19;
// Of Linux's calls, 0 is the calling thread, not its process.
constexpr int kThisThread = 0;

}  // namespace

LowPriority::LowPriority()
    : nice_(getpriority(PRIO_PROCESS, kThisThread)),
      io_(static_cast<int>(syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, kThisThread))) {
  setpriority(PRIO_PROCESS, kThisThread, kNicest);
  syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, kThisThread, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
}

LowPriority::~LowPriority() {
  setpriority(PRIO_PROCESS, kThisThread, nice_);
  if (io_ >= 0) {
    syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, kThisThread, io_);
  }
}

}  // namespace reel

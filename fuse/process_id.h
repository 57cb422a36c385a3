// Which process a thread belongs to, and whether it is still there.
#pragma once

#include <sys/types.h>

namespace reel::mount {

/// The process of `thread`, which is how the kernel names who asks; `thread` itself where that is
/// not known, as of one in another namespace of processes.
pid_t ProcessOf(pid_t thread);

bool IsAlive(pid_t process);

}  // namespace reel::mount

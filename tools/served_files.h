// Files that this process serves itself: in its own mount.
#pragma once

#include <reel/status.h>
#include <sys/types.h>

#include <optional>
#include <string>

#include "tools/shared_store.h"

namespace reel::cli {

/// The device of the file system that is mounted at `directory`. Asks nothing of whoever serves it,
/// so it can be called before that answers.
std::optional<dev_t> DeviceMountedAt(const std::string& directory);

/// kUnsupported where the open file `fd`, which the message calls `name`, is one that this process
/// serves. A thread that waits for such a file waits for its own process, which could not end if it
/// were killed just then.
Status CheckNotServedHere(const SharedStore& store, int fd, const std::string& name);

/// The same for what lies at `path`; ok where nothing can be found there.
Status CheckPathNotServedHere(const SharedStore& store, const std::string& path,
                              const std::string& name);

}  // namespace reel::cli

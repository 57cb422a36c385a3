// Looks at a directory before anything is mounted on it, so that what is wrong is said plainly.
#pragma once

#include <reel/status.h>

#include <string>

namespace reel::mount {

/// The absolute path of `directory`, if a FUSE file system can be mounted there: it exists, is an
/// empty directory and no mount point, /dev/fuse is there, and for users other than root
/// fusermount3 is too. Otherwise kNotFound, kConflict, kBusy, kReadOnly, kUnsupported or kIoError,
/// and a message that names the first thing in the way and how to clear it.
Result<std::string> CheckMountpoint(const std::string& directory);

/// Whether fusermount3 is in the path.
bool HasFusermount();

/// Whether `path` is the root of a mount.
bool IsMountpoint(const std::string& path);

}  // namespace reel::mount

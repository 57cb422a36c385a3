// Runs a file system behind a mount point. Only handlers.* and session.cc know libfuse.
#pragma once

#include <reel/status.h>

#include <functional>
#include <string>

#include "fuse/filesystem.h"

namespace reel::mount {

struct MountOptions {
  /// As CheckMountpoint (fuse/mountpoint.h) returned it.
  std::string mountpoint;
  /// What `mount` and `df` show as the source, for example the store's directory.
  std::string source = "reel";
  /// Users other than the mounter may use it, as far as the modes let them.
  bool allow_other = false;
  /// The kernel refuses all that would write.
  bool read_only = false;
  /// For the kernel: no program is started from the mount; access times are shown as not kept.
  bool noexec = false;
  bool noatime = false;
  /// A process beside this one, fusermount3, takes the mount away should this one be killed. Not
  /// for users other than root without allow_other: libfuse 3.14's then cannot see the dead mount,
  /// and leaves it. REQUIRES: HasFusermount() (fuse/mountpoint.h).
  bool auto_unmount = false;
};

/// Mounts, calls `open` once for the file system, and answers until the mount is taken away:
/// `fusermount3 -u`, SIGINT, SIGTERM or SIGHUP (one that is ignored stays so, as under nohup), all
/// of which are ok; handlers of the caller's rest meanwhile. Nothing is mounted when it returns,
/// and no thread of its own runs any more; the file system has to live until then. What is asked
/// while `open` runs waits for it; a failure of it ends the mount and is returned. `on_ready` is
/// called once, when the kernel takes requests; they are answered from its return on, so it must
/// make none itself. False ends the mount again. kIoError when the mount cannot be made or its
/// connection breaks. REQUIRES: the main thread of the process, and no other mount in it; with
/// auto_unmount also that it has no other thread before `open` makes one, since libfuse forks.
Status ServeMount(const MountOptions& options, const std::function<Result<Filesystem*>()>& open,
                  const std::function<bool()>& on_ready);

}  // namespace reel::mount

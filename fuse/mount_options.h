// The words that `-o` takes.
#pragma once

#include <reel/status.h>
#include <sys/types.h>

#include <optional>
#include <string_view>

namespace reel::mount {

/// What a list of -o words asks for.
struct MountFlags {
  /// Nothing may be changed through the mount.
  bool read_only = false;
  /// Other users than the mounter may use it, as far as the modes let them.
  bool allow_other = false;
  /// The kernel starts no program from the mount.
  bool noexec = false;
  /// `mount` shows that access times are not kept; they never are.
  bool noatime = false;
  /// Who owns all files and directories; otherwise whoever mounts.
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
  /// Permission bits that no file and no directory has.
  mode_t umask = 022;
};

/// Reads words separated by commas: `ro`, `rw`, `allow_other`, `uid=N`, `gid=N`, `umask=OCTAL`, and
/// what fstab brings along. Of that, `noexec` and `noatime` and their opposites count; what
/// mount(8) or the service manager has already seen to (`defaults`, `nofail`, `user`, `x-…`) or
/// what every mount has (`nodev`, `nosuid`) is accepted and changes nothing. Of words that
/// contradict each other the last one counts. An empty text is an empty list. kInvalidArgument
/// names the first word that does not exist or has a wrong value, and what can stand there.
Result<MountFlags> ParseMountFlags(std::string_view text);

/// Whether an option of the name that `word` begins with exists, whatever its value is.
bool IsMountWord(std::string_view word);

}  // namespace reel::mount

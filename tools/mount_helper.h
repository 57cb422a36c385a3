// The command as mount(8) calls it for a file system of type fuse.reel: mount.fuse.reel.
#pragma once

#include <reel/status.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reel::cli {

/// Whether a program that was started by this name (argv[0]) is one of mount(8)'s helpers: its base
/// name begins with "mount.".
bool IsMountHelper(std::string_view program);

struct MountRequest {
  /// What RunCommandLine takes.
  std::vector<std::string> arguments;
  /// Everything is to be checked, and nothing to be mounted.
  bool is_fake = false;
};

/// Reads a helper's arguments, behind the program's name: SPEC DIR [-sfnv] [-o OPTIONS] [-t TYPE],
/// in any order. SPEC is the store's directory. Of OPTIONS, `prefix=P` and `log=FILE` become the
/// flags of `reel mount`; with -s, words that do not exist are left out. -n, -v and TYPE change
/// nothing. kInvalidArgument names what is wrong, options with wrong values included.
Result<MountRequest> ReadMountRequest(std::span<const std::string> arguments);

/// Mounts in the background as the arguments say, and returns when the mount answers. The exit
/// status is one of mount(8)'s: 0, 1 for a wrong command line, 32 when mounting failed.
int RunMountHelper(std::span<const std::string> arguments);

}  // namespace reel::cli

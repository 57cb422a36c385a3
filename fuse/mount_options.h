// The words that `-o` takes.
#pragma once

#include <reel/status.h>

#include <string_view>

namespace reel::mount {

/// What a list of -o words asks for.
struct MountFlags {
  /// Other users than the mounter may read.
  bool allow_other = false;
};

/// Reads words separated by commas: `ro` (every mount is) and `allow_other`. An empty text is an
/// empty list. kInvalidArgument names the first word that is neither.
Result<MountFlags> ParseMountFlags(std::string_view text);

}  // namespace reel::mount

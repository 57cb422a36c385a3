// The words that `-o` takes.
#pragma once

#include <reel/status.h>

#include <string_view>

namespace reel::mount {

/// What a list of -o words asks for.
struct MountFlags {
  /// Other users than the mounter may read.
  bool allow_other = false;
  /// Nobody may write.
  bool read_only = false;
};

/// Reads words separated by commas: `ro`, `rw` and `allow_other`; of those that contradict each
/// other the last one holds. An empty text is an empty list. kInvalidArgument names the first word
/// that is neither.
Result<MountFlags> ParseMountFlags(std::string_view text);

}  // namespace reel::mount

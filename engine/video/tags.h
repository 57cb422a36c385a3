// The tags of a video: its caller's, and those that its key gives.
#pragma once

#include <reel/options.h>
#include <reel/status.h>

#include <string>
#include <string_view>
#include <vector>

namespace reel {

/// The derived tags of a key, each the prefix and
///   path:PATH          of the source, shared by all its variants; bytes that no tag may hold, and
///   '%',
///                      as %XX; where that is too long for a tag, path-xxh3:HASH of the path
///   derivative:NAME, format:F, mode:MODE    where the key has them
/// REQUIRES: options.Validate() is ok, and the key is one.
std::vector<std::string> DerivedTags(std::string_view key, const TagOptions& options);

/// What a video at `key` bears: `given`, then the derived tags, each once. kInvalidArgument for
/// what cannot be a tag.
Result<std::vector<std::string>> AllTags(std::string_view key,
                                         const std::vector<std::string>& given,
                                         const TagOptions& options);

}  // namespace reel

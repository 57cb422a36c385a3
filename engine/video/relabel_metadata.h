// The metadata of a video whose key, tags or other attributes change. Pure.
#pragma once

#include <reel/status.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

/// What becomes of the metadata of a base entry. Unset: it stays as it is.
struct MetadataChange {
  std::optional<std::string> key;
  std::vector<std::string> tags;
  std::optional<std::string> content_type;
  std::optional<uint64_t> content_length;
  std::optional<int64_t> modified;
};

/// `metadata` with the change, and fields that Reel does not know as they were. An empty text
/// counts as an empty object. kInvalidArgument if it is something else than an object.
Result<std::string> ChangeMetadata(std::string_view metadata, const MetadataChange& change);

}  // namespace reel

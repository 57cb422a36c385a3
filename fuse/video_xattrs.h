// A video's extended attributes: what the store knows of it, under names that begin with
// user.reel. and values that are text.
#pragma once

#include <reel/status.h>
#include <reel/video.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reel::mount {

/// The names that a video has now: `user.reel.key`, `.tags`, `.content_type`, `.xxh3`, `.chunks`,
/// and of one that expires `.expires` and `.ttl` too.
std::vector<std::string_view> XattrNames(const VideoInfo& info);

/// The value under `name`; nothing if the video has no such attribute.
///   .key           the key
///   .tags          separated by commas
///   .content_type  the media type
///   .xxh3          XXH3-128 of the whole video, 32 hex digits
///   .chunks        how many it is stored in; 0 for one that is a single entry
///   .expires       seconds since the epoch
///   .ttl           seconds that are left at `now`
std::optional<std::string> XattrValue(const VideoInfo& info, std::string_view name, int64_t now);

/// Seconds to live, as a value of `.ttl` says: at least 60, or 0 for ever. Nothing for other text.
std::optional<int64_t> ParseTtl(std::string_view text);

/// The tags in a value of `.tags`.
std::vector<std::string> ParseTags(std::string_view text);

inline constexpr std::string_view kXattrPrefix = "user.reel.";
inline constexpr std::string_view kTagsXattr = "user.reel.tags";
inline constexpr std::string_view kTtlXattr = "user.reel.ttl";

}  // namespace reel::mount

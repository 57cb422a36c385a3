// Names of KV entries.
#pragma once

#include <reel/status.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reel {

/// The key of chunk `index` of the video at `base_key`: KEY_chunk_N.
std::string ChunkKey(std::string_view base_key, uint32_t index);

struct ChunkName {
  std::string_view base_key;
  uint32_t index = 0;
};

/// The parts of a key that ChunkKey could have made; nothing for others. What such a key holds may
/// still be an entry of its own. Points into `key`.
std::optional<ChunkName> SplitChunkKey(std::string_view key);

/// 1 to 200 bytes of UTF-8 without control characters and commas: tags travel in a comma-separated
/// header and stand in index rows that end with a zero byte.
Status ValidateTag(std::string_view tag);

/// At least 60 seconds, Cloudflare's smallest, and few enough to be added to any time.
Status ValidateTtl(int64_t seconds);

/// Seconds since the epoch, at least 60 ahead of `now`.
Status ValidateExpiration(int64_t expiration, int64_t now);

}  // namespace reel

// Byte ranges as people and protocols write them.
#pragma once

#include <reel/status.h>

#include <cstdint>
#include <string_view>

namespace reel {

struct ByteRange {
  uint64_t offset = 0;
  uint64_t length = 0;

  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// Resolves one range, `A-B`, `A-` or `-N` (both ends included, as in HTTP), against a video of
/// `size` bytes. B is cut at the end; N larger than the video is the whole video.
/// kInvalidArgument: not such a text. kOutOfRange: the video has no such bytes (A at or behind the
/// end, B before A, -0).
Result<ByteRange> ResolveByteRange(std::string_view text, uint64_t size);

}  // namespace reel

// One range as it is written, before it meets a video's size.
#pragma once

#include <reel/byte_range.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace reel {

/// `A-B`, `A-` (no last) or `-N` (no first: last is the count of bytes from the end).
struct RangeSpec {
  std::optional<uint64_t> first;
  std::optional<uint64_t> last;

  /// B before A: no video has such a range.
  [[nodiscard]] bool inverted() const { return first && last && *last < *first; }

  friend bool operator==(const RangeSpec&, const RangeSpec&) = default;
};

/// Nothing when `text` is not a range, or a number in it does not fit 64 bits.
std::optional<RangeSpec> ParseRangeSpec(std::string_view text);

/// The bytes of a video of `size` bytes that `spec` means: B is cut at the end, N larger than the
/// video is the whole video. Nothing when it has no such bytes.
std::optional<ByteRange> Resolve(const RangeSpec& spec, uint64_t size);

}  // namespace reel

// Which chunks hold a range of a video, and which bytes of each: by absolute offsets, so that a
// range that begins in any chunk gives its own bytes (I5). Pure.
#pragma once

#include <reel/byte_range.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace reel {

/// Bytes [offset, offset + length) of the value of one chunk.
struct ChunkSlice {
  uint32_t chunk = 0;
  uint64_t offset = 0;
  uint64_t length = 0;

  friend bool operator==(const ChunkSlice&, const ChunkSlice&) = default;
};

/// The chunks of one video. A video that is one entry counts as one chunk.
class ChunkMap {
 public:
  /// REQUIRES: `chunk_size` is not 0 unless `size` is.
  ChunkMap(uint64_t size, uint64_t chunk_size)
      : size_(size),
        chunk_size_(chunk_size),
        count_(size == 0 ? 0 : static_cast<uint32_t>((size - 1) / chunk_size + 1)) {}

  [[nodiscard]] uint64_t size() const { return size_; }
  [[nodiscard]] uint32_t count() const { return count_; }

  /// Where a chunk lies in the video. REQUIRES: chunk < count().
  [[nodiscard]] ByteRange RangeOf(uint32_t chunk) const {
    const uint64_t start = chunk * chunk_size_;
    return {start, std::min(chunk_size_, size_ - start)};
  }

  /// What the chunk with byte `offset` holds of bytes [offset, end) of the video. REQUIRES:
  /// offset < end <= size().
  [[nodiscard]] ChunkSlice SliceAt(uint64_t offset, uint64_t end) const {
    const auto chunk = static_cast<uint32_t>(offset / chunk_size_);
    const uint64_t in_chunk = offset % chunk_size_;
    return {chunk, in_chunk, std::min(end - offset, chunk_size_ - in_chunk)};
  }

  /// All slices of a range, in order; what lies behind the end of the video is left out.
  [[nodiscard]] std::vector<ChunkSlice> Slices(ByteRange range) const;

  /// Players need the first and the last chunk to open a file.
  [[nodiscard]] bool IsCritical(uint32_t chunk) const { return chunk == 0 || chunk + 1 == count_; }

 private:
  uint64_t size_;
  uint64_t chunk_size_;
  uint32_t count_;
};

}  // namespace reel

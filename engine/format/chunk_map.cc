#include "format/chunk_map.h"

namespace reel {

std::vector<ChunkSlice> ChunkMap::Slices(ByteRange range) const {
  std::vector<ChunkSlice> slices;
  if (range.offset >= size_) {
    return slices;
  }
  const uint64_t end = range.offset + std::min(range.length, size_ - range.offset);
  for (uint64_t at = range.offset; at < end; at += slices.back().length) {
    slices.push_back(SliceAt(at, end));
  }
  return slices;
}

}  // namespace reel

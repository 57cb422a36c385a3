#include "storage/segment_layout.h"

namespace reel {
namespace {

// A block of RocksDB's block-based table (format version 5, no compression) with one row:
//   0 (bytes shared with the key before), key length, value length: varints
//   key: 12 bytes of PageRowKey and 8 of RocksDB's sequence number and type
//   value: page data, page checksum
//   one restart offset and the number of restarts: 4 bytes each
//   compression type: 1 byte, block checksum: 4 bytes
constexpr uint32_t kTableKeyBytes = 12 + 8;
constexpr uint32_t kBlockEndBytes = 4 + 4 + 1 + 4;

uint32_t VarintBytes(uint32_t value) {
  uint32_t bytes = 1;
  for (; value >= 0x80; value >>= 7U) {
    ++bytes;
  }
  return bytes;
}

// Bytes of all blocks from the extent's start up to `page`, as if one file held them.
uint64_t BlocksBefore(const PageRun& run, uint32_t page) {
  const uint32_t per_stride = run.pages_per_stride();
  const uint64_t full = BlockBytes(run.page_size);
  const uint32_t last = run.stride - (per_stride - 1) * run.page_size;
  const uint64_t stride_bytes = (per_stride - 1) * full + BlockBytes(last);
  return page / per_stride * stride_bytes + page % per_stride * full;
}

}  // namespace

uint32_t BlockHeaderBytes(uint32_t page_bytes) {
  return 1 + VarintBytes(kTableKeyBytes) + VarintBytes(page_bytes + kPageChecksumBytes) +
         kTableKeyBytes;
}

uint32_t BlockBytes(uint32_t page_bytes) {
  return BlockHeaderBytes(page_bytes) + page_bytes + kPageChecksumBytes + kBlockEndBytes;
}

uint64_t BlockOffset(const PageRun& run, uint32_t page) {
  const uint32_t per_segment = PagesPerSegment(run.page_size);
  const uint32_t segment_start = page / per_segment * per_segment;
  return BlocksBefore(run, page) - BlocksBefore(run, segment_start);
}

}  // namespace reel

// Where pages lie inside a table file. Every page is a row and every row a block of its own, so a
// page's place follows from its number, and a run of pages is read like a plain file: no index
// lookup, no block cache, one system call. The checksum of each page tells whether the arithmetic
// held; if not, the page is read through the table.
#pragma once

#include <cstdint>

#include "format/page_run.h"

namespace reel {

/// Pages in every table file of an extent but the last: about 256 MiB, so that a terabyte takes
/// some four thousand files.
inline uint32_t PagesPerSegment(uint32_t page_size) {
  constexpr uint32_t kSegmentBytes = 256U << 20;
  return kSegmentBytes / page_size;
}

/// Bytes before a page's data in its block, for a page of `page_bytes` bytes.
uint32_t BlockHeaderBytes(uint32_t page_bytes);

/// Bytes of the whole block: header, data, checksum, trailer.
uint32_t BlockBytes(uint32_t page_bytes);

/// Where the block of `page` begins in its table file. REQUIRES: run.first_page lies at the start
/// of a stride of its extent.
uint64_t BlockOffset(const PageRun& run, uint32_t page);

}  // namespace reel

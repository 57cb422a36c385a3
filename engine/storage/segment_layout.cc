#include "storage/segment_layout.h"

#include <algorithm>
#include <utility>

#include "base/coding.h"
#include "base/hash.h"
#include "base/limits.h"
#include "format/page_run.h"

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

uint32_t HeaderBytes(uint32_t row_bytes) {
  return 1 + VarintBytes(kTableKeyBytes) + VarintBytes(row_bytes) + kTableKeyBytes;
}

uint64_t BlockBytes(uint32_t row_bytes) {
  return uint64_t{HeaderBytes(row_bytes)} + row_bytes + kBlockEndBytes;
}

// What no table file has more of, so that no place that is worked out leaves its numbers.
constexpr uint32_t kRowBytesMax = kPageBytesMax + kPageChecksumBytes;
constexpr uint64_t kFileBytesMax = 1ULL << 62U;

struct RecordedStretch {
  uint64_t extent;
  uint32_t first_page;
  uint32_t pages;
  uint32_t row_bytes;
  uint64_t block_offset;
};

// Calls `take` with every stretch; false where the text is damaged.
template <typename Take>
bool ForEachStretch(std::string_view recorded, const Take& take) {
  Decoder in(recorded);
  while (in.ok() && !in.rest().empty()) {
    RecordedStretch stretch{};
    stretch.extent = in.Varint();
    stretch.first_page = in.Varint32();
    stretch.block_offset = in.Varint();
    for (uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
      stretch.row_bytes = in.Varint32();
      stretch.pages = in.Varint32();
      if (!in.ok() || stretch.row_bytes > kRowBytesMax || stretch.block_offset > kFileBytesMax ||
          stretch.pages > UINT32_MAX - stretch.first_page) {
        return false;
      }
      take(std::as_const(stretch));
      stretch.first_page += stretch.pages;
      stretch.block_offset += stretch.pages * BlockBytes(stretch.row_bytes);
    }
  }
  return in.ok();
}

// RocksDB leaves the last byte, the compression's type, out of the hash, and adds it in behind.
uint32_t RocksXxh3(std::string_view covered) {
  constexpr uint32_t kFactor = 0x6b9083d9;
  const auto hash = static_cast<uint32_t>(Hash64(covered.substr(0, covered.size() - 1), 0));
  return hash ^ (static_cast<uint8_t>(covered.back()) * kFactor);
}

}  // namespace

BlockPlace BlockOf(const RowPlace& row) {
  return {row.offset - HeaderBytes(row.bytes), BlockBytes(row.bytes)};
}

bool FitsBlockChecksum(std::string_view block) {
  constexpr size_t kChecksumBytes = 4;
  if (block.size() <= kChecksumBytes) {
    return false;
  }
  const std::string_view covered = block.substr(0, block.size() - kChecksumBytes);
  const uint32_t stored = ReadFixed32(covered.data() + covered.size());
  // Stores that were written before 2026-11-28 have the older one.
  return RocksXxh3(covered) == stored || static_cast<uint32_t>(Xxh64(covered)) == stored;
}

// The kind of checksum: 1 byte; where the metaindex and the index lie, two varints each, and zeros:
// 40 bytes together; the format's version and a magic number.
bool HasSoundPadding(std::string_view footer) {
  constexpr size_t kPlacesBytes = 40;
  if (footer.size() != kTableFooterBytes) {
    return false;
  }
  Decoder in(footer.substr(1, kPlacesBytes));
  for (int i = 0; i < 4; ++i) {
    in.Varint();
  }
  return in.ok() && in.rest().find_first_not_of('\0') == std::string_view::npos;
}

std::optional<RowPlace> ExtentLayout::Find(uint32_t page) const {
  if (page >= page_end_ || stretches_.empty() || page < stretches_.front().first_page) {
    return std::nullopt;
  }
  const auto behind = std::upper_bound(
      stretches_.begin(), stretches_.end(), page,
      [](uint32_t wanted, const Stretch& stretch) { return wanted < stretch.first_page; });
  const Stretch& stretch = *std::prev(behind);
  const uint64_t block =
      stretch.block_offset + (page - stretch.first_page) * BlockBytes(stretch.row_bytes);
  return RowPlace{block + HeaderBytes(stretch.row_bytes), stretch.row_bytes};
}

void LayoutRecorder::Add(uint64_t extent, uint32_t page, uint32_t row_bytes,
                         uint64_t block_offset) {
  if (extents_.empty() || extents_.back().extent != extent || extents_.back().next_page != page) {
    extents_.push_back({extent, page, block_offset, {}, page});
  }
  Extent& last = extents_.back();
  ++last.next_page;
  if (last.stretches.empty() || last.stretches.back().row_bytes != row_bytes) {
    last.stretches.push_back({row_bytes, 0});
  }
  ++last.stretches.back().pages;
}

std::string LayoutRecorder::Encode() const {
  std::string recorded;
  for (const Extent& extent : extents_) {
    PutVarint(&recorded, extent.extent);
    PutVarint(&recorded, extent.first_page);
    PutVarint(&recorded, extent.block_offset);
    PutVarint(&recorded, extent.stretches.size());
    for (const Stretch& stretch : extent.stretches) {
      PutVarint(&recorded, stretch.row_bytes);
      PutVarint(&recorded, stretch.pages);
    }
  }
  return recorded;
}

std::optional<ExtentLayout> DecodeLayout(std::string_view recorded, uint64_t extent) {
  ExtentLayout layout;
  bool whole = true;
  uint64_t block_end = 0;
  const bool sound = ForEachStretch(recorded, [&](const RecordedStretch& stretch) {
    if (stretch.extent != extent) {
      return;
    }
    // The blocks of an extent lie end to end, but other extents' may lie between its parts.
    whole = whole && (layout.stretches_.empty() || (layout.page_end_ == stretch.first_page &&
                                                    block_end <= stretch.block_offset));
    layout.stretches_.push_back({stretch.first_page, stretch.row_bytes, stretch.block_offset});
    layout.page_end_ = stretch.first_page + stretch.pages;
    block_end = stretch.block_offset + stretch.pages * BlockBytes(stretch.row_bytes);
  });
  return sound && whole && !layout.stretches_.empty() ? std::optional(std::move(layout))
                                                      : std::nullopt;
}

std::optional<std::vector<ExtentShare>> DecodeExtents(std::string_view recorded) {
  std::vector<ExtentShare> shares;
  const bool sound = ForEachStretch(recorded, [&](const RecordedStretch& stretch) {
    if (shares.empty() || shares.back().extent != stretch.extent) {
      shares.push_back({stretch.extent, 0});
    }
    shares.back().bytes += stretch.pages * BlockBytes(stretch.row_bytes);
  });
  return sound ? std::optional(std::move(shares)) : std::nullopt;
}

}  // namespace reel

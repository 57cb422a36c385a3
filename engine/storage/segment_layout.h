// Where pages lie inside a table file. Every page is a row and every row a block of its own, so a
// run of pages is read like a plain file: no index lookup, no block cache, one system call. The
// sizes of the rows are recorded in the file when it is written; the checksum of each page tells
// whether they held, and if not, the page is read through the table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

/// Pages in every table file of an extent but the last: about 256 MiB, so that a terabyte takes
/// some four thousand files.
inline uint32_t PagesPerSegment(uint32_t page_size) {
  constexpr uint32_t kSegmentBytes = 256U << 20;
  return kSegmentBytes / page_size;
}

/// The value of a row in its table file: a page as it is stored, and its checksum.
struct RowPlace {
  uint64_t offset = 0;
  uint32_t bytes = 0;
};

/// A row with RocksDB's framing of it. Blocks of successive pages lie end to end.
struct BlockPlace {
  uint64_t offset = 0;
  uint64_t bytes = 0;

  [[nodiscard]] uint64_t end() const { return offset + bytes; }
};
BlockPlace BlockOf(const RowPlace& row);

/// Whether a block fits RocksDB's own checksum of it, which covers the framing too.
bool FitsBlockChecksum(std::string_view block);

/// The end of a table file: RocksDB's footer, of format version 5.
inline constexpr size_t kTableFooterBytes = 53;

/// Whether the bytes of a footer that nothing is told in are as they were written. Of all of a
/// table file they alone have no checksum, and are looked at by nobody else.
bool HasSoundPadding(std::string_view footer);

/// Where the rows of one extent lie in one table file.
class ExtentLayout {
 public:
  /// Nothing if the page is not in the file.
  [[nodiscard]] std::optional<RowPlace> Find(uint32_t page) const;

 private:
  friend std::optional<ExtentLayout> DecodeLayout(std::string_view recorded, uint64_t extent);

  // Successive pages whose rows are equally long.
  struct Stretch {
    uint32_t first_page;
    uint32_t row_bytes;
    uint64_t block_offset;
  };
  std::vector<Stretch> stretches_;  // by first_page
  uint32_t page_end_ = 0;
};

/// Notes where rows lie while their table file is written.
class LayoutRecorder {
 public:
  /// The next row of the file: its value's length, and where its block begins.
  void Add(uint64_t extent, uint32_t page, uint32_t row_bytes, uint64_t block_offset);

  /// What DecodeLayout and DecodeExtents read.
  [[nodiscard]] std::string Encode() const;

 private:
  struct Stretch {
    uint32_t row_bytes;
    uint32_t pages;
  };
  struct Extent {
    uint64_t extent;
    uint32_t first_page;
    uint64_t block_offset;
    std::vector<Stretch> stretches;
    uint32_t next_page;
  };
  std::vector<Extent> extents_;
};

/// The layout of one extent; nothing where `recorded` does not tell of it.
std::optional<ExtentLayout> DecodeLayout(std::string_view recorded, uint64_t extent);

/// An extent in a table file, and how many bytes its rows take there.
struct ExtentShare {
  uint64_t extent = 0;
  uint64_t bytes = 0;
};

/// All extents in the file, in order; nothing where `recorded` is damaged.
std::optional<std::vector<ExtentShare>> DecodeExtents(std::string_view recorded);

}  // namespace reel

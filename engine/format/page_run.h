// Where the bytes of a value lie: a run of pages in an extent, found by arithmetic.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <variant>

namespace reel {

/// Which table holds a run's pages: those of small runs go through the write-ahead log, those of
/// bulk runs arrive in table files of their own, those of shared runs too, and their files are
/// merged later.
enum class PageFamily : uint8_t { kSmall = 0, kBulk = 1, kShared = 2 };

/// How stored bytes stand for those of a value.
enum class Encoding : uint8_t {
  kRaw = 0,
  /// Each page is a zstd frame of its own, or as it is where it would not get shorter.
  kZstd = 1,
};

/// Pages of one value, or of all chunks of a video end to end. An extent's bytes are cut anew at
/// every multiple of `stride` (the chunk size), so that no page belongs to two chunks (I4); within
/// a stride all pages but the last have page_size bytes.
struct PageRun {
  PageFamily family = PageFamily::kSmall;
  uint64_t extent = 0;
  uint32_t first_page = 0;
  uint32_t page_size = 0;
  uint32_t stride = 0;
  Encoding encoding = Encoding::kRaw;

  friend bool operator==(const PageRun&, const PageRun&) = default;

  [[nodiscard]] uint32_t pages_per_stride() const { return (stride + page_size - 1) / page_size; }

  /// The page, counted from the extent's start, that holds byte `offset` of the run. REQUIRES: the
  /// run begins at a multiple of the stride.
  [[nodiscard]] uint32_t PageOf(uint64_t offset) const {
    return first_page + static_cast<uint32_t>(offset / stride) * pages_per_stride() +
           static_cast<uint32_t>(offset % stride) / page_size;
  }

  /// Where that page begins, in bytes from the run's start.
  [[nodiscard]] uint64_t PageStart(uint32_t page) const {
    const uint32_t index = page - first_page;
    return uint64_t{index / pages_per_stride()} * stride +
           uint64_t{index % pages_per_stride()} * page_size;
  }

  /// Bytes in that page of a run of `run_bytes` bytes.
  [[nodiscard]] uint32_t PageBytes(uint32_t page, uint64_t run_bytes) const {
    const uint64_t in_stride = uint64_t{(page - first_page) % pages_per_stride()} * page_size;
    const uint64_t left = run_bytes - PageStart(page);
    return static_cast<uint32_t>(std::min({uint64_t{page_size}, stride - in_stride, left}));
  }

  /// Pages in a run of `run_bytes` bytes.
  [[nodiscard]] uint32_t PageCount(uint64_t run_bytes) const {
    return run_bytes == 0 ? 0 : PageOf(run_bytes - 1) - first_page + 1;
  }
};

/// A value, or the one page that it is, in its index record.
struct InlineValue {
  std::string bytes;
  Encoding encoding = Encoding::kRaw;

  friend bool operator==(const InlineValue&, const InlineValue&) = default;
};

/// Where the bytes of a value lie.
using ValuePlace = std::variant<InlineValue, PageRun>;

/// The seed of a page's checksum: its position, so that a page in the wrong place is caught too
/// (I2).
inline uint64_t PageSeed(uint64_t extent, uint32_t page) {
  constexpr uint64_t kGoldenRatio = 0x9E3779B97F4A7C15ULL;
  return extent * kGoldenRatio + page;
}

/// Bytes of the checksum that follows every page's data.
inline constexpr uint32_t kPageChecksumBytes = 8;

}  // namespace reel

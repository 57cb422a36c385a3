// Bytes out of pages, each page verified before any of it leaves (I2).
#pragma once

#include <reel/kv.h>
#include <reel/status.h>
#include <reel/types.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "format/page_run.h"
#include "storage/database.h"

namespace reel {

/// Reads one run. Thread-safe. The extent must stay pinned, and the database open, while it lives.
class ExtentReader {
 public:
  /// `bytes`: how many the run holds.
  ExtentReader(const Database* database, const PageRun& run, uint64_t bytes, Caching caching);
  ~ExtentReader();

  /// Appends bytes [offset, offset + length) to `out`. REQUIRES: the run has them. kCorruption
  /// names the page; then `out` holds whatever precedes it.
  Status Read(uint64_t offset, uint64_t length, BorrowedBytes* out) const;

  /// Appends the bytes of `page` out of the table file that it was written into, past whatever
  /// memory keeps of rows. False where it is damaged or missing there, and of a page that was
  /// written as a row.
  bool ReadTable(uint32_t page, BorrowedBytes* out) const;

  [[nodiscard]] const PageRun& run() const { return run_; }
  /// How many the run holds.
  [[nodiscard]] uint64_t bytes() const { return bytes_; }

 private:
  struct Wanted;

  SegmentFile::Access AccessOf(uint64_t offset, uint64_t length) const;
  void Prepare(const Wanted& wanted, SegmentFile::Access access) const;
  Status ReadSegment(const Wanted& wanted, BorrowedBytes* out) const;
  Status ReadRows(const Wanted& wanted, BorrowedBytes* out) const;
  Status ReadRow(uint32_t page, const Wanted& wanted, BorrowedBytes* out) const;
  bool ReadRepaired(uint32_t page, const Wanted& wanted, BorrowedBytes* out) const;
  bool AppendRow(uint32_t page, const std::string& row, const Wanted& wanted,
                 BorrowedBytes* out) const;
  bool AppendPage(uint32_t page, std::string_view row, const Wanted& wanted,
                  BorrowedBytes* out) const;
  Result<const SegmentFile*> Segment(uint32_t number) const;

  const Database* database_;
  PageRun run_;
  uint64_t bytes_;
  Caching caching_;
  uint32_t page_end_;

  mutable std::mutex mutex_;
  // Of successive reads, each of which begins near to where the ones before ended.
  mutable uint64_t stretch_begin_ = 0;
  mutable uint64_t stretch_end_ = 0;
  mutable uint64_t stretch_bytes_ = 0;
  struct Slot {
    bool looked = false;
    std::unique_ptr<SegmentFile> file;  // stays empty where pages lie otherwise than built
  };
  mutable std::vector<Slot> segments_;  // from the run's first on
};

}  // namespace reel

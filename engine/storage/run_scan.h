// All pages of a run, once and in order, as a check of a whole store reads them: every byte of
// their table files is looked at, RocksDB's framing too, and the system's cache is left as it was.
#pragma once

#include <reel/types.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "format/page_run.h"
#include "storage/database.h"
#include "storage/scan_window.h"

namespace reel {

/// Reads one run: what the system has in memory from there, at once, and the rest past it, some
/// windows ahead, on the threads of a pool. All pages are given on the caller's thread. The extent
/// must stay pinned, and the database open, while it lives.
class RunScan {
 public:
  using Sink = std::function<void(const ScannedPage& page)>;

  /// `bytes`: how many the run holds. Both outlive it.
  RunScan(const Database* database, ScanPool* pool, const PageRun& run, uint64_t bytes);
  ~RunScan();

  [[nodiscard]] bool done() const { return next_ == end_; }

  /// Gives the next pages to `sink`, some MiB of them at most. What looks damaged is read a second
  /// time, from the disk, before it is called so. REQUIRES: !done().
  void Next(const Sink& sink);

  /// How many bytes of the value the pages given so far have.
  [[nodiscard]] uint64_t position() const;

  /// Bytes of files that were read for them, or of rows.
  [[nodiscard]] uint64_t stored_bytes() const { return stored_bytes_; }

  /// Pages that looked damaged the first time and not the second.
  [[nodiscard]] uint64_t reread() const { return reread_; }

 private:
  /// Pages up to `end` that are read in one way.
  struct Window {
    uint32_t end = 0;
    std::shared_ptr<const ScannedFile> file;  // null: row by row
    std::vector<FileRange> uncached;
    std::shared_ptr<ScanWindow> loaded;  // null: from the system's cache
  };

  /// Lets the disk begin with what comes next.
  void LookAhead();
  void OpenFile(uint32_t number);
  [[nodiscard]] std::unique_ptr<SegmentFile> OpenSegment(Caching caching) const;
  /// The file, for reads past the system's cache, opened at the first call; null where the file
  /// system cannot.
  [[nodiscard]] std::shared_ptr<const SegmentFile> Direct();
  [[nodiscard]] Window NewWindow(uint32_t first, uint32_t end);
  void NextRows(const Window& window, const Sink& sink);
  void NextCached(const Window& window, const Sink& sink);
  void Give(const std::vector<ScannedPage>& pages, const ScannedFile& file, const Sink& sink);
  [[nodiscard]] ScannedPage LookAtRow(uint32_t page, Family family, const RowSnapshot& rows);
  /// `file`: null where the page lies in none of its own.
  [[nodiscard]] ScannedPage SecondLook(uint32_t page, const ScannedFile* file);

  const Database* database_;
  ScanPool* pool_;
  PageRun run_;
  uint64_t bytes_;
  uint32_t next_;
  uint32_t end_;
  uint64_t stored_bytes_ = 0;
  uint64_t reread_ = 0;
  BorrowedBytes memory_;

  std::deque<Window> ahead_;
  uint32_t ahead_end_;  // behind the last page that is in a window
  std::optional<uint32_t> file_number_;
  std::shared_ptr<const ScannedFile> file_;  // null where pages lie otherwise than built
  std::optional<std::shared_ptr<const SegmentFile>> direct_;
  uint32_t file_end_ = 0;  // behind the last page that is in it
};

}  // namespace reel

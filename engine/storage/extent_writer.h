// Bytes on their way into pages.
#pragma once

#include <reel/status.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "format/page_run.h"
#include "storage/database.h"
#include "storage/reclaim.h"
#include "storage/segment_stream.h"

namespace reel {

/// Writes one extent. Few bytes stay in memory until they are published with the index rows; more
/// go to table files as they come, listed as garbage until then. Bytes of which a sample compresses
/// are compressed page by page. One thread. Outlived by both pointers.
class ExtentWriter {
 public:
  /// What may stand in an index record: so many bytes as stored, of one page at most.
  static constexpr uint64_t kInlineBytesMax = 4U << 10;
  /// Extents up to this size go through the write-ahead log: one sync instead of four, and many of
  /// them share a table file.
  static constexpr uint64_t kSmallBytesMax = 1U << 20;
  /// Extents up to this size are written to a table file of their own, which is merged with others
  /// later; larger ones stay in theirs.
  static constexpr uint64_t kSharedBytesMax = 32U << 20;

  /// `stride`: see PageRun.
  ExtentWriter(Database* database, Reclaimer* reclaimer, uint32_t stride);

  /// Drops what was written and not handed over.
  ~ExtentWriter();

  ExtentWriter(const ExtentWriter&) = delete;
  ExtentWriter& operator=(const ExtentWriter&) = delete;

  /// After an error the writer can only be destroyed.
  Status Append(std::string_view data);

  [[nodiscard]] uint64_t size() const { return size_; }

  /// Ends the extent and adds to `batch` the rows that must be written together with its owner's.
  /// Says where the bytes lie: in the result itself if `may_inline` and they are few.
  Result<ValuePlace> Finish(bool may_inline, RowBatch* batch);

  /// To be called right before the batch is written: from then on its fate decides who owns the
  /// pages. A write that fails may still turn up after a restart, so its pages must not go before
  /// the next open has looked which of the two lists them.
  void HandOver() { listed_ = false; }

 private:
  Status BeginBulk();
  Status AppendBulk(std::string_view data);
  Status EndPage();
  Status SendPages();
  Result<ValuePlace> FinishBulk(RowBatch* batch);
  std::optional<InlineValue> TakeInline();
  Status StageSmallPages(RowBatch* batch);

  [[nodiscard]] bool SampleCompresses();
  // Whether frame_ is to be stored in the place of a page.
  bool CompressPage(std::string_view page);

  Database* database_;
  Reclaimer* reclaimer_;
  PageRun run_;
  uint64_t size_ = 0;
  std::string small_;  // all bytes so far, while they are few
  bool listed_ = false;
  std::string frame_;
  uint32_t incompressible_pages_ = 0;  // since the last one that did compress
  // Of a bulk extent: pages not sent yet, the last of them, of which page_left_ bytes are missing,
  // being filled.
  PageBatch batch_;
  size_t page_begin_ = 0;
  uint32_t page_left_ = 0;
  uint32_t next_page_ = 0;
  std::optional<SegmentStream> stream_;
};

}  // namespace reel

#include "storage/repaired_pages.h"

#include <string>
#include <utility>

#include "base/coding.h"
#include "base/hash.h"
#include "format/row_key.h"

namespace reel {

Status StageRepairs(const ExtentReader& reader, uint64_t offset, std::string_view bytes,
                    RowBatch* batch) {
  const PageRun& run = reader.run();
  BorrowedBytes stored;
  for (uint64_t at = 0; at < bytes.size();) {
    const uint32_t page = run.PageOf(offset + at);
    const std::string_view right = bytes.substr(at, run.PageBytes(page, reader.bytes()));
    at += right.size();
    stored.Clear();
    const bool is_sound = reader.ReadTable(page, &stored);
    if (!is_sound) {
      stored.Clear();
    }
    if (is_sound || reader.Read(run.PageStart(page), right.size(), &stored).ok()) {
      const bool is_right = stored.ToString() == right;
      // A row may be read from memory while it is damaged on the disk: it is written once more.
      if (is_right && is_sound) {
        continue;
      }
      if (!is_right && run.family != PageFamily::kSmall) {
        return {Code::kUnsupported, "page " + std::to_string(page) + " of extent " +
                                        std::to_string(run.extent) +
                                        " fits its checksum, but holds other bytes than those of "
                                        "the hash (store this video again)"};
      }
    }
    // As it is: whether a page is compressed is told by its length.
    std::string row(right);
    PutFixed64(&row, Hash64(row, PageSeed(run.extent, page)));
    batch->Put(Family::kSmallPages, PageRowKey(run.extent, page), std::move(row));
  }
  return Status::Ok();
}

Result<uint64_t> RemoveRepairs(const Database& database, uint64_t extent, RowBatch* batch) {
  uint64_t bytes = 0;
  const std::string prefix = PageRowKey(extent, 0).substr(0, sizeof(extent));
  const auto cursor = database.NewCursor(Family::kSmallPages, prefix);
  for (; cursor->Valid(); cursor->Next()) {
    bytes += cursor->value().size();
    batch->Delete(Family::kSmallPages, std::string(cursor->key()));
  }
  REEL_RETURN_IF_ERROR(cursor->status());
  return bytes;
}

}  // namespace reel

// An entry on disk, pinned.
#pragma once

#include <reel/kv.h>

#include <memory>
#include <optional>

#include "format/record.h"
#include "storage/extent_reader.h"
#include "storage/reclaim.h"

namespace reel {

class DiskNamespace;

class DiskView final : public EntryView {
 public:
  /// REQUIRES: drops are held, and `record` was read under the same hold.
  DiskView(const DiskNamespace* owner, Record record, Caching caching);

  [[nodiscard]] const Entry& entry() const override { return record_->entry; }
  Status ReadValue(uint64_t offset, uint64_t length, BorrowedBytes* out) const override;
  Status ReadChunk(uint32_t index, uint64_t offset, uint64_t length,
                   BorrowedBytes* out) const override;
  [[nodiscard]] Result<Hash128> ChunkHash(uint32_t index) const override;
  Status Repair(std::optional<uint32_t> chunk, std::string_view bytes) const override;
  [[nodiscard]] uint32_t page_size() const override;

 private:
  /// The record of the entry itself, or of a chunk, as it is now. kConflict when the key has
  /// another generation.
  [[nodiscard]] Result<Record> FindPart(std::optional<uint32_t> chunk) const;

  const DiskNamespace* owner_;
  std::shared_ptr<const Record> record_;
  Reclaimer::Pin pin_;  // before the readers: they go first
  std::optional<ExtentReader> value_;
  std::optional<ExtentReader> body_;
};

}  // namespace reel

#include "storage/rocks_files.h"

#include <rocksdb/convenience.h>

#include <utility>

#include "storage/slices.h"
#include "storage/status_map.h"

namespace reel {

RocksSegmentFile::RocksSegmentFile(std::unique_ptr<OpenTable> table,
                                   std::shared_ptr<IdleTables> idle)
    : table_(std::move(table)),
      idle_(std::move(idle)),
      alignment_(table_->file->use_direct_io() ? table_->file->GetRequiredBufferAlignment() : 1) {}

RocksSegmentFile::~RocksSegmentFile() {
  if (idle_ != nullptr) {
    Expect(Access::kExact);
    idle_->Give(std::move(table_));
  }
}

Result<std::optional<std::string_view>> RocksSegmentFile::Read(uint64_t offset, size_t bytes,
                                                               BorrowedBytes* out) const {
  const uint64_t begin = offset / alignment_ * alignment_;
  const uint64_t end = (offset + bytes + alignment_ - 1) / alignment_ * alignment_;
  rocksdb::Slice got;
  const rocksdb::IOStatus status = table_->file->Read(begin, end - begin, rocksdb::IOOptions(),
                                                      &got, out->Allocate(end - begin), nullptr);
  if (!status.ok()) {
    return FromRocks(status).WithContext(table_->path);
  }
  if (got.size() < offset - begin + bytes) {
    return std::optional<std::string_view>();
  }
  return std::optional(ToView(got).substr(offset - begin, bytes));
}

void RocksSegmentFile::Expect(Access access) const {
  if (access_.exchange(access, std::memory_order_relaxed) != access) {
    table_->file->Hint(access == Access::kExact ? rocksdb::FSRandomAccessFile::kRandom
                                                : rocksdb::FSRandomAccessFile::kNormal);
  }
}

void RocksSegmentFile::Prefetch(uint64_t offset, size_t bytes) const {
  table_->file->Prefetch(offset, bytes, rocksdb::IOOptions(), nullptr).PermitUncheckedError();
}

std::vector<FileRange> RocksSegmentFile::Uncached(uint64_t offset, size_t bytes) const {
  std::call_once(cache_once_, [this] { cache_.emplace(table_->path); });
  return cache_->Missing(offset, bytes);
}

void RocksSegmentFile::Forget(const FileRange& range) const {
  table_->file->InvalidateCache(range.offset, range.bytes).PermitUncheckedError();
}

Status DropTables(rocksdb::DB* db, RecoveryGuard* guard, rocksdb::ColumnFamilyHandle* family,
                  std::string_view begin, std::string_view end) {
  const rocksdb::Slice from = ToSlice(begin);
  const rocksdb::Slice to = ToSlice(end);
  return guard->Guard([&] {
    return FromRocks(rocksdb::DeleteFilesInRange(db, family, &from, &to, /*include_end=*/false));
  });
}

RocksSegmentBuilder::RocksSegmentBuilder(rocksdb::DB* db, std::shared_ptr<RecoveryGuard> guard,
                                         rocksdb::ColumnFamilyHandle* pages,
                                         rocksdb::ColumnFamilyHandle* shared_pages,
                                         std::string path)
    : db_(db),
      guard_(std::move(guard)),
      pages_(pages),
      shared_pages_(shared_pages),
      path_(std::move(path)),
      // The page cache keeps what was written, as it does for any file that is copied.
      writer_(rocksdb::EnvOptions(db->GetDBOptions()), db->GetOptions(pages),
              /*column_family=*/nullptr, /*invalidate_page_cache=*/false) {}

RocksSegmentBuilder::~RocksSegmentBuilder() {
  if (!ingested_) {
    db_->GetFileSystem()->DeleteFile(path_, rocksdb::IOOptions(), nullptr).PermitUncheckedError();
  }
}

Status RocksSegmentBuilder::Open() {
  return FromRocks(writer_.Open(path_));
}

Status RocksSegmentBuilder::Add(std::string_view key, std::string_view value) {
  if (first_key_.empty()) {
    first_key_ = key;
  }
  last_key_ = key;
  return FromRocks(writer_.Put(ToSlice(key), ToSlice(value)));
}

Status RocksSegmentBuilder::Finish(Family family) {
  REEL_RETURN_IF_ERROR(FromRocks(writer_.Finish()));
  rocksdb::ColumnFamilyHandle* into = family == Family::kPages ? pages_ : shared_pages_;
  rocksdb::IngestExternalFileOptions ingest;
  ingest.move_files = true;
  ingest.failed_move_fall_back_to_copy = false;
  ingest.snapshot_consistency = false;
  REEL_RETURN_IF_ERROR(guard_->CanChange());
  REEL_RETURN_IF_ERROR(FromRocks(db_->IngestExternalFile(into, {path_}, ingest)));
  ingested_ = true;
  return CheckIngested(into);
}

// RocksDB takes a file in without its bounds where it cannot read its rows, and says ok; nobody
// finds them then.
Status RocksSegmentBuilder::CheckIngested(rocksdb::ColumnFamilyHandle* family) const {
  rocksdb::ReadOptions read;
  read.fill_cache = false;
  for (const std::string& key : {first_key_, last_key_}) {
    std::string row;
    const rocksdb::Status found = db_->Get(read, family, key, &row);
    if (!found.ok()) {
      // Before all rows there are: only a file without bounds.
      static_cast<void>(DropTables(db_, guard_.get(), family, "", std::string_view("\0", 1)));
      return {Code::kIoError, "a table file cannot be read back: " + found.ToString()};
    }
  }
  return Status::Ok();
}

}  // namespace reel

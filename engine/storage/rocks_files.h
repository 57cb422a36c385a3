// Table files of pages, as RocksDB's file system gives them and its table format makes them.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/file_system.h>
#include <rocksdb/sst_file_writer.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/database.h"
#include "storage/idle_tables.h"
#include "storage/page_cache.h"
#include "storage/recovery_guard.h"

namespace reel {

class RocksSegmentFile final : public SegmentFile {
 public:
  /// Gives the table to `idle` in the end; null: closes it. Its file expects random reads.
  RocksSegmentFile(std::unique_ptr<OpenTable> table, std::shared_ptr<IdleTables> idle);
  ~RocksSegmentFile() override;

  RocksSegmentFile(const RocksSegmentFile&) = delete;
  RocksSegmentFile& operator=(const RocksSegmentFile&) = delete;

  [[nodiscard]] const std::string& path() const override { return table_->path; }
  [[nodiscard]] bool is_direct() const override { return table_->file->use_direct_io(); }
  [[nodiscard]] std::optional<RowPlace> Find(uint32_t page) const override {
    return table_->layout.Find(page);
  }
  Result<std::optional<std::string_view>> Read(uint64_t offset, size_t bytes,
                                               BorrowedBytes* out) const override;
  void Expect(Access access) const override;
  void Prefetch(uint64_t offset, size_t bytes) const override;
  [[nodiscard]] std::vector<FileRange> Uncached(uint64_t offset, size_t bytes) const override;
  void Forget(const FileRange& range) const override;

 private:
  std::unique_ptr<OpenTable> table_;
  std::shared_ptr<IdleTables> idle_;
  uint64_t alignment_;
  mutable std::atomic<Access> access_ = Access::kExact;
  mutable std::once_flag cache_once_;
  mutable std::optional<PageCache> cache_;
};

/// Drops the tables of which all rows lie in [begin, end), unless `guard` refuses.
Status DropTables(rocksdb::DB* db, RecoveryGuard* guard, rocksdb::ColumnFamilyHandle* family,
                  std::string_view begin, std::string_view end);

class RocksSegmentBuilder final : public SegmentBuilder {
 public:
  /// The families outlive it. Of neither yet: the tables of both are alike.
  RocksSegmentBuilder(rocksdb::DB* db, std::shared_ptr<RecoveryGuard> guard,
                      rocksdb::ColumnFamilyHandle* pages, rocksdb::ColumnFamilyHandle* shared_pages,
                      std::string path);
  ~RocksSegmentBuilder() override;

  Status Open();
  Status Add(std::string_view key, std::string_view value) override;
  Status Finish(Family family) override;

 private:
  [[nodiscard]] Status CheckIngested(rocksdb::ColumnFamilyHandle* family) const;

  rocksdb::DB* db_;
  std::shared_ptr<RecoveryGuard> guard_;
  rocksdb::ColumnFamilyHandle* pages_;
  rocksdb::ColumnFamilyHandle* shared_pages_;
  std::string path_;
  rocksdb::SstFileWriter writer_;
  std::string first_key_;
  std::string last_key_;
  bool ingested_ = false;
};

}  // namespace reel

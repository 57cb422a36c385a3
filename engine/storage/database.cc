#include "storage/database.h"

#include <fcntl.h>
#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_manager.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/table_properties.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <limits>
#include <thread>

#include "base/coding.h"
#include "storage/status_map.h"

namespace reel {
namespace {

constexpr std::array<const char*, 7> kFamilyNames = {"meta", "index",  "small_pages", "pages",
                                                     "tags", "expiry", "garbage"};
constexpr std::string_view kNextIdRow = "next_id";
// Ids are reserved in blocks, so that not every publication waits for a disk of its own.
constexpr uint64_t kIdBlock = 1024;

rocksdb::Slice ToSlice(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view ToView(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

rocksdb::ColumnFamilyOptions FamilyOptions(Family family,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  // In Debian's build CRC32C runs in software, and XXH3 without wide vectors: this is the fastest.
  table.checksum = rocksdb::kxxHash64;
  table.format_version = 5;  // segment_layout.cc relies on it
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  rocksdb::ColumnFamilyOptions options;
  options.compression = rocksdb::kNoCompression;
  if (family == Family::kPages) {
    table.block_size = 1;  // every row ends its block: segment_layout.cc relies on it
    options.disable_auto_compactions = true;  // segments stay as they were built
  } else {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.block_size = 4U << 10;
  }
  const bool holds_values = family == Family::kIndex || family == Family::kSmallPages;
  options.write_buffer_size = holds_values ? 16U << 20 : 1U << 20;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

// Unlinking a large file takes the kernel as long as it has pages in memory: dropping a video must
// not wait for it. What a crash leaves in the trash RocksDB empties when it opens.
std::shared_ptr<rocksdb::SstFileManager> NewBackgroundDeleter() {
  constexpr int64_t kBytesPerSecond = int64_t{1} << 40;  // 0 would be in the foreground
  constexpr double kTrashRatioMax = std::numeric_limits<double>::infinity();
  rocksdb::Status status;
  return std::shared_ptr<rocksdb::SstFileManager>(rocksdb::NewSstFileManager(
      rocksdb::Env::Default(), nullptr, "", kBytesPerSecond, /*delete_existing_trash=*/true,
      &status, kTrashRatioMax, /*bytes_max_delete_chunk=*/0));
}

rocksdb::DBOptions DatabaseOptions() {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  // The default costs sequential cold reads two thirds of their speed (docs/benchmarks.md).
  options.advise_random_on_open = false;
  options.max_open_files = 256;
  options.max_background_jobs = 2;
  options.max_total_wal_size = 64U << 20;
  // One damaged or missing table must not keep the rest of a store from opening.
  options.skip_checking_sst_file_sizes_on_db_open = true;
  options.skip_stats_update_on_db_open = true;
  // Write-back starts while a segment is still being built, so that its final sync is short.
  options.bytes_per_sync = 1U << 20;
  options.sst_file_manager = NewBackgroundDeleter();
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.keep_log_file_num = 2;
  options.max_log_file_size = 1U << 20;
  return options;
}

// The process that holds RocksDB's lock on `directory`; 0 if none does.
pid_t LockOwner(const std::string& directory) {
  const int fd = open((directory + "/LOCK").c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) {
    return 0;
  }
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool locked = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  close(fd);
  return locked ? lock.l_pid : 0;
}

// `status` of opening `directory`, with a lock's holder named.
Status OpenFailure(const rocksdb::Status& status, const std::string& directory) {
  const bool locked_here =
      status.ToString().find("lock hold by current process") != std::string::npos;
  // Only another process's lock may be looked up: closing the file would give up our own.
  const pid_t owner = locked_here ? getpid() : LockOwner(directory);
  if (owner != 0) {
    return {Code::kBusy, "it is in use by process " + std::to_string(owner) +
                             " (end that process first, or use another store)"};
  }
  return FromRocks(status);
}

class RocksCursor final : public RowCursor {
 public:
  RocksCursor(rocksdb::DB* db, rocksdb::ColumnFamilyHandle* family, std::string_view prefix)
      : upper_(prefix) {
    while (!upper_.empty() && static_cast<unsigned char>(upper_.back()) == 0xFF) {
      upper_.pop_back();
    }
    rocksdb::ReadOptions read;
    if (!upper_.empty()) {
      upper_.back() = static_cast<char>(static_cast<unsigned char>(upper_.back()) + 1);
      upper_slice_ = upper_;
      read.iterate_upper_bound = &upper_slice_;
    }
    iterator_.reset(db->NewIterator(read, family));
    iterator_->Seek(ToSlice(prefix));
  }

  void Seek(std::string_view key) override { iterator_->Seek(ToSlice(key)); }
  void Next() override { iterator_->Next(); }
  [[nodiscard]] bool Valid() const override { return iterator_->Valid(); }
  [[nodiscard]] std::string_view key() const override { return ToView(iterator_->key()); }
  [[nodiscard]] std::string_view value() const override { return ToView(iterator_->value()); }
  [[nodiscard]] Status status() const override { return FromRocks(iterator_->status()); }

 private:
  std::string upper_;
  rocksdb::Slice upper_slice_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

class RocksSegmentFile final : public SegmentFile {
 public:
  RocksSegmentFile(std::string path, std::unique_ptr<rocksdb::FSRandomAccessFile> file)
      : path_(std::move(path)),
        file_(std::move(file)),
        alignment_(file_->use_direct_io() ? file_->GetRequiredBufferAlignment() : 1) {}

  Result<std::optional<std::string_view>> Read(uint64_t offset, size_t bytes,
                                               BorrowedBytes* out) const override {
    const uint64_t begin = offset / alignment_ * alignment_;
    const uint64_t end = (offset + bytes + alignment_ - 1) / alignment_ * alignment_;
    rocksdb::Slice got;
    const rocksdb::IOStatus status = file_->Read(begin, end - begin, rocksdb::IOOptions(), &got,
                                                 out->Allocate(end - begin), nullptr);
    if (!status.ok()) {
      return FromRocks(status).WithContext(path_);
    }
    if (got.size() < offset - begin + bytes) {
      return std::optional<std::string_view>();
    }
    return std::optional(ToView(got).substr(offset - begin, bytes));
  }

  [[nodiscard]] const std::string& path() const override { return path_; }

 private:
  std::string path_;
  std::unique_ptr<rocksdb::FSRandomAccessFile> file_;
  uint64_t alignment_;
};

class RocksSegmentBuilder final : public SegmentBuilder {
 public:
  RocksSegmentBuilder(rocksdb::DB* db, rocksdb::ColumnFamilyHandle* family, std::string path)
      : db_(db),
        family_(family),
        path_(std::move(path)),
        // The page cache keeps what was written, as it does for any file that is copied.
        writer_(rocksdb::EnvOptions(db->GetDBOptions()), db->GetOptions(family), family,
                /*invalidate_page_cache=*/false) {}

  ~RocksSegmentBuilder() override {
    if (!ingested_) {
      db_->GetFileSystem()->DeleteFile(path_, rocksdb::IOOptions(), nullptr).PermitUncheckedError();
    }
  }

  Status Open() { return FromRocks(writer_.Open(path_)); }

  Status Add(std::string_view key, std::string_view value) override {
    return FromRocks(writer_.Put(ToSlice(key), ToSlice(value)));
  }

  Status Finish() override {
    REEL_RETURN_IF_ERROR(FromRocks(writer_.Finish()));
    rocksdb::IngestExternalFileOptions ingest;
    ingest.move_files = true;
    ingest.failed_move_fall_back_to_copy = false;
    ingest.snapshot_consistency = false;
    REEL_RETURN_IF_ERROR(FromRocks(db_->IngestExternalFile(family_, {path_}, ingest)));
    ingested_ = true;
    return Status::Ok();
  }

 private:
  rocksdb::DB* db_;
  rocksdb::ColumnFamilyHandle* family_;
  std::string path_;
  rocksdb::SstFileWriter writer_;
  bool ingested_ = false;
};

class RocksDatabase final : public Database {
 public:
  RocksDatabase(std::string staging, StoreOptions options)
      : staging_(std::move(staging)), options_(std::move(options)) {}

  Status OpenIn(const std::string& directory) {
    // Few shards: a filter larger than a shard would be read from the file at every lookup.
    constexpr int kCacheShardBits = 2;
    const std::shared_ptr<rocksdb::Cache> cache =
        rocksdb::NewLRUCache(options_.cache_bytes, kCacheShardBits);
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    // RocksDB insists on a family of this name; it stays empty.
    families.emplace_back(rocksdb::kDefaultColumnFamilyName, FamilyOptions(Family::kMeta, cache));
    for (size_t i = 0; i < kFamilyNames.size(); ++i) {
      families.emplace_back(kFamilyNames[i], FamilyOptions(static_cast<Family>(i), cache));
    }
    rocksdb::Status opened = OpenFamilies(DatabaseOptions(), directory, families);
    if (opened.IsCorruption() || opened.IsPathNotFound()) {
      opened = OpenDamaged(directory, families, opened);
    }
    if (!opened.ok()) {
      return OpenFailure(opened, directory);
    }
    auto row = Get(Family::kMeta, kNextIdRow);
    if (!row.ok()) {
      return row.status();
    }
    if (row->has_value()) {
      if ((*row)->size() != sizeof(uint64_t)) {
        return {Code::kCorruption, "the row next_id is damaged (restore the store from a copy)"};
      }
      next_id_ = reserved_ids_ = ReadFixed64((*row)->data());
    }
    return Status::Ok();
  }

  [[nodiscard]] const StoreOptions& options() const override { return options_; }

  ~RocksDatabase() override {
    EmptyTrash();
    CloseFamilies();
  }

  Result<std::optional<std::string>> Get(Family family, std::string_view key) const override {
    std::string value;
    const rocksdb::Status status =
        db_->Get(rocksdb::ReadOptions(), Handle(family), ToSlice(key), &value);
    if (status.IsNotFound()) {
      return std::optional<std::string>();
    }
    if (!status.ok()) {
      return FromRocks(status);
    }
    return std::optional<std::string>(std::move(value));
  }

  Status Write(const RowBatch& batch, bool sync) override {
    rocksdb::WriteBatch rocks;
    for (const RowBatch::Change& change : batch.changes()) {
      const rocksdb::Status status =
          change.value ? rocks.Put(Handle(change.family), change.key, *change.value)
                       : rocks.Delete(Handle(change.family), change.key);
      REEL_RETURN_IF_ERROR(FromRocks(status));
    }
    rocksdb::WriteOptions write;
    write.sync = sync;
    return FromRocks(db_->Write(write, &rocks));
  }

  [[nodiscard]] std::unique_ptr<RowCursor> NewCursor(Family family,
                                                     std::string_view prefix) const override {
    return std::make_unique<RocksCursor>(db_.get(), Handle(family), prefix);
  }

  Result<std::unique_ptr<SegmentBuilder>> NewSegment(std::string_view name) override {
    auto builder = std::make_unique<RocksSegmentBuilder>(
        db_.get(), Handle(Family::kPages), staging_ + "/" + std::string(name) + ".sst");
    REEL_RETURN_IF_ERROR(builder->Open());
    return std::unique_ptr<SegmentBuilder>(std::move(builder));
  }

  Result<std::unique_ptr<SegmentFile>> OpenSegment(std::string_view first_key,
                                                   std::string_view last_key,
                                                   Caching caching) const override {
    const rocksdb::Range range(ToSlice(first_key), ToSlice(last_key));
    rocksdb::TablePropertiesCollection tables;
    const rocksdb::Status found =
        db_->GetPropertiesOfTablesInRange(Handle(Family::kPages), &range, 1, &tables);
    if (!found.ok()) {
      return FromRocks(found);
    }
    if (tables.size() != 1) {
      return std::unique_ptr<SegmentFile>();
    }
    const auto& [path, properties] = *tables.begin();
    if (properties->num_entries != properties->num_data_blocks) {
      return std::unique_ptr<SegmentFile>();
    }
    rocksdb::FileSystem* files = db_->GetFileSystem();
    rocksdb::FileOptions file_options(db_->GetDBOptions());
    std::unique_ptr<rocksdb::FSRandomAccessFile> file;
    file_options.use_direct_reads = caching == Caching::kByCaller;
    rocksdb::IOStatus opened = files->NewRandomAccessFile(path, file_options, &file, nullptr);
    const bool usable =
        opened.ok() && file->GetRequiredBufferAlignment() <= BorrowedBytes::kAlignment;
    if (file_options.use_direct_reads && !usable) {
      // Not every file system can read past the page cache.
      file_options.use_direct_reads = false;
      opened = files->NewRandomAccessFile(path, file_options, &file, nullptr);
    }
    if (!opened.ok()) {
      return FromRocks(opened);
    }
    return std::unique_ptr<SegmentFile>(std::make_unique<RocksSegmentFile>(path, std::move(file)));
  }

  Status DropSegments(std::string_view begin, std::string_view end) override {
    const rocksdb::Slice from = ToSlice(begin);
    const rocksdb::Slice to = ToSlice(end);
    return FromRocks(rocksdb::DeleteFilesInRange(db_.get(), Handle(Family::kPages), &from, &to,
                                                 /*include_end=*/false));
  }

  Result<uint64_t> NextId() override {
    const std::lock_guard lock(id_mutex_);
    if (next_id_ == reserved_ids_) {
      std::string row;
      PutFixed64(&row, reserved_ids_ + kIdBlock);
      RowBatch batch;
      batch.Put(Family::kMeta, std::string(kNextIdRow), std::move(row));
      REEL_RETURN_IF_ERROR(Write(batch, /*sync=*/true));
      reserved_ids_ += kIdBlock;
    }
    return next_id_++;
  }

 private:
  using Families = std::vector<rocksdb::ColumnFamilyDescriptor>;

  rocksdb::Status OpenFamilies(const rocksdb::DBOptions& options, const std::string& directory,
                               const Families& families) {
    rocksdb::DB* db = nullptr;
    rocksdb::Status opened = rocksdb::DB::Open(options, directory, families, &handles_, &db);
    db_.reset(db);
    return opened;
  }

  // Opens a database of which a table file is missing or damaged, unless that file holds rows that
  // a store cannot do without: bulk pages fail alone, when they are read.
  rocksdb::Status OpenDamaged(const std::string& directory, const Families& families,
                              const rocksdb::Status& damage) {
    rocksdb::DBOptions options = DatabaseOptions();
    options.paranoid_checks = false;
    if (!OpenFamilies(options, directory, families).ok()) {
      return damage;
    }
    for (rocksdb::ColumnFamilyHandle* handle : handles_) {
      rocksdb::TablePropertiesCollection readable;
      if (handle != Handle(Family::kPages) &&
          !db_->GetPropertiesOfAllTables(handle, &readable).ok()) {
        CloseFamilies();
        return damage;
      }
    }
    return rocksdb::Status::OK();
  }

  // What is in the trash when the process ends stays on the disk until the store is next opened.
  // RocksDB tells only how much there is; a disk that fails must not keep a process from ending.
  void EmptyTrash() const {
    using std::chrono::steady_clock;
    const auto deadline = steady_clock::now() + std::chrono::seconds(60);
    while (db_ != nullptr && db_->GetDBOptions().sst_file_manager->GetTotalTrashSize() > 0 &&
           steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  void CloseFamilies() {
    for (rocksdb::ColumnFamilyHandle* handle : handles_) {
      db_->DestroyColumnFamilyHandle(handle);
    }
    handles_.clear();
    db_.reset();
  }

  [[nodiscard]] rocksdb::ColumnFamilyHandle* Handle(Family family) const {
    return handles_[static_cast<size_t>(family) + 1];  // behind RocksDB's default family
  }

  std::string staging_;
  StoreOptions options_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  std::mutex id_mutex_;
  uint64_t next_id_ = 1;
  uint64_t reserved_ids_ = 1;
};

}  // namespace

Result<std::unique_ptr<Database>> Database::Open(const std::string& directory,
                                                 const std::string& staging,
                                                 const StoreOptions& options) {
  auto database = std::make_unique<RocksDatabase>(staging, options);
  REEL_RETURN_IF_ERROR(database->OpenIn(directory));
  return std::unique_ptr<Database>(std::move(database));
}

}  // namespace reel

#include "storage/database.h"

#include <fcntl.h>
#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/file_system.h>
#include <rocksdb/metadata.h>
#include <rocksdb/sst_file_manager.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table_properties.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <limits>
#include <thread>

#include "base/coding.h"
#include "format/row_key.h"
#include "storage/page_tables.h"
#include "storage/rocks_options.h"
#include "storage/status_map.h"

namespace reel {
namespace {

constexpr std::array<const char*, 8> kFamilyNames = {
    "meta", "index", "small_pages", "pages", "tags", "expiry", "garbage", "shared_pages"};
constexpr std::string_view kNextIdRow = "next_id";
// Ids are reserved in blocks, so that not every publication waits for a disk of its own.
constexpr uint64_t kIdBlock = 1024;

rocksdb::Slice ToSlice(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view ToView(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
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
  RocksSegmentFile(std::string path, ExtentLayout layout,
                   std::unique_ptr<rocksdb::FSRandomAccessFile> file)
      : path_(std::move(path)),
        layout_(std::move(layout)),
        file_(std::move(file)),
        alignment_(file_->use_direct_io() ? file_->GetRequiredBufferAlignment() : 1) {
    file_->Hint(rocksdb::FSRandomAccessFile::kRandom);
  }

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

  void Expect(Access access) const override {
    if (access_.exchange(access, std::memory_order_relaxed) != access) {
      file_->Hint(access == Access::kExact ? rocksdb::FSRandomAccessFile::kRandom
                                           : rocksdb::FSRandomAccessFile::kNormal);
    }
  }

  void Prefetch(uint64_t offset, size_t bytes) const override {
    file_->Prefetch(offset, bytes, rocksdb::IOOptions(), nullptr).PermitUncheckedError();
  }

  [[nodiscard]] std::optional<RowPlace> Find(uint32_t page) const override {
    return layout_.Find(page);
  }

 private:
  std::string path_;
  ExtentLayout layout_;
  std::unique_ptr<rocksdb::FSRandomAccessFile> file_;
  uint64_t alignment_;
  mutable std::atomic<Access> access_ = Access::kExact;
};

class RocksSegmentBuilder final : public SegmentBuilder {
 public:
  RocksSegmentBuilder(rocksdb::DB* db, rocksdb::ColumnFamilyHandle* pages,
                      rocksdb::ColumnFamilyHandle* shared_pages, std::string path)
      : db_(db),
        pages_(pages),
        shared_pages_(shared_pages),
        path_(std::move(path)),
        // Of no family yet: the tables of both are alike. The page cache keeps what was written, as
        // it does for any file that is copied.
        writer_(rocksdb::EnvOptions(db->GetDBOptions()), db->GetOptions(pages),
                /*column_family=*/nullptr, /*invalidate_page_cache=*/false) {}

  ~RocksSegmentBuilder() override {
    if (!ingested_) {
      db_->GetFileSystem()->DeleteFile(path_, rocksdb::IOOptions(), nullptr).PermitUncheckedError();
    }
  }

  Status Open() { return FromRocks(writer_.Open(path_)); }

  Status Add(std::string_view key, std::string_view value) override {
    return FromRocks(writer_.Put(ToSlice(key), ToSlice(value)));
  }

  Status Finish(Family family) override {
    REEL_RETURN_IF_ERROR(FromRocks(writer_.Finish()));
    rocksdb::ColumnFamilyHandle* into = family == Family::kPages ? pages_ : shared_pages_;
    rocksdb::IngestExternalFileOptions ingest;
    ingest.move_files = true;
    ingest.failed_move_fall_back_to_copy = false;
    ingest.snapshot_consistency = false;
    REEL_RETURN_IF_ERROR(FromRocks(db_->IngestExternalFile(into, {path_}, ingest)));
    ingested_ = true;
    return Status::Ok();
  }

 private:
  rocksdb::DB* db_;
  rocksdb::ColumnFamilyHandle* pages_;
  rocksdb::ColumnFamilyHandle* shared_pages_;
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
    families.emplace_back(rocksdb::kDefaultColumnFamilyName,
                          FamilyOptions(Family::kMeta, cache, dropped_));
    for (size_t i = 0; i < kFamilyNames.size(); ++i) {
      families.emplace_back(kFamilyNames[i],
                            FamilyOptions(static_cast<Family>(i), cache, dropped_));
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
    const std::shared_ptr<rocksdb::SstFileManager> deleter =
        db_ == nullptr ? nullptr : db_->GetDBOptions().sst_file_manager;
    CloseFamilies();  // files may go with it
    EmptyTrash(deleter.get());
  }

  Result<std::optional<std::string>> Get(Family family, std::string_view key) const override {
    std::string value;
    rocksdb::ReadOptions read;
    // Of these, rows are looked up to find out what is damaged, and a cache would hide it.
    read.fill_cache = family != Family::kPages && family != Family::kSharedPages;
    const rocksdb::Status status = db_->Get(read, Handle(family), ToSlice(key), &value);
    if (status.IsNotFound()) {
      return std::optional<std::string>();
    }
    if (status.IsPathNotFound()) {
      return {Code::kCorruption, "a table file is missing: " + status.ToString()};
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
        db_.get(), Handle(Family::kPages), Handle(Family::kSharedPages),
        staging_ + "/" + std::string(name) + ".sst");
    REEL_RETURN_IF_ERROR(builder->Open());
    return std::unique_ptr<SegmentBuilder>(std::move(builder));
  }

  Result<std::unique_ptr<SegmentFile>> OpenSegment(Family family, uint64_t extent, uint32_t first,
                                                   uint32_t last, Caching caching) const override {
    // A merge may take the file away between finding and opening it; its rows are elsewhere then.
    constexpr int kTries = 5;
    for (int tries = 1;; ++tries) {
      std::optional<Located> located;
      REEL_RETURN_IF_ERROR(Locate(family, extent, first, last, &located));
      if (!located) {
        return std::unique_ptr<SegmentFile>();
      }
      std::unique_ptr<rocksdb::FSRandomAccessFile> file;
      const rocksdb::IOStatus opened = OpenFile(located->path, caching, &file);
      if (opened.ok()) {
        return std::unique_ptr<SegmentFile>(std::make_unique<RocksSegmentFile>(
            std::move(located->path), std::move(located->layout), std::move(file)));
      }
      if (!opened.IsPathNotFound() || tries == kTries) {
        return FromRocks(opened);
      }
    }
  }

  Status DropSegments(Family family, std::string_view begin, std::string_view end) override {
    const rocksdb::Slice from = ToSlice(begin);
    const rocksdb::Slice to = ToSlice(end);
    return FromRocks(rocksdb::DeleteFilesInRange(db_.get(), Handle(family), &from, &to,
                                                 /*include_end=*/false));
  }

  [[nodiscard]] std::vector<SegmentInfo> ListSegments(Family family) const override {
    rocksdb::ColumnFamilyMetaData metadata;
    db_->GetColumnFamilyMetaData(Handle(family), &metadata);
    std::vector<SegmentInfo> segments;
    for (rocksdb::LevelMetaData& level : metadata.levels) {
      for (const rocksdb::SstFileMetaData& file : level.files) {
        segments.push_back({file.name, file.size, file.smallestkey, file.largestkey});
      }
    }
    std::sort(segments.begin(), segments.end(),
              [](const SegmentInfo& a, const SegmentInfo& b) { return a.first_key < b.first_key; });
    return segments;
  }

  [[nodiscard]] std::optional<std::vector<ExtentShare>> ExtentsIn(
      Family family, const SegmentInfo& segment) const override {
    rocksdb::TablePropertiesCollection tables;
    if (!FindTables(family, segment.first_key, segment.last_key, &tables).ok()) {
      return std::nullopt;
    }
    for (const auto& [path, properties] : tables) {
      if (path.ends_with(segment.name)) {
        return DecodeExtents(RecordedLayout(*properties));
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] Status VerifySegment(Family family, const SegmentInfo& segment) const override {
    rocksdb::SstFileReader reader(db_->GetOptions(Handle(family)));
    REEL_RETURN_IF_ERROR(FromRocks(reader.Open(db_->GetName() + segment.name)));
    return FromRocks(reader.VerifyChecksum(rocksdb::ReadOptions()));
  }

  Status MergeSegments(const std::vector<std::string>& names,
                       std::vector<uint64_t> dropped) override {
    dropped_->Set(std::move(dropped));
    rocksdb::CompactionOptions options;
    options.compression = rocksdb::kNoCompression;
    options.output_file_size_limit = std::numeric_limits<uint64_t>::max();
    rocksdb::ColumnFamilyHandle* shared = Handle(Family::kSharedPages);
    return FromRocks(db_->CompactFiles(options, shared, names, db_->NumberLevels(shared) - 1));
  }

  Status Compact(Family family) override {
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    return FromRocks(db_->CompactRange(options, Handle(family), nullptr, nullptr));
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

  struct Located {
    std::string path;
    ExtentLayout layout;
  };

  rocksdb::Status FindTables(Family family, std::string_view first_key, std::string_view last_key,
                             rocksdb::TablePropertiesCollection* tables) const {
    const rocksdb::Range range(ToSlice(first_key), ToSlice(last_key));
    return db_->GetPropertiesOfTablesInRange(Handle(family), &range, 1, tables);
  }

  static std::string_view RecordedLayout(const rocksdb::TableProperties& properties) {
    const auto found = properties.user_collected_properties.find(kLayoutProperty);
    return found == properties.user_collected_properties.end() ? std::string_view()
                                                               : std::string_view(found->second);
  }

  // The file that has all of the pages, if there is one.
  Status Locate(Family family, uint64_t extent, uint32_t first, uint32_t last,
                std::optional<Located>* located) const {
    rocksdb::TablePropertiesCollection tables;
    REEL_RETURN_IF_ERROR(FromRocks(
        FindTables(family, PageRowKey(extent, first), PageRowKey(extent, last), &tables)));
    for (const auto& [path, properties] : tables) {
      auto layout = DecodeLayout(RecordedLayout(*properties), extent);
      const bool is_block_a_row = properties->num_entries == properties->num_data_blocks;
      if (is_block_a_row && layout && layout->Find(first) && layout->Find(last)) {
        *located = Located{path, *std::move(layout)};
        break;
      }
    }
    return Status::Ok();
  }

  rocksdb::IOStatus OpenFile(const std::string& path, Caching caching,
                             std::unique_ptr<rocksdb::FSRandomAccessFile>* file) const {
    rocksdb::FileSystem* files = db_->GetFileSystem();
    rocksdb::FileOptions options(db_->GetDBOptions());
    options.use_direct_reads = caching == Caching::kByCaller;
    rocksdb::IOStatus opened = files->NewRandomAccessFile(path, options, file, nullptr);
    const bool usable =
        opened.ok() && (*file)->GetRequiredBufferAlignment() <= BorrowedBytes::kAlignment;
    if (options.use_direct_reads && !usable) {
      // Not every file system can read past the page cache.
      options.use_direct_reads = false;
      opened = files->NewRandomAccessFile(path, options, file, nullptr);
    }
    return opened;
  }

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
      if (handle != Handle(Family::kPages) && handle != Handle(Family::kSharedPages) &&
          !db_->GetPropertiesOfAllTables(handle, &readable).ok()) {
        CloseFamilies();
        return damage;
      }
    }
    return rocksdb::Status::OK();
  }

  // What is in the trash when the process ends stays on the disk until the store is next opened.
  // RocksDB tells only how much there is; a disk that fails must not keep a process from ending.
  static void EmptyTrash(rocksdb::SstFileManager* deleter) {
    using std::chrono::steady_clock;
    const auto deadline = steady_clock::now() + std::chrono::seconds(60);
    while (deleter != nullptr && deleter->GetTotalTrashSize() > 0 &&
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
  const std::shared_ptr<DroppedExtents> dropped_ = std::make_shared<DroppedExtents>();
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

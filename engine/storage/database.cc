#include "storage/database.h"

#include <fcntl.h>
#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/metadata.h>
#include <rocksdb/sst_file_manager.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table_properties.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <limits>
#include <system_error>

#include "base/coding.h"
#include "format/row_key.h"
#include "storage/compaction_guard.h"
#include "storage/flush_anchor.h"
#include "storage/idle_tables.h"
#include "storage/manifest_files.h"
#include "storage/options_files.h"
#include "storage/page_tables.h"
#include "storage/recovery_guard.h"
#include "storage/rocks_files.h"
#include "storage/rocks_options.h"
#include "storage/slices.h"
#include "storage/space_errors.h"
#include "storage/status_map.h"
#include "storage/trash.h"

namespace reel {
namespace {

constexpr std::array<const char*, kFamilies.size()> kFamilyNames = {
    "meta", "index", "small_pages", "pages", "tags", "expiry", "garbage", "shared_pages", "scrub"};
rocksdb::ColumnFamilyHandle* HandleOf(const std::vector<rocksdb::ColumnFamilyHandle*>& handles,
                                      Family family) {
  return handles[static_cast<size_t>(family) + 1];  // behind RocksDB's default family
}

constexpr std::string_view kNextIdRow = "next_id";
// Ids are reserved in blocks, so that not every publication waits for a disk of its own.
constexpr uint64_t kIdBlock = 1024;
constexpr size_t kVerifyReadAheadBytes = size_t{2} << 20;

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
  const std::string text = status.ToString();
  if (text.find("While lock file") != std::string::npos &&
      text.ends_with(std::generic_category().message(EAGAIN))) {
    return {Code::kBusy, "it was in use by a process that has just ended (try again)"};
  }
  return FromRocks(status);
}

class RocksCursor final : public RowCursor {
 public:
  RocksCursor(rocksdb::DB* db, rocksdb::ColumnFamilyHandle* family, std::string_view prefix,
              rocksdb::ReadOptions read)
      : upper_(prefix) {
    while (!upper_.empty() && static_cast<unsigned char>(upper_.back()) == 0xFF) {
      upper_.pop_back();
    }
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

Result<std::optional<std::string>> GetRow(rocksdb::DB* db, rocksdb::ColumnFamilyHandle* family,
                                          std::string_view key, const rocksdb::ReadOptions& read) {
  std::string value;
  const rocksdb::Status status = db->Get(read, family, ToSlice(key), &value);
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

class RocksSnapshot final : public RowSnapshot {
 public:
  RocksSnapshot(rocksdb::DB* db, const std::vector<rocksdb::ColumnFamilyHandle*>* handles)
      : db_(db), handles_(handles), snapshot_(db) {
    read_.snapshot = snapshot_.snapshot();
    read_.fill_cache = false;
  }

  [[nodiscard]] Result<std::optional<std::string>> Get(Family family,
                                                       std::string_view key) const override {
    return GetRow(db_, HandleOf(*handles_, family), key, read_);
  }
  [[nodiscard]] std::unique_ptr<RowCursor> NewCursor(Family family,
                                                     std::string_view prefix) const override {
    return std::make_unique<RocksCursor>(db_, HandleOf(*handles_, family), prefix, read_);
  }

 private:
  rocksdb::DB* db_;
  const std::vector<rocksdb::ColumnFamilyHandle*>* handles_;
  rocksdb::ManagedSnapshot snapshot_;
  rocksdb::ReadOptions read_;
};

class RocksDatabase final : public Database {
 public:
  RocksDatabase(std::string directory, std::string staging, StoreOptions options,
                const Environment& environment)
      : directory_(std::move(directory)),
        staging_(std::move(staging)),
        options_(std::move(options)),
        space_errors_(std::make_shared<SpaceErrors>(
            environment.files != nullptr ? environment.files : rocksdb::FileSystem::Default())),
        recovery_guard_(std::make_shared<RecoveryGuard>(space_errors_)),
        manifest_(std::make_shared<ManifestFiles>(std::make_shared<NoOptionsFiles>(space_errors_),
                                                  directory_)),
        env_(rocksdb::NewCompositeEnv(manifest_)),
        trash_(std::make_shared<Trash>(manifest_)) {}

  Status Open() {
    std::error_code error;
    const std::filesystem::space_info disk = std::filesystem::space(directory_, error);
    spare_bytes_ = error ? 0 : std::min<uint64_t>(kLogBytesMax, disk.capacity / 4);
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
    rocksdb::Status opened = OpenFamilies(Options(), families);
    if (opened.IsCorruption() || opened.IsPathNotFound()) {
      opened = OpenDamaged(families, opened);
    }
    if (!opened.ok()) {
      return OpenFailure(opened, directory_);
    }
    // Families may have been added to it, and no row of theirs must be lost with them.
    REEL_RETURN_IF_ERROR(FromRocks(manifest_->Mark()).WithContext("cannot write " + directory_));
    guard_->Attach(db_.get(), handles_);
    recovery_guard_->Attach(db_.get());
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
    if (db_ != nullptr) {
      // A log that rots while nobody has the store open would lose what only it holds, and RocksDB
      // would not tell. The next open would write the same table files.
      static_cast<void>(Flush());
    }
    CloseFamilies();
    manifest_->Mark().PermitUncheckedError();
  }

  Result<std::optional<std::string>> Get(Family family, std::string_view key) const override {
    rocksdb::ReadOptions read;
    // Of these, rows are looked up to find out what is damaged, and a cache would hide it.
    read.fill_cache = !HoldsPageTables(family);
    return GetRow(db_.get(), Handle(family), key, read);
  }

  Status Write(const RowBatch& batch, bool sync) override {
    REEL_RETURN_IF_ERROR(recovery_guard_->CanChange());
    rocksdb::WriteBatch rocks;
    for (const RowBatch::Change& change : batch.changes()) {
      const rocksdb::Status status =
          change.value ? rocks.Put(Handle(change.family), change.key, *change.value)
                       : rocks.Delete(Handle(change.family), change.key);
      REEL_RETURN_IF_ERROR(FromRocks(status));
    }
    rocksdb::WriteOptions write;
    write.sync = sync;
    REEL_RETURN_IF_ERROR(FromRocks(anchor_->Drop(db_.get(), Handle(Family::kMeta))));
    if (!is_damaged_) {
      return FromRocks(db_->Write(write, &rocks));
    }
    // Without its checks RocksDB would go on behind a record that failed, and the next open would
    // end at that record, or the process with it.
    const std::lock_guard lock(damaged_mutex_);
    if (damaged_status_.ok()) {
      damaged_status_ = FromRocks(db_->Write(write, &rocks));
    }
    return damaged_status_;
  }

  [[nodiscard]] Status CheckRoom() const override {
    uint64_t left = 0;
    const rocksdb::IOStatus told =
        manifest_->GetFreeSpace(directory_, rocksdb::IOOptions(), &left, /*dbg=*/nullptr);
    if (!told.ok() || left >= spare_bytes_) {
      return Status::Ok();
    }
    return {Code::kNoSpace,
            "the disk is full but for " + std::to_string(left >> 20) + " of the " +
                std::to_string(spare_bytes_ >> 20) +
                " MiB that the store needs to go on (free some space and try again)"};
  }

  [[nodiscard]] std::unique_ptr<RowCursor> NewCursor(Family family,
                                                     std::string_view prefix) const override {
    return std::make_unique<RocksCursor>(db_.get(), Handle(family), prefix, rocksdb::ReadOptions());
  }

  [[nodiscard]] std::unique_ptr<RowSnapshot> NewSnapshot() const override {
    return std::make_unique<RocksSnapshot>(db_.get(), &handles_);
  }

  Result<std::unique_ptr<SegmentBuilder>> NewSegment(std::string_view name) override {
    auto builder = std::make_unique<RocksSegmentBuilder>(
        db_.get(), recovery_guard_, Handle(Family::kPages), Handle(Family::kSharedPages),
        staging_ + "/" + std::string(name) + ".sst");
    REEL_RETURN_IF_ERROR(builder->Open());
    return std::unique_ptr<SegmentBuilder>(std::move(builder));
  }

  Result<std::unique_ptr<SegmentFile>> OpenSegment(Family family, uint64_t extent, uint32_t first,
                                                   uint32_t last, Caching caching) const override {
    // A merge may take the file away between finding and opening it; its rows are elsewhere then.
    constexpr int kTries = 5;
    // What reads past the system's cache reads so much that it may open files.
    const std::shared_ptr<IdleTables> idle = caching == Caching::kBySystem ? idle_ : nullptr;
    for (int tries = 1;; ++tries) {
      std::unique_ptr<OpenTable> table;
      if (idle != nullptr) {
        table = idle->Take(family, extent, first, last);
      }
      if (table != nullptr) {
        return std::unique_ptr<SegmentFile>(
            std::make_unique<RocksSegmentFile>(std::move(table), idle));
      }
      REEL_RETURN_IF_ERROR(Locate(family, extent, first, last, &table));
      if (table == nullptr) {
        return std::unique_ptr<SegmentFile>();
      }
      const rocksdb::IOStatus opened = OpenFile(table->path, caching, &table->file);
      if (opened.ok()) {
        table->file->Hint(rocksdb::FSRandomAccessFile::kRandom);
        return std::unique_ptr<SegmentFile>(
            std::make_unique<RocksSegmentFile>(std::move(table), idle));
      }
      if (!opened.IsPathNotFound() || tries == kTries) {
        return FromRocks(opened);
      }
    }
  }

  Status DropSegments(Family family, std::string_view begin, std::string_view end) override {
    return DropTables(db_.get(), recovery_guard_.get(), Handle(family), begin, end);
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
    rocksdb::SstFileReader reader(CheckOptions(family, db_->GetEnv()));
    REEL_RETURN_IF_ERROR(FromRocks(reader.Open(db_->GetName() + segment.name)));
    rocksdb::ReadOptions read;
    read.readahead_size = kVerifyReadAheadBytes;
    REEL_RETURN_IF_ERROR(FromRocks(reader.VerifyChecksum(read)));
    return VerifyPadding(db_->GetName() + segment.name);
  }

  [[nodiscard]] Result<uint64_t> VerifyFrame(Family family,
                                             const SegmentInfo& segment) const override {
    rocksdb::SstFileReader reader(CheckOptions(family, db_->GetEnv()));
    REEL_RETURN_IF_ERROR(FromRocks(reader.Open(db_->GetName() + segment.name)));
    const std::unique_ptr<rocksdb::Iterator> rows(reader.NewIterator(rocksdb::ReadOptions()));
    // Behind all rows: that takes the index and none of them.
    rows->Seek(ToSlice(segment.last_key + '\0'));
    REEL_RETURN_IF_ERROR(FromRocks(rows->status()));
    REEL_RETURN_IF_ERROR(VerifyPadding(db_->GetName() + segment.name));
    return reader.GetTableProperties()->data_size;
  }

  Status Flush() override {
    REEL_RETURN_IF_ERROR(recovery_guard_->CanChange());
    return FromRocks(db_->Flush(rocksdb::FlushOptions(), handles_));
  }

  [[nodiscard]] Status VerifyManifest() const override {
    std::vector<std::string> families;
    return FromRocks(rocksdb::DB::ListColumnFamilies(db_->GetOptions(), db_->GetName(), &families));
  }

  Status MergeSegments(const std::vector<std::string>& names,
                       std::vector<uint64_t> dropped) override {
    REEL_RETURN_IF_ERROR(recovery_guard_->CanChange());
    dropped_->Set(std::move(dropped));
    rocksdb::CompactionOptions options;
    options.compression = rocksdb::kNoCompression;
    options.output_file_size_limit = std::numeric_limits<uint64_t>::max();
    rocksdb::ColumnFamilyHandle* shared = Handle(Family::kSharedPages);
    return FromRocks(db_->CompactFiles(options, shared, names, db_->NumberLevels(shared) - 1));
  }

  Status Compact(Family family) override {
    REEL_RETURN_IF_ERROR(recovery_guard_->CanChange());
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

  // The file that has all of the pages, if there is one; it is not opened yet.
  Status Locate(Family family, uint64_t extent, uint32_t first, uint32_t last,
                std::unique_ptr<OpenTable>* located) const {
    const uint64_t epoch = idle_->epoch();
    rocksdb::TablePropertiesCollection tables;
    REEL_RETURN_IF_ERROR(FromRocks(
        FindTables(family, PageRowKey(extent, first), PageRowKey(extent, last), &tables)));
    for (const auto& [path, properties] : tables) {
      auto layout = DecodeLayout(RecordedLayout(*properties), extent);
      const bool is_block_a_row = properties->num_entries == properties->num_data_blocks;
      if (is_block_a_row && layout && layout->Find(first) && layout->Find(last)) {
        *located = std::make_unique<OpenTable>(
            OpenTable{family, extent, path, *std::move(layout), nullptr, epoch});
        break;
      }
    }
    return Status::Ok();
  }

  [[nodiscard]] Status VerifyPadding(const std::string& path) const {
    rocksdb::FileSystem* files = db_->GetFileSystem();
    uint64_t size = 0;
    REEL_RETURN_IF_ERROR(FromRocks(files->GetFileSize(path, rocksdb::IOOptions(), &size, nullptr)));
    std::unique_ptr<rocksdb::FSRandomAccessFile> file;
    REEL_RETURN_IF_ERROR(FromRocks(OpenFile(path, Caching::kBySystem, &file)));
    char footer[kTableFooterBytes];
    rocksdb::Slice got;
    REEL_RETURN_IF_ERROR(
        FromRocks(file->Read(size - std::min<uint64_t>(size, sizeof(footer)), sizeof(footer),
                             rocksdb::IOOptions(), &got, footer, nullptr)));
    return HasSoundPadding(ToView(got))
               ? Status::Ok()
               : Status(Code::kCorruption, "its end has bytes where there should be none");
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

  rocksdb::Status OpenFamilies(const rocksdb::DBOptions& options, const Families& families) {
    rocksdb::DB* db = nullptr;
    rocksdb::Status opened = rocksdb::DB::Open(options, directory_, families, &handles_, &db);
    db_.reset(db);
    return opened;
  }

  // Opens a database of which a table file is missing or damaged, unless that file holds rows that
  // a store cannot do without: bulk pages fail alone, when they are read.
  rocksdb::Status OpenDamaged(const Families& families, const rocksdb::Status& damage) {
    if (const std::string torn = manifest_->torn(); !torn.empty()) {
      // No loss of power then: where it ends, what it said of tables was known to be synced.
      return rocksdb::Status::Corruption(
          torn + " is damaged at its end (restore the store from a copy)", damage.ToString());
    }
    space_errors_->GiveUp();  // without its checks RocksDB recovers from nothing
    rocksdb::DBOptions options = Options();
    options.paranoid_checks = false;
    if (!OpenFamilies(options, families).ok()) {
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
    is_damaged_ = true;
    return rocksdb::Status::OK();
  }

  void CloseFamilies() {
    guard_->Detach();
    recovery_guard_->EndRecoveries();
    for (rocksdb::ColumnFamilyHandle* handle : handles_) {
      db_->DestroyColumnFamilyHandle(handle);
    }
    handles_.clear();
    if (db_ != nullptr) {
      db_->Close().PermitUncheckedError();
      // Files may have gone with it. The deleter ends, whatever is left in the trash.
      trash_->WaitUntilTried(std::chrono::seconds(60));
    }
    db_.reset();
  }

  [[nodiscard]] rocksdb::ColumnFamilyHandle* Handle(Family family) const {
    return HandleOf(handles_, family);
  }

  [[nodiscard]] rocksdb::DBOptions Options() {
    anchor_ = std::make_shared<FlushAnchor>(kFamilyNames[static_cast<size_t>(Family::kMeta)]);
    rocksdb::DBOptions options = DatabaseOptions(env_.get(), trash_);
    options.listeners.push_back(anchor_);
    options.listeners.push_back(guard_);
    options.listeners.push_back(recovery_guard_);
    options.listeners.push_back(idle_);
    return options;
  }

  const std::string directory_;
  const std::string staging_;
  const StoreOptions options_;
  const std::shared_ptr<CompactionGuard> guard_ = std::make_shared<CompactionGuard>();
  // Before the database, which uses them to its end.
  const std::shared_ptr<SpaceErrors> space_errors_;
  const std::shared_ptr<RecoveryGuard> recovery_guard_;
  const std::shared_ptr<ManifestFiles> manifest_;
  const std::unique_ptr<rocksdb::Env> env_;
  const std::shared_ptr<Trash> trash_;
  const std::shared_ptr<IdleTables> idle_ = std::make_shared<IdleTables>();
  std::shared_ptr<FlushAnchor> anchor_;
  const std::shared_ptr<DroppedExtents> dropped_ = std::make_shared<DroppedExtents>();
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  uint64_t spare_bytes_ = 0;
  bool is_damaged_ = false;  // opened without RocksDB's checks
  std::mutex damaged_mutex_;
  Status damaged_status_;  // of the first write that failed then
  std::mutex id_mutex_;
  uint64_t next_id_ = 1;
  uint64_t reserved_ids_ = 1;
};

}  // namespace

std::string_view FamilyName(Family family) {
  return kFamilyNames[static_cast<size_t>(family)];
}

Result<std::unique_ptr<Database>> Database::Open(const std::string& directory,
                                                 const std::string& staging,
                                                 const StoreOptions& options,
                                                 const Environment& environment) {
  auto database = std::make_unique<RocksDatabase>(directory, staging, options, environment);
  REEL_RETURN_IF_ERROR(database->Open());
  return std::unique_ptr<Database>(std::move(database));
}

}  // namespace reel

// The store's rows: column families of one RocksDB database, without a RocksDB type in sight.
#pragma once

#include <reel/kv.h>
#include <reel/options.h>
#include <reel/status.h>
#include <reel/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/environment.h"
#include "storage/page_cache.h"
#include "storage/segment_layout.h"

namespace reel {

/// docs/format.md says what each holds.
enum class Family : uint8_t {
  kMeta,
  kIndex,
  kSmallPages,
  kPages,
  kTags,
  kExpiry,
  kGarbage,
  kSharedPages,
  kScrub,
};
inline constexpr std::array kFamilies = {
    Family::kMeta,   Family::kIndex,   Family::kSmallPages,  Family::kPages, Family::kTags,
    Family::kExpiry, Family::kGarbage, Family::kSharedPages, Family::kScrub};

/// As it stands on the disk.
std::string_view FamilyName(Family family);

/// Whether the rows come in table files that are built page by page.
inline bool HoldsPageTables(Family family) {
  return family == Family::kPages || family == Family::kSharedPages;
}

/// Changes that take effect together or not at all.
class RowBatch {
 public:
  struct Change {
    Family family;
    std::string key;
    std::optional<std::string> value;  // absent: the row goes
  };

  void Put(Family family, std::string key, std::string value) {
    changes_.push_back({family, std::move(key), std::move(value)});
  }
  void Delete(Family family, std::string key) {
    changes_.push_back({family, std::move(key), std::nullopt});
  }
  [[nodiscard]] const std::vector<Change>& changes() const { return changes_; }

 private:
  std::vector<Change> changes_;
};

/// Walks the rows of one family in bytewise order, as they were when it was made. One thread;
/// outlived by its database.
class RowCursor {
 public:
  virtual ~RowCursor() = default;
  /// To the first row at or behind `key`.
  virtual void Seek(std::string_view key) = 0;
  virtual void Next() = 0;
  /// False at the end, and after an error: then status() says so.
  [[nodiscard]] virtual bool Valid() const = 0;
  /// Valid until the cursor moves. REQUIRES: Valid().
  [[nodiscard]] virtual std::string_view key() const = 0;
  [[nodiscard]] virtual std::string_view value() const = 0;
  [[nodiscard]] virtual Status status() const = 0;
};

/// All rows as they were at one moment, for looking at many of them: what is read through it takes
/// the place of nothing that the store keeps in memory. Thread-safe; outlived by its database.
class RowSnapshot {
 public:
  virtual ~RowSnapshot() = default;
  /// As those of Database.
  [[nodiscard]] virtual Result<std::optional<std::string>> Get(Family family,
                                                               std::string_view key) const = 0;
  [[nodiscard]] virtual std::unique_ptr<RowCursor> NewCursor(Family family,
                                                             std::string_view prefix) const = 0;
};

/// A table file that holds pages of an extent. Thread-safe.
class SegmentFile {
 public:
  virtual ~SegmentFile() = default;
  [[nodiscard]] virtual const std::string& path() const = 0;
  /// Whether reads go past the system's cache.
  [[nodiscard]] virtual bool is_direct() const = 0;
  /// Where a page of that extent lies, and its checksum; nothing if it is not in the file.
  [[nodiscard]] virtual std::optional<RowPlace> Find(uint32_t page) const = 0;
  /// `bytes` bytes at `offset`, in memory of `out`; nothing when the file ends before.
  virtual Result<std::optional<std::string_view>> Read(uint64_t offset, size_t bytes,
                                                       BorrowedBytes* out) const = 0;
  /// Whether the system may guess what is read next, and read more than it is asked for: from
  /// kSequential on, until kExact. A new file is kExact.
  enum class Access : uint8_t { kExact, kSequential };
  virtual void Expect(Access access) const = 0;
  /// Lets the system begin to read these bytes, and does not wait.
  virtual void Prefetch(uint64_t offset, size_t bytes) const = 0;
  /// The parts of a range that the system does not have in memory; none where that cannot be told.
  [[nodiscard]] virtual std::vector<FileRange> Uncached(uint64_t offset, size_t bytes) const = 0;
  /// Lets the system give up the memory that these bytes take.
  virtual void Forget(const FileRange& range) const = 0;
};

/// A table file in the making. Destroyed before Finish, it is deleted.
class SegmentBuilder {
 public:
  virtual ~SegmentBuilder() = default;
  /// REQUIRES: keys rise.
  virtual Status Add(std::string_view key, std::string_view value) = 0;
  /// Makes the file durable and its rows part of `family`: kPages or kSharedPages.
  virtual Status Finish(Family family) = 0;
};

/// A table file among those of its family.
struct SegmentInfo {
  /// What MergeSegments takes.
  std::string name;
  uint64_t bytes = 0;
  std::string first_key;
  std::string last_key;
};

/// One RocksDB database. Thread-safe.
class Database {
 public:
  virtual ~Database() = default;

  /// Opens the database in `directory`, building segments in `staging` on the same file system.
  /// kBusy names the process that owns it.
  static Result<std::unique_ptr<Database>> Open(const std::string& directory,
                                                const std::string& staging,
                                                const StoreOptions& options,
                                                const Environment& environment = {});

  [[nodiscard]] virtual const StoreOptions& options() const = 0;

  /// The row's value; nothing if there is no such row. kCorruption where the file that may hold it
  /// is damaged or missing.
  virtual Result<std::optional<std::string>> Get(Family family, std::string_view key) const = 0;

  /// Applies the batch in one step; with `sync`, durable when it returns.
  virtual Status Write(const RowBatch& batch, bool sync) = 0;

  /// kNoSpace where the disk has no more room left than it takes to go on: to put into table files
  /// what only the log holds, to open, and to remove, for who cannot would never have space again.
  /// To be asked before values are written.
  [[nodiscard]] virtual Status CheckRoom() const = 0;

  /// A cursor over the rows whose keys begin with `prefix`.
  [[nodiscard]] virtual std::unique_ptr<RowCursor> NewCursor(Family family,
                                                             std::string_view prefix) const = 0;

  [[nodiscard]] virtual std::unique_ptr<RowSnapshot> NewSnapshot() const = 0;

  virtual Result<std::unique_ptr<SegmentBuilder>> NewSegment(std::string_view name) = 0;

  /// The table file of `family` with pages `first` to `last` of an extent, which one builder has
  /// added; nothing if no file has all of them.
  virtual Result<std::unique_ptr<SegmentFile>> OpenSegment(Family family, uint64_t extent,
                                                           uint32_t first, uint32_t last,
                                                           Caching caching) const = 0;

  /// Drops the table files of `family` of which all rows lie in [begin, end); their space is free
  /// when the last open SegmentFile is gone. Files that are being merged stay.
  virtual Status DropSegments(Family family, std::string_view begin, std::string_view end) = 0;

  /// All table files of a family, by their first keys.
  [[nodiscard]] virtual std::vector<SegmentInfo> ListSegments(Family family) const = 0;

  /// The extents in a table file; nothing where it is gone, or does not tell.
  [[nodiscard]] virtual std::optional<std::vector<ExtentShare>> ExtentsIn(
      Family family, const SegmentInfo& segment) const = 0;

  /// Whether a table file can be read to its end and fits RocksDB's checksums.
  [[nodiscard]] virtual Status VerifySegment(Family family, const SegmentInfo& segment) const = 0;

  /// The same of all that is in a table file beside its rows; how many bytes these take.
  [[nodiscard]] virtual Result<uint64_t> VerifyFrame(Family family,
                                                     const SegmentInfo& segment) const = 0;

  /// Puts all rows that only the log and memory hold into table files.
  virtual Status Flush() = 0;

  /// Whether the list of table files, which the next open reads, can be read.
  [[nodiscard]] virtual Status VerifyManifest() const = 0;

  /// Puts one table file in the place of several of Family::kSharedPages, without the rows of the
  /// extents in `dropped`, which rise. Readers are not disturbed. One call at a time. REQUIRES: the
  /// files were verified: RocksDB takes no more writes when it finds damage.
  virtual Status MergeSegments(const std::vector<std::string>& names,
                               std::vector<uint64_t> dropped) = 0;

  /// Rewrites the table files of a family without what was deleted from it.
  virtual Status Compact(Family family) = 0;

  /// A number never given before in this store, kept across crashes.
  virtual Result<uint64_t> NextId() = 0;
};

}  // namespace reel

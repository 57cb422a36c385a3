// RocksDB's list of files, its MANIFEST, on a disk that may lose power.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace reel {

/// RocksDB opens a database whose MANIFEST is cut off within its last record, and not one where the
/// power left zeros there. This file system shows it such a MANIFEST without them.
///
/// What was synced no loss of power takes, so that damage there is rot, and refused; also where a
/// file is merely too short, of which RocksDB says nothing. How far that reaches stands in
/// db/MANIFEST.synced, which is written and synced
/// - before CURRENT names a new MANIFEST, which is whole then, as one is with every open;
/// - before a log goes, since its rows are in a table then that the MANIFEST names;
/// - when the store has been opened, when it is closed, and for each 64 KiB.
///
/// So a loss of power takes only what was being written, and rot that passes for one, in what was
/// synced since, undoes nothing unseen: a merge or a drop leaves names of tables that are gone, and
/// the database does not open; of an extent, rows name pages that are missing, as a scrub tells.
/// Without an entry for a MANIFEST, as in an older store, RocksDB sees it as it is.
///
/// Nothing is changed on the disk: the MANIFEST stays until RocksDB has opened the database and
/// CURRENT names another one. Thread-safe.
class ManifestFiles final : public rocksdb::FileSystemWrapper {
 public:
  /// For one database.
  ManifestFiles(const std::shared_ptr<rocksdb::FileSystem>& files, std::string directory)
      : FileSystemWrapper(files), directory_(std::move(directory)) {}

  /// Writes down how far the MANIFEST is synced, unless that is known.
  rocksdb::IOStatus Mark();

  /// Which MANIFEST was shown without its end; empty if none was.
  [[nodiscard]] std::string torn() const;

  [[nodiscard]] const char* Name() const override { return "reel.ManifestFiles"; }
  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* dbg) override;

 private:
  class WrittenManifest;
  /// By the names of MANIFESTs, how many bytes of each are synced.
  using Lengths = std::map<std::string, uint64_t>;

  void NoteSynced(const std::string& name, uint64_t bytes);
  rocksdb::IOStatus MarkLocked();
  rocksdb::IOStatus SwitchTo(const std::string& name);
  [[nodiscard]] Lengths ReadMarks() const;
  rocksdb::IOStatus WriteMarks(const Lengths& marks);

  const std::string directory_;
  mutable std::mutex mutex_;
  std::string current_;  // which CURRENT names, since a new one was written
  uint64_t marked_ = 0;  // of that
  Lengths synced_;       // of those written here
  std::string torn_;
};

}  // namespace reel

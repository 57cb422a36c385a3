// What RocksDB is told when the disk is full.
#pragma once

#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>
#include <string>

namespace reel {

/// RocksDB has two ways to go on after an error of the disk, and takes the worse one where it reads
/// that there is no space (7.8): it never notices that it goes on, so that the next table file that
/// is taken in ends the process, and a close at the wrong moment waits forever. This file system
/// calls such an error one that may go away (SpaceLimit, retryable), also where a quota is spent:
/// RocksDB tries again until it does. FromRocks knows what it was. Its messages, which it writes as
/// well, are left out then. Thread-safe.
class SpaceErrors final : public rocksdb::FileSystemWrapper {
 public:
  /// Shared with the files, which RocksDB may close late.
  struct State {
    std::atomic<bool> gives_up = false;
    std::atomic<bool> flushes_fail = false;
  };

  explicit SpaceErrors(const std::shared_ptr<rocksdb::FileSystem>& files)
      : FileSystemWrapper(files) {}

  /// From here on such an error is one for good, and no recovery begins.
  void GiveUp() { state_->gives_up = true; }

  /// While set, no file can be flushed, which is an error for good.
  void FailFlushes(bool fail) { state_->flushes_fail = fail; }

  [[nodiscard]] const char* Name() const override { return "reel.SpaceErrors"; }
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus NewLogger(const std::string& path, const rocksdb::IOOptions& options,
                              std::shared_ptr<rocksdb::Logger>* log,
                              rocksdb::IODebugContext* dbg) override;

 private:
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace reel

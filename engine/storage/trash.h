// Table files on their way out: RocksDB renames them, and unlinks them on a thread of its own.
#pragma once

#include <rocksdb/file_system.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace reel {

/// The file system of RocksDB's deleter, which knows what is still to be unlinked. Thread-safe.
class Trash final : public rocksdb::FileSystemWrapper {
 public:
  explicit Trash(const std::shared_ptr<rocksdb::FileSystem>& files) : FileSystemWrapper(files) {}

  /// Returns when each file is gone or has refused to go, or after `limit`. What is left goes when
  /// the store is next opened.
  void WaitUntilTried(std::chrono::seconds limit);

  [[nodiscard]] const char* Name() const override { return "reel.Trash"; }
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus GetFileSize(const std::string& path, const rocksdb::IOOptions& options,
                                uint64_t* size, rocksdb::IODebugContext* dbg) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* dbg) override;

 private:
  void Note(const std::string& path, bool waits);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> waiting_;
};

}  // namespace reel

// A file system below RocksDB of which a test sees each call, and may let it fail.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <memory>
#include <string>

namespace reel::test {

enum class FileCall : uint8_t {
  kOpen,    // to read, or a directory
  kCreate,  // to write, empty
  kReopen,  // to write on, at its end or anywhere
  kRead,
  kAppend,
  kOverwrite,
  kTruncate,
  kSync,
  kSyncDirectory,
  kClose,  // of a file that was written
  kRename,
  kLink,
  kDelete,
  kMakeDirectory,
  kLook,  // whether something is there, its size, what is in a directory
};

struct FileOperation {
  FileCall call;
  std::string path;
  /// kRename, kLink: the new name.
  std::string target = {};
  /// Of a file that is open for writing, whatever becomes of its name: from its kCreate or kReopen
  /// to its kClose.
  uint64_t file = 0;
  /// kOverwrite: where; kTruncate: the new end.
  uint64_t offset = 0;
  /// kAppend, kOverwrite: how many.
  uint64_t bytes = 0;
};

/// Called from any thread.
class FileObserver {
 public:
  virtual ~FileObserver() = default;

  /// Not ok: the call fails with that, and nothing is done; of a kAppend the first `bytes` are
  /// written all the same, which is 0 unless it says otherwise.
  virtual rocksdb::IOStatus Before(const FileOperation& operation, uint64_t* bytes) = 0;

  /// It succeeded.
  virtual void After(const FileOperation& /*operation*/) {}
};

/// Lets everything pass.
class NoObserver final : public FileObserver {
 public:
  rocksdb::IOStatus Before(const FileOperation& /*operation*/, uint64_t* /*bytes*/) override {
    return rocksdb::IOStatus::OK();
  }
};

/// The system's files. Nothing waits for the disk: what a sync is worth the observer decides. There
/// is no log of RocksDB's.
std::shared_ptr<rocksdb::FileSystem> NewWatchedFiles(std::shared_ptr<FileObserver> observer);

}  // namespace reel::test

// The files that RocksDB would keep its options in.
#pragma once

#include <rocksdb/file_system.h>

#include <memory>
#include <string>

namespace reel {

/// RocksDB would write its options at each open, sync them, and parse them again to verify them: a
/// third of what an open of a small store takes. All of them are in the program, and nobody reads
/// the file; where it cannot be written, RocksDB goes on. Thread-safe.
class NoOptionsFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit NoOptionsFiles(const std::shared_ptr<rocksdb::FileSystem>& files)
      : FileSystemWrapper(files) {}

  [[nodiscard]] const char* Name() const override { return "reel.NoOptionsFiles"; }
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* dbg) override {
    return path.substr(path.rfind('/') + 1).starts_with("OPTIONS-")
               ? rocksdb::IOStatus::NotSupported("options are not kept in a file")
               : target()->NewWritableFile(path, options, file, dbg);
  }
};

}  // namespace reel

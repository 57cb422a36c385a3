#include "storage/space_errors.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "storage/info_log.h"

namespace reel {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

using Shared = std::shared_ptr<SpaceErrors::State>;

IOStatus Told(IOStatus status, const Shared& state) {
  if (status.ok()) {
    return status;
  }
  const bool is_full =
      status.IsNoSpace() || status.ToString().find(std::strerror(EDQUOT)) != std::string::npos;
  if (!is_full) {
    return status;
  }
  if (state->gives_up) {
    return IOStatus::IOError(status.ToString());
  }
  IOStatus told = rocksdb::status_to_io_status(rocksdb::Status::SpaceLimit(status.ToString()));
  told.SetRetryable(true);
  return told;
}

class File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(std::unique_ptr<rocksdb::FSWritableFile> file, Shared state)
      : FSWritableFileOwnerWrapper(std::move(file)), state_(std::move(state)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* dbg) override {
    return Told(target()->Append(data, options, dbg), state_);
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& verification, IODebugContext* dbg) override {
    return Told(target()->Append(data, options, verification, dbg), state_);
  }
  IOStatus PositionedAppend(const Slice& data, uint64_t offset, const IOOptions& options,
                            IODebugContext* dbg) override {
    return Told(target()->PositionedAppend(data, offset, options, dbg), state_);
  }
  IOStatus PositionedAppend(const Slice& data, uint64_t offset, const IOOptions& options,
                            const rocksdb::DataVerificationInfo& verification,
                            IODebugContext* dbg) override {
    return Told(target()->PositionedAppend(data, offset, options, verification, dbg), state_);
  }
  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* dbg) override {
    return Told(target()->Truncate(size, options, dbg), state_);
  }
  IOStatus Close(const IOOptions& options, IODebugContext* dbg) override {
    return Told(target()->Close(options, dbg), state_);
  }
  IOStatus Flush(const IOOptions& options, IODebugContext* dbg) override {
    if (state_->flushes_fail) {
      return IOStatus::IOError("the store is being closed");
    }
    return Told(target()->Flush(options, dbg), state_);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* dbg) override {
    return Told(target()->Sync(options, dbg), state_);
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* dbg) override {
    return Told(target()->Fsync(options, dbg), state_);
  }
  IOStatus RangeSync(uint64_t offset, uint64_t bytes, const IOOptions& options,
                     IODebugContext* dbg) override {
    return Told(target()->RangeSync(offset, bytes, options, dbg), state_);
  }
  IOStatus Allocate(uint64_t offset, uint64_t bytes, const IOOptions& options,
                    IODebugContext* dbg) override {
    return Told(target()->Allocate(offset, bytes, options, dbg), state_);
  }

 private:
  const Shared state_;
};

class Directory final : public rocksdb::FSDirectoryWrapper {
 public:
  Directory(std::unique_ptr<rocksdb::FSDirectory> directory, Shared state)
      : FSDirectoryWrapper(std::move(directory)), state_(std::move(state)) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* dbg) override {
    return Told(FSDirectoryWrapper::Fsync(options, dbg), state_);
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* dbg,
                               const rocksdb::DirFsyncOptions& how) override {
    return Told(FSDirectoryWrapper::FsyncWithDirOptions(options, dbg, how), state_);
  }
  IOStatus Close(const IOOptions& options, IODebugContext* dbg) override {
    return Told(FSDirectoryWrapper::Close(options, dbg), state_);
  }

 private:
  const Shared state_;
};

IOStatus Wrapped(IOStatus opened, const Shared& state,
                 std::unique_ptr<rocksdb::FSWritableFile>* file) {
  if (opened.ok()) {
    *file = std::make_unique<File>(std::move(*file), state);
  }
  return Told(std::move(opened), state);
}

}  // namespace

IOStatus SpaceErrors::NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      IODebugContext* dbg) {
  return Wrapped(target()->NewWritableFile(path, options, file, dbg), state_, file);
}

IOStatus SpaceErrors::ReopenWritableFile(const std::string& path,
                                         const rocksdb::FileOptions& options,
                                         std::unique_ptr<rocksdb::FSWritableFile>* file,
                                         IODebugContext* dbg) {
  return Wrapped(target()->ReopenWritableFile(path, options, file, dbg), state_, file);
}

IOStatus SpaceErrors::ReuseWritableFile(const std::string& path, const std::string& old_path,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSWritableFile>* file,
                                        IODebugContext* dbg) {
  return Wrapped(target()->ReuseWritableFile(path, old_path, options, file, dbg), state_, file);
}

IOStatus SpaceErrors::NewDirectory(const std::string& path, const IOOptions& options,
                                   std::unique_ptr<rocksdb::FSDirectory>* directory,
                                   IODebugContext* dbg) {
  IOStatus opened = target()->NewDirectory(path, options, directory, dbg);
  if (opened.ok()) {
    *directory = std::make_unique<Directory>(std::move(*directory), state_);
  }
  return Told(std::move(opened), state_);
}

IOStatus SpaceErrors::RenameFile(const std::string& from, const std::string& to,
                                 const IOOptions& options, IODebugContext* dbg) {
  return Told(target()->RenameFile(from, to, options, dbg), state_);
}

IOStatus SpaceErrors::LinkFile(const std::string& from, const std::string& to,
                               const IOOptions& options, IODebugContext* dbg) {
  return Told(target()->LinkFile(from, to, options, dbg), state_);
}

// Never fails: RocksDB asserts that, too, once a log has become too long.
IOStatus SpaceErrors::NewLogger(const std::string& path, const IOOptions& /*options*/,
                                std::shared_ptr<rocksdb::Logger>* log, IODebugContext* dbg) {
  rocksdb::FileOptions options;
  options.use_mmap_writes = false;
  std::unique_ptr<rocksdb::FSWritableFile> file;
  target()->NewWritableFile(path, options, &file, dbg).PermitUncheckedError();
  *log = std::make_shared<InfoLog>(std::move(file));
  return IOStatus::OK();
}

}  // namespace reel

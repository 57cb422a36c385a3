#include "tests/support/watched_files.h"

#include <atomic>
#include <utility>
#include <vector>

namespace reel::test {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

// The observer, asked around each call.
class Watch {
 public:
  explicit Watch(std::shared_ptr<FileObserver> observer) : observer_(std::move(observer)) {}

  template <typename Do>
  IOStatus operator()(const FileOperation& operation, const Do& perform) const {
    uint64_t partly = 0;
    IOStatus status = observer_->Before(operation, &partly);
    if (status.ok()) {
      status = perform();
    }
    if (status.ok()) {
      observer_->After(operation);
    }
    return status;
  }

  IOStatus Append(const FileOperation& operation, const Slice& data,
                  rocksdb::FSWritableFile* file) const {
    uint64_t partly = 0;
    IOStatus status = observer_->Before(operation, &partly);
    if (!status.ok()) {
      if (partly > 0) {
        file->Append(Slice(data.data(), partly), IOOptions(), nullptr).PermitUncheckedError();
      }
      return status;
    }
    status = file->Append(data, IOOptions(), nullptr);
    if (status.ok()) {
      observer_->After(operation);
    }
    return status;
  }

 private:
  std::shared_ptr<FileObserver> observer_;
};

IOStatus Done() {
  return IOStatus::OK();
}

class SequentialFile final : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  SequentialFile(std::unique_ptr<rocksdb::FSSequentialFile> file, Watch watch, std::string path)
      : FSSequentialFileOwnerWrapper(std::move(file)),
        watch_(std::move(watch)),
        path_(std::move(path)) {}

  IOStatus Read(size_t n, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* dbg) override {
    return watch_({FileCall::kRead, path_},
                  [&] { return target()->Read(n, options, result, scratch, dbg); });
  }

 private:
  Watch watch_;
  std::string path_;
};

class RandomAccessFile final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  RandomAccessFile(std::unique_ptr<rocksdb::FSRandomAccessFile> file, Watch watch, std::string path)
      : FSRandomAccessFileOwnerWrapper(std::move(file)),
        watch_(std::move(watch)),
        path_(std::move(path)) {}

  IOStatus Read(uint64_t offset, size_t n, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* dbg) const override {
    return watch_({FileCall::kRead, path_},
                  [&] { return target()->Read(offset, n, options, result, scratch, dbg); });
  }
  IOStatus MultiRead(rocksdb::FSReadRequest* requests, size_t count, const IOOptions& options,
                     IODebugContext* dbg) override {
    for (size_t i = 0; i < count; ++i) {
      requests[i].status = Read(requests[i].offset, requests[i].len, options, &requests[i].result,
                                requests[i].scratch, dbg);
    }
    return Done();
  }

 private:
  Watch watch_;
  std::string path_;
};

class WritableFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WritableFile(std::unique_ptr<rocksdb::FSWritableFile> file, Watch watch, std::string path,
               uint64_t number)
      : FSWritableFileOwnerWrapper(std::move(file)),
        watch_(std::move(watch)),
        path_(std::move(path)),
        number_(number) {}

  IOStatus Append(const Slice& data, const IOOptions& /*options*/,
                  IODebugContext* /*dbg*/) override {
    return watch_.Append({.call = FileCall::kAppend,
                          .path = path_,
                          .file = number_,
                          .offset = 0,
                          .bytes = data.size()},
                         data, target());
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& /*verification*/,
                  IODebugContext* dbg) override {
    return Append(data, options, dbg);
  }
  // Space is not asked for ahead, which takes time.
  void PrepareWrite(size_t /*offset*/, size_t /*bytes*/, const IOOptions& /*options*/,
                    IODebugContext* /*dbg*/) override {}
  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* dbg) override {
    return watch_(
        {.call = FileCall::kTruncate, .path = path_, .file = number_, .offset = size, .bytes = 0},
        [&] { return target()->Truncate(size, options, dbg); });
  }
  IOStatus Close(const IOOptions& options, IODebugContext* dbg) override {
    const IOStatus closed = target()->Close(options, dbg);
    return watch_({.call = FileCall::kClose, .path = path_, .file = number_},
                  [&] { return closed; });
  }
  IOStatus Sync(const IOOptions& /*options*/, IODebugContext* /*dbg*/) override {
    return watch_({.call = FileCall::kSync, .path = path_, .file = number_}, Done);
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* dbg) override {
    return Sync(options, dbg);
  }
  IOStatus RangeSync(uint64_t /*offset*/, uint64_t /*bytes*/, const IOOptions& /*options*/,
                     IODebugContext* /*dbg*/) override {
    return Done();  // a hint, which makes nothing durable
  }

 private:
  Watch watch_;
  std::string path_;
  uint64_t number_;
};

class RandomRWFile final : public rocksdb::FSRandomRWFileOwnerWrapper {
 public:
  RandomRWFile(std::unique_ptr<rocksdb::FSRandomRWFile> file, Watch watch, std::string path,
               uint64_t number)
      : FSRandomRWFileOwnerWrapper(std::move(file)),
        watch_(std::move(watch)),
        path_(std::move(path)),
        number_(number) {}

  IOStatus Write(uint64_t offset, const Slice& data, const IOOptions& options,
                 IODebugContext* dbg) override {
    return watch_({.call = FileCall::kOverwrite,
                   .path = path_,
                   .file = number_,
                   .offset = offset,
                   .bytes = data.size()},
                  [&] { return target()->Write(offset, data, options, dbg); });
  }
  IOStatus Read(uint64_t offset, size_t n, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* dbg) const override {
    return watch_({FileCall::kRead, path_},
                  [&] { return target()->Read(offset, n, options, result, scratch, dbg); });
  }
  IOStatus Sync(const IOOptions& /*options*/, IODebugContext* /*dbg*/) override {
    return watch_({.call = FileCall::kSync, .path = path_, .file = number_}, Done);
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* dbg) override {
    return Sync(options, dbg);
  }
  IOStatus Close(const IOOptions& options, IODebugContext* dbg) override {
    const IOStatus closed = target()->Close(options, dbg);
    return watch_({.call = FileCall::kClose, .path = path_, .file = number_},
                  [&] { return closed; });
  }

 private:
  Watch watch_;
  std::string path_;
  uint64_t number_;
};

class Directory final : public rocksdb::FSDirectory {
 public:
  Directory(std::unique_ptr<rocksdb::FSDirectory> directory, Watch watch, std::string path)
      : directory_(std::move(directory)), watch_(std::move(watch)), path_(std::move(path)) {}

  IOStatus Fsync(const IOOptions& /*options*/, IODebugContext* /*dbg*/) override {
    return watch_({FileCall::kSyncDirectory, path_}, Done);
  }
  IOStatus Close(const IOOptions& options, IODebugContext* dbg) override {
    return directory_->Close(options, dbg);
  }
  size_t GetUniqueId(char* id, size_t size) const override {
    return directory_->GetUniqueId(id, size);
  }

 private:
  std::unique_ptr<rocksdb::FSDirectory> directory_;
  Watch watch_;
  std::string path_;
};

class WatchedFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit WatchedFiles(std::shared_ptr<FileObserver> observer)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), watch_(std::move(observer)) {}

  [[nodiscard]] const char* Name() const override { return "WatchedFiles"; }

  IOStatus NewSequentialFile(const std::string& path, const FileOptions& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* result,
                             IODebugContext* dbg) override {
    return watch_({FileCall::kOpen, path}, [&] {
      std::unique_ptr<rocksdb::FSSequentialFile> file;
      IOStatus opened = target()->NewSequentialFile(path, options, &file, dbg);
      if (opened.ok()) {
        *result = std::make_unique<SequentialFile>(std::move(file), watch_, path);
      }
      return opened;
    });
  }
  IOStatus NewRandomAccessFile(const std::string& path, const FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                               IODebugContext* dbg) override {
    return watch_({FileCall::kOpen, path}, [&] {
      std::unique_ptr<rocksdb::FSRandomAccessFile> file;
      IOStatus opened = target()->NewRandomAccessFile(path, options, &file, dbg);
      if (opened.ok()) {
        *result = std::make_unique<RandomAccessFile>(std::move(file), watch_, path);
      }
      return opened;
    });
  }
  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext* dbg) override {
    if (path.ends_with("/LOG")) {
      return IOStatus::NotSupported("no messages are written");  // hundreds of lines at each open
    }
    const uint64_t number = ++opened_;
    return watch_({.call = FileCall::kCreate, .path = path, .file = number}, [&] {
      std::unique_ptr<rocksdb::FSWritableFile> file;
      IOStatus opened = target()->NewWritableFile(path, options, &file, dbg);
      if (opened.ok()) {
        *result = std::make_unique<WritableFile>(std::move(file), watch_, path, number);
      }
      return opened;
    });
  }
  IOStatus ReopenWritableFile(const std::string& path, const FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* result,
                              IODebugContext* dbg) override {
    const uint64_t number = ++opened_;
    return watch_({.call = FileCall::kReopen, .path = path, .file = number}, [&] {
      std::unique_ptr<rocksdb::FSWritableFile> file;
      IOStatus opened = target()->ReopenWritableFile(path, options, &file, dbg);
      if (opened.ok()) {
        *result = std::make_unique<WritableFile>(std::move(file), watch_, path, number);
      }
      return opened;
    });
  }
  IOStatus NewRandomRWFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSRandomRWFile>* result,
                           IODebugContext* dbg) override {
    const uint64_t number = ++opened_;
    return watch_({.call = FileCall::kReopen, .path = path, .file = number}, [&] {
      std::unique_ptr<rocksdb::FSRandomRWFile> file;
      IOStatus opened = target()->NewRandomRWFile(path, options, &file, dbg);
      if (opened.ok()) {
        *result = std::make_unique<RandomRWFile>(std::move(file), watch_, path, number);
      }
      return opened;
    });
  }
  IOStatus ReuseWritableFile(const std::string& /*path*/, const std::string& /*old_path*/,
                             const FileOptions& /*options*/,
                             std::unique_ptr<rocksdb::FSWritableFile>* /*result*/,
                             IODebugContext* /*dbg*/) override {
    return IOStatus::NotSupported("no file is used twice");
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* result,
                        IODebugContext* dbg) override {
    return watch_({FileCall::kOpen, path}, [&] {
      std::unique_ptr<rocksdb::FSDirectory> directory;
      IOStatus opened = target()->NewDirectory(path, options, &directory, dbg);
      if (opened.ok()) {
        *result = std::make_unique<Directory>(std::move(directory), watch_, path);
      }
      return opened;
    });
  }

  IOStatus FileExists(const std::string& path, const IOOptions& options,
                      IODebugContext* dbg) override {
    return watch_({FileCall::kLook, path},
                  [&] { return target()->FileExists(path, options, dbg); });
  }
  IOStatus GetChildren(const std::string& path, const IOOptions& options,
                       std::vector<std::string>* result, IODebugContext* dbg) override {
    return watch_({FileCall::kLook, path},
                  [&] { return target()->GetChildren(path, options, result, dbg); });
  }
  IOStatus GetChildrenFileAttributes(const std::string& path, const IOOptions& options,
                                     std::vector<rocksdb::FileAttributes>* result,
                                     IODebugContext* dbg) override {
    return watch_({FileCall::kLook, path},
                  [&] { return target()->GetChildrenFileAttributes(path, options, result, dbg); });
  }
  IOStatus GetFileSize(const std::string& path, const IOOptions& options, uint64_t* size,
                       IODebugContext* dbg) override {
    return watch_({FileCall::kLook, path},
                  [&] { return target()->GetFileSize(path, options, size, dbg); });
  }
  IOStatus GetFileModificationTime(const std::string& path, const IOOptions& options,
                                   uint64_t* time, IODebugContext* dbg) override {
    return watch_({FileCall::kLook, path},
                  [&] { return target()->GetFileModificationTime(path, options, time, dbg); });
  }
  IOStatus IsDirectory(const std::string& path, const IOOptions& options, bool* result,
                       IODebugContext* dbg) override {
    return watch_({FileCall::kLook, path},
                  [&] { return target()->IsDirectory(path, options, result, dbg); });
  }

  IOStatus DeleteFile(const std::string& path, const IOOptions& options,
                      IODebugContext* dbg) override {
    return watch_({FileCall::kDelete, path},
                  [&] { return target()->DeleteFile(path, options, dbg); });
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* dbg) override {
    return watch_({FileCall::kRename, from, to},
                  [&] { return target()->RenameFile(from, to, options, dbg); });
  }
  IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions& options,
                    IODebugContext* dbg) override {
    return watch_({FileCall::kLink, from, to},
                  [&] { return target()->LinkFile(from, to, options, dbg); });
  }
  IOStatus Truncate(const std::string& /*path*/, size_t /*size*/, const IOOptions& /*options*/,
                    IODebugContext* /*dbg*/) override {
    return IOStatus::NotSupported("no file is truncated by its name");
  }
  IOStatus CreateDir(const std::string& path, const IOOptions& options,
                     IODebugContext* dbg) override {
    return watch_({FileCall::kMakeDirectory, path},
                  [&] { return target()->CreateDir(path, options, dbg); });
  }
  IOStatus CreateDirIfMissing(const std::string& path, const IOOptions& options,
                              IODebugContext* dbg) override {
    return watch_({FileCall::kMakeDirectory, path},
                  [&] { return target()->CreateDirIfMissing(path, options, dbg); });
  }
  IOStatus DeleteDir(const std::string& /*path*/, const IOOptions& /*options*/,
                     IODebugContext* /*dbg*/) override {
    return IOStatus::NotSupported("no directory is removed");
  }
  IOStatus LockFile(const std::string& path, const IOOptions& options, rocksdb::FileLock** lock,
                    IODebugContext* dbg) override {
    return watch_({FileCall::kOpen, path},
                  [&] { return target()->LockFile(path, options, lock, dbg); });
  }

 private:
  Watch watch_;
  std::atomic<uint64_t> opened_ = 0;
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> NewWatchedFiles(std::shared_ptr<FileObserver> observer) {
  return std::make_shared<WatchedFiles>(std::move(observer));
}

}  // namespace reel::test

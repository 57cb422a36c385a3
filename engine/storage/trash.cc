#include "storage/trash.h"

namespace reel {

void Trash::WaitUntilTried(std::chrono::seconds limit) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, limit, [this] { return waiting_.empty(); });
}

void Trash::Note(const std::string& path, bool waits) {
  if (!path.ends_with(".trash")) {
    return;
  }
  const std::lock_guard lock(mutex_);
  if (waits) {
    waiting_.insert(path);
  } else if (waiting_.erase(path) > 0) {
    changed_.notify_all();
  }
}

rocksdb::IOStatus Trash::RenameFile(const std::string& from, const std::string& to,
                                    const rocksdb::IOOptions& options,
                                    rocksdb::IODebugContext* dbg) {
  rocksdb::IOStatus renamed = target()->RenameFile(from, to, options, dbg);
  if (renamed.ok()) {
    Note(to, /*waits=*/true);
  }
  return renamed;
}

// Asked when a file comes, which may have been in the trash when the store was opened, and once
// more right before it is unlinked: a failure then is the end of the only attempt.
rocksdb::IOStatus Trash::GetFileSize(const std::string& path, const rocksdb::IOOptions& options,
                                     uint64_t* size, rocksdb::IODebugContext* dbg) {
  rocksdb::IOStatus found = target()->GetFileSize(path, options, size, dbg);
  Note(path, found.ok());
  return found;
}

rocksdb::IOStatus Trash::DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                                    rocksdb::IODebugContext* dbg) {
  rocksdb::IOStatus deleted = target()->DeleteFile(path, options, dbg);
  Note(path, /*waits=*/false);
  return deleted;
}

}  // namespace reel

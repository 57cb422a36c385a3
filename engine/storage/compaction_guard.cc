#include "storage/compaction_guard.h"

namespace reel {
namespace {

bool IsDamage(const rocksdb::Status& status) {
  return status.IsCorruption() || status.IsPathNotFound();
}

}  // namespace

void CompactionGuard::Attach(rocksdb::DB* db,
                             const std::vector<rocksdb::ColumnFamilyHandle*>& handles) {
  const std::lock_guard lock(mutex_);
  db_ = db;
  handles_ = handles;
  for (const std::string& family : damaged_) {
    Spare(family);
  }
}

void CompactionGuard::Detach() {
  const std::lock_guard lock(mutex_);
  db_ = nullptr;
  handles_.clear();
}

void CompactionGuard::OnBackgroundError(rocksdb::BackgroundErrorReason reason,
                                        rocksdb::Status* error) {
  if (reason == rocksdb::BackgroundErrorReason::kCompaction && IsDamage(*error)) {
    *error = rocksdb::Status::OK();
  }
}

void CompactionGuard::OnCompactionCompleted(rocksdb::DB* /*db*/,
                                            const rocksdb::CompactionJobInfo& info) {
  if (!IsDamage(info.status)) {
    return;
  }
  const std::lock_guard lock(mutex_);
  if (damaged_.insert(info.cf_name).second) {
    Spare(info.cf_name);
  }
}

// Without merges RocksDB does not hold writes up for the number of files either.
void CompactionGuard::Spare(const std::string& family) {
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    if (handle->GetName() == family) {
      // A merge that is tried once more fails once more.
      db_->SetOptions(handle, {{"disable_auto_compactions", "true"}}).PermitUncheckedError();
    }
  }
}

}  // namespace reel

#include "storage/recovery_guard.h"

#include <utility>

#include "storage/status_map.h"

namespace reel {

/// Goes when the thread that made it ends.
class RecoveryGuard::ThreadEnd {
 public:
  explicit ThreadEnd(std::shared_ptr<RecoveryGuard> guard) : guard_(std::move(guard)) {}
  ~ThreadEnd() { guard_->End(); }

  ThreadEnd(const ThreadEnd&) = delete;
  ThreadEnd& operator=(const ThreadEnd&) = delete;

 private:
  const std::shared_ptr<RecoveryGuard> guard_;
};

void RecoveryGuard::Attach(rocksdb::DB* db) {
  const std::unique_lock lock(mutex_);
  db_ = db;
  if (recovering_) {
    db_->DisableFileDeletions().PermitUncheckedError();
  }
}

void RecoveryGuard::EndRecoveries() {
  errors_->GiveUp();
  std::unique_lock lock(mutex_);
  closes_ = true;
  ended_.wait(lock, [this] { return !recovering_; });
}

Status RecoveryGuard::CanChange() const {
  return recovering_ ? Status(Code::kNoSpace, "the disk was full (free some space and try again)")
                     : Status::Ok();
}

void RecoveryGuard::OnBackgroundError(rocksdb::BackgroundErrorReason reason,
                                      rocksdb::Status* error) {
  // A compaction that fails is begun anew, and nothing is recovered from.
  if (reason == rocksdb::BackgroundErrorReason::kCompaction || !IsFullDisk(*error)) {
    return;
  }
  std::unique_lock lock(mutex_);
  if (closes_) {
    lock.unlock();
    Break();
  } else if (!recovering_) {
    recovering_ = true;
    if (db_ != nullptr) {
      db_->DisableFileDeletions().PermitUncheckedError();  // a recovery that succeeds enables them
    }
  }
}

// RocksDB tells the first error of its MANIFEST again and again, whatever the later ones are, and
// so never gives up. Any other one ends the recovery, whose thread this is: of the log, which
// nobody else locks, since nothing is written any more.
void RecoveryGuard::Break() {
  errors_->FailFlushes(true);
  db_->LockWAL().PermitUncheckedError();
  db_->UnlockWAL().PermitUncheckedError();
  errors_->FailFlushes(false);
}

void RecoveryGuard::OnErrorRecoveryEnd(const rocksdb::BackgroundErrorRecoveryInfo& info) {
  info.old_bg_error.PermitUncheckedError();
  info.new_bg_error.PermitUncheckedError();
  // This is the recovery's thread, and RocksDB still has to note that it is over.
  thread_local std::unique_ptr<ThreadEnd> end;
  if (end == nullptr) {
    end = std::make_unique<ThreadEnd>(shared_from_this());
  }
}

void RecoveryGuard::End() {
  const std::unique_lock lock(mutex_);
  recovering_ = false;
  ended_.notify_all();
}

}  // namespace reel

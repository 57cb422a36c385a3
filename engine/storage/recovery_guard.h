// Why a process outlives a disk that was full.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/listener.h>

#include <atomic>
#include <mutex>
#include <shared_mutex>

namespace reel {

/// Where a write to the MANIFEST has failed, RocksDB takes two things for granted when it recovers,
/// and ends the process otherwise (7.8, as Debian builds it): that deletions of files are disabled,
/// and that nobody else has begun a new MANIFEST. Dropping files in a range minds neither. So
/// deletions are disabled while RocksDB recovers, and drops are refused.
///
/// An error that comes just as an earlier one is overcome is lost by whoever recovers when the
/// database is closed at that moment, and Close waits for its end forever (facebook/rocksdb
/// issue 11440 is of the same kind). So no recovery of its own begins for it: the one under way
/// looks for another error when it is through. Thread-safe.
class RecoveryGuard final : public rocksdb::EventListener {
 public:
  void Attach(rocksdb::DB* db) {
    const std::unique_lock lock(mutex_);
    db_ = db;
  }
  /// To be called once the database is closed, and before it goes.
  void Detach() { Attach(nullptr); }

  /// What `drop` returns, or that it was refused. Nothing may wait for a recovery meanwhile.
  template <typename Drop>
  rocksdb::Status Guard(const Drop& drop) {
    const std::shared_lock lock(mutex_);
    return recovering_ ? rocksdb::Status::NoSpace("the disk was full, and is waited for") : drop();
  }

  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status /*error*/,
                            bool* auto_recovery) override {
    if (recovering_) {
      *auto_recovery = false;  // at once: whoever recovers may be about to look for it
      return;
    }
    const std::unique_lock lock(mutex_);
    if (recovering_) {
      *auto_recovery = false;
    } else if (db_ != nullptr) {
      recovering_ = true;
      db_->DisableFileDeletions().PermitUncheckedError();
    }
  }

  void OnErrorRecoveryCompleted(rocksdb::Status error) override {
    error.PermitUncheckedError();
    const std::unique_lock lock(mutex_);
    if (db_ != nullptr && recovering_) {
      db_->EnableFileDeletions(/*force=*/true).PermitUncheckedError();
      recovering_ = false;
    }
  }

 private:
  std::shared_mutex mutex_;
  rocksdb::DB* db_ = nullptr;
  /// To the end of telling that it is over. Changes under the mutex.
  std::atomic<bool> recovering_ = false;
};

}  // namespace reel

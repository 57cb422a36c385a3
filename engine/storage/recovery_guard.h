// Why a process outlives a disk that was full.
#pragma once

#include <reel/status.h>
#include <rocksdb/db.h>
#include <rocksdb/listener.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "storage/space_errors.h"

namespace reel {

/// RocksDB goes on after its disk was full by trying, on a thread of its own and again and again,
/// to flush what is in memory. What comes meanwhile, or while it is told that this is over, can end
/// the process (7.8, as Debian builds it): a table file that is taken in gets no number; a log that
/// failed is written to; a MANIFEST that somebody else has begun, or files that may be deleted,
/// contradict what a recovery from a failed write to the MANIFEST takes for granted; and a close
/// forgets that it waits for that thread. So from the error to the end of the thread nothing is
/// changed, or closed, through a Database. Thread-safe.
class RecoveryGuard final : public rocksdb::EventListener,
                            public std::enable_shared_from_this<RecoveryGuard> {
 public:
  /// `errors`: of the database's file system.
  explicit RecoveryGuard(std::shared_ptr<SpaceErrors> errors) : errors_(std::move(errors)) {}

  /// `db` goes after EndRecoveries().
  void Attach(rocksdb::DB* db);
  /// To be called before the database is closed. Returns when no recovery is under way, full as the
  /// disk may be; none begins from then on.
  void EndRecoveries();

  /// Ok, or that the disk was full and is recovered from. To be asked before anything is changed.
  [[nodiscard]] Status CanChange() const;

  /// What `drop` returns, or that nothing can be changed: a recovery does not begin before it has
  /// returned.
  template <typename Drop>
  Status Guard(const Drop& drop) {
    const std::shared_lock lock(mutex_);
    const Status can = CanChange();
    return can.ok() ? drop() : can;
  }

  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override;
  void OnErrorRecoveryEnd(const rocksdb::BackgroundErrorRecoveryInfo& info) override;

 private:
  class ThreadEnd;

  void Break();
  void End();

  const std::shared_ptr<SpaceErrors> errors_;
  mutable std::shared_mutex mutex_;
  std::condition_variable_any ended_;
  rocksdb::DB* db_ = nullptr;
  bool closes_ = false;
  /// Changes under the mutex.
  std::atomic<bool> recovering_ = false;
};

}  // namespace reel

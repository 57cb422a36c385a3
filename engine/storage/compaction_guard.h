// Keeps damage that RocksDB meets while it merges table files from stopping all writes.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/listener.h>

#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace reel {

/// RocksDB takes no more writes once a merge has met a damaged file. What is damaged is known by
/// then to those who read it, and does not get worse by other writes: a family with damage goes on
/// without merges until the store is next opened. Thread-safe.
class CompactionGuard final : public rocksdb::EventListener {
 public:
  /// From now on families can be spared merges; those that had damage before are, at once.
  void Attach(rocksdb::DB* db, const std::vector<rocksdb::ColumnFamilyHandle*>& handles);
  /// To be called before the handles go.
  void Detach();

  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override;
  void OnCompactionCompleted(rocksdb::DB* db, const rocksdb::CompactionJobInfo& info) override;

 private:
  // REQUIRES: mutex_ is held.
  void Spare(const std::string& family);

  std::mutex mutex_;
  rocksdb::DB* db_ = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  std::set<std::string> damaged_;
};

}  // namespace reel

// Why a store goes on after its disk was full.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/listener.h>

#include <atomic>
#include <string>
#include <utility>

namespace reel {

/// RocksDB recovers from a full disk by flushing what is in memory, which begins a new log. Where
/// nothing is in memory it keeps the log that it could not write to, and the next write ends the
/// process (7.8, as Debian builds it). So there always is something: the deletion, which stands in
/// no log, of a row that never was. Thread-safe.
class FlushAnchor final : public rocksdb::EventListener {
 public:
  /// `family`: the name of that whose memory holds it.
  explicit FlushAnchor(std::string family) : family_(std::move(family)) {}

  /// To be called before each write. REQUIRES: `handle` is of that family.
  rocksdb::Status Drop(rocksdb::DB* db, rocksdb::ColumnFamilyHandle* handle) {
    if (holds_.exchange(true)) {
      return rocksdb::Status::OK();
    }
    rocksdb::WriteOptions unlogged;
    unlogged.disableWAL = true;
    rocksdb::Status status = db->Delete(unlogged, handle, "flush_anchor");
    if (!status.ok()) {
      holds_ = false;
    }
    return status;
  }

  void OnMemTableSealed(const rocksdb::MemTableInfo& info) override {
    if (info.cf_name == family_) {
      holds_ = false;
    }
  }

 private:
  const std::string family_;
  std::atomic<bool> holds_ = false;
};

}  // namespace reel

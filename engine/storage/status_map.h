// RocksDB's statuses in the engine's terms.
#pragma once

#include <reel/status.h>
#include <rocksdb/status.h>

namespace reel {

/// Whether it says that the disk is full, or a quota spent; also as SpaceErrors words it.
bool IsFullDisk(const rocksdb::Status& status);

Status FromRocks(const rocksdb::Status& status);

}  // namespace reel

// RocksDB's statuses in the engine's terms.
#pragma once

#include <reel/status.h>
#include <rocksdb/status.h>

namespace reel {

Status FromRocks(const rocksdb::Status& status);

}  // namespace reel

// How RocksDB is set up for a store.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/compaction_filter.h>
#include <rocksdb/options.h>

#include <memory>

#include "storage/database.h"

namespace reel {

rocksdb::DBOptions DatabaseOptions();

/// `dropped`: what merges of Family::kSharedPages leave out.
rocksdb::ColumnFamilyOptions FamilyOptions(
    Family family, const std::shared_ptr<rocksdb::Cache>& cache,
    const std::shared_ptr<rocksdb::CompactionFilterFactory>& dropped);

}  // namespace reel

// How RocksDB is set up for a store.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/compaction_filter.h>
#include <rocksdb/env.h>
#include <rocksdb/options.h>

#include <memory>

#include "storage/database.h"
#include "storage/trash.h"

namespace reel {

/// Then what the log holds is put into table files.
constexpr uint64_t kLogBytesMax = uint64_t{64} << 20;

/// `env` outlives the database. Table files that are dropped go through `trash`.
rocksdb::DBOptions DatabaseOptions(rocksdb::Env* env, const std::shared_ptr<Trash>& trash);

/// `dropped`: what merges of Family::kSharedPages leave out.
rocksdb::ColumnFamilyOptions FamilyOptions(
    Family family, const std::shared_ptr<rocksdb::Cache>& cache,
    const std::shared_ptr<rocksdb::CompactionFilterFactory>& dropped);

/// For reading a table file of a family by itself, and everything anew: past all caches.
rocksdb::Options CheckOptions(Family family, rocksdb::Env* env);

}  // namespace reel

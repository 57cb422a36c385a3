#include "storage/rocks_options.h"

#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_manager.h>
#include <rocksdb/table.h>

#include <limits>

#include "storage/page_tables.h"

namespace reel {
namespace {

// Unlinking a large file takes the kernel as long as it has pages in memory: dropping a video must
// not wait for it. What a crash leaves in the trash RocksDB empties when it opens.
std::shared_ptr<rocksdb::SstFileManager> NewBackgroundDeleter(rocksdb::Env* env,
                                                              const std::shared_ptr<Trash>& trash) {
  constexpr int64_t kBytesPerSecond = int64_t{1} << 40;  // 0 would be in the foreground
  constexpr double kTrashRatioMax = std::numeric_limits<double>::infinity();
  rocksdb::Status status;
  return std::shared_ptr<rocksdb::SstFileManager>(rocksdb::NewSstFileManager(
      env, trash, nullptr, "", kBytesPerSecond, /*delete_existing_trash=*/true, &status,
      kTrashRatioMax, /*bytes_max_delete_chunk=*/0));
}

rocksdb::BlockBasedTableOptions TableOptions(Family family,
                                             const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  // Not the fastest to write in Debian's build, which has no wide vectors, but other threads take
  // longer then; a scrub, which has them, verifies it in a third of the time (docs/decisions.md).
  table.checksum = rocksdb::kXXH3;
  table.format_version = 5;  // segment_layout.cc relies on it
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  if (HoldsPageTables(family)) {
    table.block_size = 1;  // every row ends its block: segment_layout.cc relies on it
    return table;
  }
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.block_size = 4U << 10;
  // In a store of many entries a lookup costs what it misses in the processor's caches: a hash
  // leads to the row in its block, and filters and indexes are not looked up themselves.
  table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
  table.block_restart_interval = 2;
  table.metadata_cache_options.unpartitioned_pinning = rocksdb::PinningTier::kAll;
  return table;
}

}  // namespace

rocksdb::Options CheckOptions(Family family, rocksdb::Env* env) {
  rocksdb::BlockBasedTableOptions table = TableOptions(family, nullptr);
  table.no_block_cache = true;
  table.cache_index_and_filter_blocks = false;
  rocksdb::Options options;
  options.env = env;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

rocksdb::DBOptions DatabaseOptions(rocksdb::Env* env, const std::shared_ptr<Trash>& trash) {
  rocksdb::DBOptions options;
  options.env = env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  // The default costs sequential cold reads two thirds of their speed (docs/benchmarks.md).
  options.advise_random_on_open = false;
  options.max_open_files = 256;
  // Each family starts that many to open its tables, even if it has none: by default they would be
  // two thirds of what an open of a small store costs.
  options.max_file_opening_threads = 2;
  // All rows are in the log; FlushAnchor's deletion need not last.
  options.avoid_flush_during_shutdown = true;
  options.max_background_jobs = 2;
  options.max_total_wal_size = kLogBytesMax;
  // One damaged or missing table must not keep the rest of a store from opening.
  options.skip_checking_sst_file_sizes_on_db_open = true;
  options.skip_stats_update_on_db_open = true;
  // Write-back starts while a segment is still being built, so that its final sync is short.
  options.bytes_per_sync = 1U << 20;
  options.bgerror_resume_retry_interval = 200'000;  // microseconds
  options.sst_file_manager = NewBackgroundDeleter(env, trash);
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.keep_log_file_num = 2;
  options.max_log_file_size = 1U << 20;
  return options;
}

rocksdb::ColumnFamilyOptions FamilyOptions(
    Family family, const std::shared_ptr<rocksdb::Cache>& cache,
    const std::shared_ptr<rocksdb::CompactionFilterFactory>& dropped) {
  rocksdb::ColumnFamilyOptions options;
  options.compression = rocksdb::kNoCompression;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(TableOptions(family, cache)));
  if (HoldsPageTables(family)) {
    options.disable_auto_compactions = true;  // segments stay as they were built, or are merged
    options.table_properties_collector_factories.push_back(NewLayoutCollectorFactory());
  }
  if (family == Family::kSharedPages) {
    options.compaction_filter_factory = dropped;
  }
  const bool holds_values = family == Family::kIndex || family == Family::kSmallPages;
  options.write_buffer_size = holds_values ? 16U << 20 : 1U << 20;
  // Few files to look into for a row that may be in any of them.
  options.level0_file_num_compaction_trigger = 2;
  return options;
}

}  // namespace reel

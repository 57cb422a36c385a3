// What RocksDB is asked to do while it writes a table file of pages.
#pragma once

#include <rocksdb/compaction_filter.h>
#include <rocksdb/table_properties.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace reel {

/// The property of a table file that tells where its rows lie (segment_layout.h).
inline constexpr const char* kLayoutProperty = "reel.layout";

/// Records that property.
std::shared_ptr<rocksdb::TablePropertiesCollectorFactory> NewLayoutCollectorFactory();

/// Leaves the rows of some extents out of the files that merges write. Thread-safe.
class DroppedExtents final : public rocksdb::CompactionFilterFactory {
 public:
  /// Of the merges that begin from now on. `extents` rise.
  void Set(std::vector<uint64_t> extents);

  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context& context) override;
  [[nodiscard]] const char* Name() const override { return "reel.DroppedExtents"; }

 private:
  std::mutex mutex_;
  std::vector<uint64_t> extents_;
};

}  // namespace reel

#include "storage/page_tables.h"

#include <algorithm>
#include <utility>

#include "format/row_key.h"
#include "storage/segment_layout.h"

namespace reel {
namespace {

class LayoutCollector final : public rocksdb::TablePropertiesCollector {
 public:
  rocksdb::Status AddUserKey(const rocksdb::Slice& key, const rocksdb::Slice& value,
                             rocksdb::EntryType type, rocksdb::SequenceNumber /*sequence*/,
                             uint64_t file_size) override {
    if (type == rocksdb::kEntryPut && key.size() == kPageRowKeyBytes) {
      const PageRow row = ParsePageRowKey({key.data(), key.size()});
      recorder_.Add(row.extent, row.page, static_cast<uint32_t>(value.size()), file_size);
    }
    return rocksdb::Status::OK();
  }

  rocksdb::Status Finish(rocksdb::UserCollectedProperties* properties) override {
    properties->insert({kLayoutProperty, recorder_.Encode()});
    return rocksdb::Status::OK();
  }

  [[nodiscard]] rocksdb::UserCollectedProperties GetReadableProperties() const override {
    return {};
  }
  [[nodiscard]] const char* Name() const override { return kLayoutProperty; }

 private:
  LayoutRecorder recorder_;
};

class LayoutCollectorFactory final : public rocksdb::TablePropertiesCollectorFactory {
 public:
  rocksdb::TablePropertiesCollector* CreateTablePropertiesCollector(Context /*context*/) override {
    return new LayoutCollector();
  }
  [[nodiscard]] const char* Name() const override { return kLayoutProperty; }
};

class ExtentFilter final : public rocksdb::CompactionFilter {
 public:
  explicit ExtentFilter(std::vector<uint64_t> extents) : extents_(std::move(extents)) {}

  bool Filter(int /*level*/, const rocksdb::Slice& key, const rocksdb::Slice& /*value*/,
              std::string* /*new_value*/, bool* /*value_changed*/) const override {
    return key.size() == kPageRowKeyBytes &&
           std::binary_search(extents_.begin(), extents_.end(),
                              ParsePageRowKey({key.data(), key.size()}).extent);
  }
  [[nodiscard]] const char* Name() const override { return "reel.ExtentFilter"; }

 private:
  std::vector<uint64_t> extents_;
};

}  // namespace

std::shared_ptr<rocksdb::TablePropertiesCollectorFactory> NewLayoutCollectorFactory() {
  return std::make_shared<LayoutCollectorFactory>();
}

void DroppedExtents::Set(std::vector<uint64_t> extents) {
  const std::lock_guard lock(mutex_);
  extents_ = std::move(extents);
}

std::unique_ptr<rocksdb::CompactionFilter> DroppedExtents::CreateCompactionFilter(
    const rocksdb::CompactionFilter::Context& /*context*/) {
  const std::lock_guard lock(mutex_);
  return std::make_unique<ExtentFilter>(extents_);
}

}  // namespace reel

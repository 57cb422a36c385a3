#include "storage/idle_tables.h"

#include <algorithm>
#include <utility>

namespace reel {
namespace {

// So few that descriptors do not run out for them.
constexpr size_t kTablesMax = 64;

}  // namespace

std::unique_ptr<OpenTable> IdleTables::Take(Family family, uint64_t extent, uint32_t first,
                                            uint32_t last) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(tables_.begin(), tables_.end(), [&](const auto& table) {
    return table->extent == extent && table->family == family && table->layout.Find(first) &&
           table->layout.Find(last);
  });
  if (found == tables_.end()) {
    return nullptr;
  }
  std::unique_ptr<OpenTable> table = std::move(*found);
  tables_.erase(found);
  return table;
}

void IdleTables::Give(std::unique_ptr<OpenTable> table) {
  Tables closing;  // not under the mutex
  const std::lock_guard lock(mutex_);
  if (table->epoch != epoch_) {
    closing.push_back(std::move(table));
    return;
  }
  tables_.push_front(std::move(table));
  if (tables_.size() > kTablesMax) {
    closing.splice(closing.begin(), tables_, std::prev(tables_.end()));
  }
}

uint64_t IdleTables::epoch() const {
  const std::lock_guard lock(mutex_);
  return epoch_;
}

void IdleTables::OnTableFileDeleted(const rocksdb::TableFileDeletionInfo& info) {
  Tables closing;
  const std::lock_guard lock(mutex_);
  ++epoch_;
  for (auto table = tables_.begin(); table != tables_.end();) {
    const auto next = std::next(table);
    if ((*table)->path == info.file_path) {
      closing.splice(closing.end(), tables_, table);
    } else {
      (*table)->epoch = epoch_;  // known to be another file
    }
    table = next;
  }
}

}  // namespace reel

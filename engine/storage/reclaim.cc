#include "storage/reclaim.h"

#include <utility>

#include "base/coding.h"
#include "format/row_key.h"

namespace reel {

void ListGarbage(const Garbage& garbage, RowBatch* batch) {
  std::string value;
  value.push_back(static_cast<char>(garbage.family));
  PutFixed32(&value, garbage.page_count);
  batch->Put(Family::kGarbage, GarbageRowKey(garbage.extent), std::move(value));
}

void UnlistGarbage(uint64_t extent, RowBatch* batch) {
  batch->Delete(Family::kGarbage, GarbageRowKey(extent));
}

Reclaimer::Pin& Reclaimer::Pin::operator=(Pin&& other) noexcept {
  std::swap(owner_, other.owner_);
  std::swap(extents_, other.extents_);
  return *this;
}

Reclaimer::Pin::~Pin() {
  for (const uint64_t extent : extents_) {
    owner_->Unpin(extent);
  }
}

void Reclaimer::Pin::Add(uint64_t extent) {
  {
    const std::lock_guard lock(owner_->mutex_);
    ++owner_->pinned_[extent].count;
  }
  extents_.push_back(extent);
}

void Reclaimer::Unpin(uint64_t extent) {
  Pinned last;
  {
    const std::lock_guard lock(mutex_);
    const auto found = pinned_.find(extent);
    if (--found->second.count > 0) {
      return;
    }
    last = found->second;
    pinned_.erase(found);
  }
  if (last.retired) {
    // Listed still if this fails, so the next open drops it.
    static_cast<void>(Drop(last.garbage));
  }
}

void Reclaimer::Retire(const std::vector<Garbage>& garbage) {
  std::vector<Garbage> unpinned;
  {
    const std::unique_lock gate(gate_);
    const std::lock_guard lock(mutex_);
    for (const Garbage& item : garbage) {
      const auto found = pinned_.find(item.extent);
      if (found == pinned_.end()) {
        unpinned.push_back(item);
      } else {
        found->second.retired = true;
        found->second.garbage = item;
      }
    }
  }
  for (const Garbage& item : unpinned) {
    static_cast<void>(Drop(item));
  }
}

Status Reclaimer::Drop(const Garbage& garbage) {
  RowBatch batch;
  if (garbage.family == PageFamily::kBulk) {
    REEL_RETURN_IF_ERROR(
        database_->DropSegments(PageRowKey(garbage.extent, 0), PageRowKey(garbage.extent + 1, 0)));
  } else {
    for (uint32_t page = 0; page < garbage.page_count; ++page) {
      batch.Delete(Family::kSmallPages, PageRowKey(garbage.extent, page));
    }
  }
  UnlistGarbage(garbage.extent, &batch);
  // Not synced: a row that a crash brings back is dropped once more at the next open.
  return database_->Write(batch, /*sync=*/false);
}

Status Reclaimer::DropListed() {
  std::vector<Garbage> listed;
  const std::unique_ptr<RowCursor> cursor = database_->NewCursor(Family::kGarbage, "");
  for (; cursor->Valid(); cursor->Next()) {
    Decoder value(cursor->value());
    Garbage garbage;
    garbage.family = static_cast<PageFamily>(value.Byte());
    garbage.page_count = value.Fixed32();
    if (!value.ok() || cursor->key().size() != sizeof(uint64_t)) {
      return {Code::kCorruption, "a garbage row is damaged (restore the store from a copy)"};
    }
    garbage.extent = ReadBigEndian64(cursor->key().data());
    listed.push_back(garbage);
  }
  REEL_RETURN_IF_ERROR(cursor->status());
  for (const Garbage& garbage : listed) {
    REEL_RETURN_IF_ERROR(Drop(garbage));
  }
  return Status::Ok();
}

}  // namespace reel

#include "storage/reclaim.h"

#include <utility>

#include "format/row_key.h"
#include "storage/repaired_pages.h"

namespace reel {

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
    DropAll({last.garbage});
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
  DropAll(std::move(unpinned));
}

void Reclaimer::DropAll(std::vector<Garbage> garbage) {
  {
    const std::lock_guard lock(mutex_);
    garbage.insert(garbage.end(), refused_.begin(), refused_.end());
    refused_.clear();
  }
  for (const Garbage& item : garbage) {
    // What fails is listed still, so that the next open drops it.
    if (Drop(item).code() == Code::kNoSpace) {
      const std::lock_guard lock(mutex_);
      refused_.push_back(item);
    }
  }
}

Status Reclaimer::Drop(const Garbage& garbage) {
  RowBatch batch;
  uint64_t small_bytes = garbage.bytes;
  bool still_there = false;
  if (garbage.family == PageFamily::kSmall) {
    for (uint32_t page = 0; page < garbage.page_count; ++page) {
      batch.Delete(Family::kSmallPages, PageRowKey(garbage.extent, page));
    }
  } else {
    const std::string begin = PageRowKey(garbage.extent, 0);
    const std::string end = PageRowKey(garbage.extent + 1, 0);
    // Before it is published, an extent may lie in either family.
    REEL_RETURN_IF_ERROR(database_->DropSegments(Family::kPages, begin, end));
    REEL_RETURN_IF_ERROR(database_->DropSegments(Family::kSharedPages, begin, end));
    const auto repaired = RemoveRepairs(*database_, garbage.extent, &batch);
    if (!repaired.ok()) {
      // It stays listed: damage among the rows of others must not keep a store from opening.
      return repaired.code() == Code::kCorruption ? Status::Ok() : repaired.status();
    }
    small_bytes = *repaired;
    const auto left = database_->NewCursor(Family::kSharedPages, begin.substr(0, sizeof(uint64_t)));
    if (left->Valid() || !left->status().ok()) {
      still_there = true;
    }
  }
  if (!still_there) {
    ForgetExtent(garbage.extent, &batch);
  }
  // Not synced: a row that a crash brings back is dropped once more at the next open.
  REEL_RETURN_IF_ERROR(database_->Write(batch, /*sync=*/false));
  if (still_there) {
    compactor_.Drop(garbage.extent);
  }
  if (small_bytes > 0) {
    compactor_.NoteSmallRows(small_bytes);
  }
  return Status::Ok();
}

Status Reclaimer::DropListed() {
  const auto listed = ListedGarbage(*database_);
  REEL_RETURN_IF_ERROR(listed.status());
  for (const Garbage& garbage : *listed) {
    REEL_RETURN_IF_ERROR(Drop(garbage));
  }
  return Status::Ok();
}

}  // namespace reel

#include "fuse/inode_table.h"

#include <utility>

namespace reel::mount {
namespace {

constexpr uint64_t kDirectoryBit = 1ULL << 63;
// 0 means "no inode" to FUSE and 1 is the root.
constexpr uint64_t kFirstFile = 2;

}  // namespace

uint64_t HashPath(std::string_view path) {
  uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const char c : path) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return hash;
}

FileRecord FileRecord::Of(const VideoInfo& info) {
  return {info.key, info.generation, info.size, info.created, info.modified, info.expires};
}

InodeTable::InodeTable() {
  slots_[kRoot] = {std::make_shared<const Inode>(Directory{}), 1};
}

uint64_t InodeTable::NumberLocked(const Inode& inode) const {
  if (const auto* file = std::get_if<FileRecord>(&inode)) {
    return (file->generation + kFirstFile) & ~kDirectoryBit;
  }
  if (const auto* draft = std::get_if<DraftNumber>(&inode)) {
    return draft->value;
  }
  const std::string& path = std::get<Directory>(inode).path;
  if (path.empty()) {
    return kRoot;
  }
  for (uint64_t number = HashPath(path) | kDirectoryBit;; number = (number + 1) | kDirectoryBit) {
    const auto slot = slots_.find(number);
    if (slot == slots_.end() || std::get<Directory>(*slot->second.inode).path == path) {
      return number;
    }
  }
}

uint64_t InodeTable::Acquire(Inode inode) {
  auto shared = std::make_shared<const Inode>(std::move(inode));
  const std::scoped_lock lock(mutex_);
  const uint64_t number = NumberLocked(*shared);
  if (number != kRoot) {
    Slot& slot = slots_[number];
    slot.inode = std::move(shared);
    ++slot.lookups;
  }
  return number;
}

uint64_t InodeTable::NumberOf(const Inode& inode) const {
  const std::scoped_lock lock(mutex_);
  return NumberLocked(inode);
}

void InodeTable::Replace(Inode inode) {
  auto shared = std::make_shared<const Inode>(std::move(inode));
  const std::scoped_lock lock(mutex_);
  if (const auto slot = slots_.find(NumberLocked(*shared)); slot != slots_.end()) {
    slot->second.inode = std::move(shared);
  }
}

void InodeTable::Forget(uint64_t number, uint64_t lookups) {
  if (number == kRoot) {
    return;
  }
  const std::scoped_lock lock(mutex_);
  const auto slot = slots_.find(number);
  if (slot == slots_.end()) {
    return;
  }
  if (slot->second.lookups <= lookups) {
    slots_.erase(slot);
  } else {
    slot->second.lookups -= lookups;
  }
}

std::shared_ptr<const Inode> InodeTable::Find(uint64_t number) const {
  const std::scoped_lock lock(mutex_);
  const auto slot = slots_.find(number);
  return slot == slots_.end() ? nullptr : slot->second.inode;
}

size_t InodeTable::size() const {
  const std::scoped_lock lock(mutex_);
  return slots_.size();
}

}  // namespace reel::mount

#include "fuse/inode_table.h"

#include <utility>

namespace reel::mount {
namespace {

constexpr uint64_t kDirectoryBit = 1ULL << 63;
// 0 means "no inode" to FUSE and 1 is the root.
constexpr uint64_t kFirstFile = 2;

/// REQUIRES: what has its number from its path. No two of different sorts have the same one.
const std::string& PathOf(const Inode& inode) {
  const auto* place = std::get_if<ViewPlace>(&inode);
  return place != nullptr ? place->path : std::get<Directory>(inode).path;
}

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
  slots_[kRoot] = {std::make_shared<const Inode>(Directory{}), 1, 0};
}

uint64_t InodeTable::NumberLocked(const Inode& inode) const {
  if (const auto* file = std::get_if<FileRecord>(&inode)) {
    return (file->generation + kFirstFile) & ~kDirectoryBit;
  }
  if (const auto* draft = std::get_if<DraftNumber>(&inode)) {
    return draft->value;
  }
  const std::string& path = PathOf(inode);
  if (path.empty()) {
    return kRoot;
  }
  for (uint64_t number = HashPath(path) | kDirectoryBit;; number = (number + 1) | kDirectoryBit) {
    const auto slot = slots_.find(number);
    if (slot == slots_.end() || PathOf(*slot->second.inode) == path) {
      return number;
    }
  }
}

uint64_t InodeTable::Acquire(Inode inode, uint64_t as_of) {
  auto shared = std::make_shared<const Inode>(std::move(inode));
  const std::scoped_lock lock(mutex_);
  const uint64_t number = NumberLocked(*shared);
  if (number != kRoot) {
    Slot& slot = slots_[number];
    if (slot.replaced_at <= as_of) {
      slot.inode = std::move(shared);
    }
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
  ++replacements_;
  if (const auto slot = slots_.find(NumberLocked(*shared)); slot != slots_.end()) {
    slot->second.inode = std::move(shared);
    slot->second.replaced_at = replacements_;
  }
}

void InodeTable::Refresh(FileRecord file) {
  const std::scoped_lock lock(mutex_);
  const auto slot = slots_.find(NumberLocked(file));
  const auto* known =
      slot == slots_.end() ? nullptr : std::get_if<FileRecord>(slot->second.inode.get());
  if (known != nullptr && known->key == file.key) {
    slot->second.inode = std::make_shared<const Inode>(std::move(file));
  }
}

uint64_t InodeTable::replacements() const {
  const std::scoped_lock lock(mutex_);
  return replacements_;
}

bool InodeTable::Forget(uint64_t number, uint64_t lookups) {
  if (number == kRoot) {
    return false;
  }
  const std::scoped_lock lock(mutex_);
  const auto slot = slots_.find(number);
  if (slot == slots_.end()) {
    return false;
  }
  if (slot->second.lookups > lookups) {
    slot->second.lookups -= lookups;
    return false;
  }
  slots_.erase(slot);
  return true;
}

std::shared_ptr<const Inode> InodeTable::Find(uint64_t number) const {
  const std::scoped_lock lock(mutex_);
  const auto slot = slots_.find(number);
  return slot == slots_.end() ? nullptr : slot->second.inode;
}

std::vector<FileRecord> InodeTable::Files() const {
  std::vector<FileRecord> files;
  const std::scoped_lock lock(mutex_);
  for (const auto& [number, slot] : slots_) {
    if (const auto* file = std::get_if<FileRecord>(slot.inode.get())) {
      files.push_back(*file);
    }
  }
  return files;
}

size_t InodeTable::size() const {
  const std::scoped_lock lock(mutex_);
  return slots_.size();
}

}  // namespace reel::mount

#include "video/read_cache.h"

#include <utility>

#include "base/hash.h"

namespace reel {
namespace {

// A node of the list, one of the map, and the string around the bytes.
constexpr size_t kSlotBytes = 256;

}  // namespace

size_t ReadCache::Hash::operator()(const Key& key) const {
  const std::array<uint64_t, 3> words{key.library, key.generation,
                                      uint64_t{key.chunk} << 32 | key.page};
  return Hash64({reinterpret_cast<const char*>(words.data()), sizeof(words)}, 0);
}

size_t ReadCache::ChargeOf(const Slot& slot) {
  return kSlotBytes + slot.bytes->capacity();
}

void ReadCache::Erase(Slots::iterator slot) {
  counts_.bytes -= ChargeOf(*slot);
  index_.erase(slot->key);
  slots_.erase(slot);
}

ReadCache::Page ReadCache::Find(const Key& key, int64_t age_s_max) {
  const std::lock_guard lock(mutex_);
  const auto found = index_.find(key);
  if (found == index_.end()) {
    ++counts_.misses;
    return nullptr;
  }
  const Slots::iterator slot = found->second;
  if (clock_.SteadyMillis() - slot->since_ms > age_s_max * 1000) {
    ++counts_.misses;
    Erase(slot);
    return nullptr;
  }
  ++counts_.hits;
  slots_.splice(slots_.begin(), slots_, slot);
  return slot->bytes;
}

bool ReadCache::IsHot(const Key& key) {
  const uint64_t hash = Hash()(key);
  const std::lock_guard lock(mutex_);
  return std::exchange(asked_[hash % asked_.size()], hash) == hash;
}

void ReadCache::Insert(const Key& key, std::string bytes) {
  bytes.shrink_to_fit();
  Slot slot{key, std::make_shared<const std::string>(std::move(bytes)), clock_.SteadyMillis()};
  const size_t charge = ChargeOf(slot);
  const std::lock_guard lock(mutex_);
  if (const auto found = index_.find(key); found != index_.end()) {
    Erase(found->second);
  }
  if (charge > bytes_max_) {
    return;
  }
  while (counts_.bytes + charge > bytes_max_) {
    Erase(std::prev(slots_.end()));
  }
  counts_.bytes += charge;
  slots_.push_front(std::move(slot));
  index_[key] = slots_.begin();
}

void ReadCache::Drop(uint64_t library) {
  const std::lock_guard lock(mutex_);
  for (auto at = slots_.begin(); at != slots_.end();) {
    const auto slot = at++;
    if (slot->key.library == library) {
      Erase(slot);
    }
  }
}

ReadCache::Counts ReadCache::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace reel

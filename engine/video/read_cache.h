// Hot pages of videos and manifests that were checked, kept in memory. What is in it names its
// generation, so whatever is written later is never answered from it.
#pragma once

#include <reel/clock.h>

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace reel {

/// Thread-safe.
class ReadCache {
 public:
  /// Of the page that stands for the manifest.
  static constexpr uint32_t kManifest = UINT32_MAX;

  struct Key {
    /// A library: generations are unique within its namespace.
    uint64_t library = 0;
    uint64_t generation = 0;
    uint32_t chunk = 0;
    uint32_t page = 0;

    friend bool operator==(const Key&, const Key&) = default;
  };

  using Page = std::shared_ptr<const std::string>;

  struct Counts {
    size_t bytes = 0;
    uint64_t hits = 0;
    uint64_t misses = 0;
  };

  /// `bytes_max`: of memory that it may occupy.
  ReadCache(size_t bytes_max, const Clock& clock) : bytes_max_(bytes_max), clock_(clock) {}

  ReadCache(const ReadCache&) = delete;
  ReadCache& operator=(const ReadCache&) = delete;

  /// The page if it is there and at most `age_s_max` seconds old; else null.
  [[nodiscard]] Page Find(const Key& key, int64_t age_s_max);

  /// Whether the key was asked about before, lately: what is read but once does not push out what
  /// is hot.
  [[nodiscard]] bool IsHot(const Key& key);

  void Insert(const Key& key, std::string bytes);

  /// Forgets all of one library.
  void Drop(uint64_t library);

  [[nodiscard]] Counts counts() const;

 private:
  struct Hash {
    size_t operator()(const Key& key) const;
  };
  struct Slot {
    Key key;
    Page bytes;
    int64_t since_ms = 0;
  };
  using Slots = std::list<Slot>;

  static size_t ChargeOf(const Slot& slot);
  void Erase(Slots::iterator slot);

  const size_t bytes_max_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  Slots slots_;  // the one used last comes first
  std::unordered_map<Key, Slots::iterator, Hash> index_;
  Counts counts_;
  std::array<uint64_t, 16384> asked_{};
};

}  // namespace reel

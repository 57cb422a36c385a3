// What a namespace held until a moment ago, kept so that it can be read stale.
#pragma once

#include <reel/kv.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace reel {

/// What a key held before a write.
struct Replaced {
  std::string key;
  /// Null: nothing, and somebody had found that.
  std::shared_ptr<const EntryView> view;
  /// Seconds since the epoch.
  int64_t at = 0;
};

/// Thread-safe. Keeps views, which pin what they show, and copies no values; of what was replaced
/// most recently at most kReplacedMax, and nothing for longer than `keep_s`, to the next use.
class StaleHistory {
 public:
  static constexpr size_t kReplacedMax = 65'536;

  explicit StaleHistory(int64_t keep_s) : keep_s_(keep_s) {}

  /// All of one write.
  void Add(std::vector<Replaced> replaced, int64_t now);

  /// What `key` held before, the earliest first, without what has expired by itself.
  std::vector<Replaced> Find(std::string_view key, int64_t now);

  /// Somebody has found that there is no such key.
  void NoteMissing(std::string_view key, int64_t now);

  /// Whether somebody found that within the last `seconds`.
  [[nodiscard]] bool WasMissing(std::string_view key, int64_t now, int64_t seconds) const;

  /// Forgets everything.
  void Clear();

 private:
  /// What is to be destroyed once the mutex is free, since unpinning may take the base's locks.
  using Dropped = std::vector<std::shared_ptr<const EntryView>>;
  void DropOld(int64_t now, Dropped* dropped);
  void DropFirst(Dropped* dropped);

  const int64_t keep_s_;
  mutable std::mutex mutex_;
  /// In the order of the writes; the first has the number first_.
  std::deque<Replaced> replaced_;
  uint64_t first_ = 0;
  std::unordered_map<std::string, std::deque<uint64_t>> numbers_of_;
  std::unordered_map<std::string, int64_t> missing_;
};

}  // namespace reel

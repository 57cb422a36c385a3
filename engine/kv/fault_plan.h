// Which faults of a script strike an operation.
#pragma once

#include <reel/fault_namespace.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "format/fault_script.h"

namespace reel {

/// What an operation meets before anything is done.
struct Obstacles {
  int64_t wait_ms = 0;
  /// Waits without end.
  bool hang = false;
  /// What comes of it then, if not ok.
  Status failure;
};

/// A read of bytes [offset, offset + length) of a value, by a reader who believes that it has
/// `believed_size` bytes.
struct ReadRange {
  uint64_t offset = 0;
  uint64_t length = 0;
  uint64_t believed_size = 0;

  /// Where the bytes that are delivered end if the value has `size` bytes: whoever reads to the end
  /// gets all there are.
  [[nodiscard]] uint64_t End(uint64_t size) const;
};

/// What is wrong with the bytes that a read delivers.
struct Spoilage {
  /// Of the value; what it does not have is zeros.
  uint64_t size = 0;
  struct Flip {
    /// Of the value.
    uint64_t byte = 0;
    uint8_t mask = 0;
  };
  std::vector<Flip> flips;
};

/// Thread-safe. Memory grows with the keys that faults are about.
class FaultPlan {
 public:
  explicit FaultPlan(FaultScript script);

  /// Delay, hang, timeout, missing and error, in the order of the script up to the first that
  /// fails.
  Obstacles Meet(FaultOperation operation, std::string_view key);

  /// Wrong sizes and flipped bits of a value that has `size` bytes.
  Spoilage Spoil(std::string_view key, const ReadRange& range, uint64_t size);

  /// Whether anything may ever be stale, and for how many seconds at most.
  [[nodiscard]] int64_t longest_stale_s() const { return longest_stale_s_; }

  /// For how many seconds `key` may be stale; 0: never.
  [[nodiscard]] int64_t StaleSeconds(std::string_view key) const;

  /// Which of the values that `key` had until so many seconds ago is read in place of the present
  /// one; nothing: that one.
  std::optional<size_t> PickStale(FaultOperation operation, std::string_view key,
                                  std::span<const int64_t> ages_s);

  /// `key` is missing, of the wrong size or wrong in a bit no longer.
  void EndDamage(std::string_view key);

  [[nodiscard]] std::vector<FaultCount> counts() const;

 private:
  struct State {
    Fault fault;
    FaultCount count;
    /// Operations that matched, by the key's hash.
    std::unordered_map<uint64_t, uint64_t> matched_at;
    std::unordered_set<std::string> repaired;
  };

  /// Numbers that depend on nothing but the seed, the fault, the key and how often the fault has
  /// matched it before.
  class Chance;

  [[nodiscard]] bool IsAbout(const State& state, FaultOperation operation,
                             std::string_view key) const;
  bool Strikes(State* state, std::string_view key, Chance* chance);

  const uint64_t seed_;
  int64_t longest_stale_s_ = 0;
  mutable std::mutex mutex_;
  std::vector<State> states_;
};

}  // namespace reel

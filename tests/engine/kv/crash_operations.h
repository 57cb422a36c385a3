// What the processes of the crash campaign do to a namespace, and what it may hold afterwards.
#pragma once

#include <reel/kv.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/fake_clock.h"

namespace reel::test {

enum class CrashKind : uint8_t { kOpen, kPut, kOverwrite, kPurge, kSweep, kRepair, kRename };

/// Of each kind, in its order.
inline constexpr std::array<std::string_view, 7> kCrashKindNames = {
    "open", "put", "overwrite", "purge", "expiry sweep", "repair", "rename"};

/// A video as it was stored. Its bytes follow from its seed.
struct CrashVideo {
  size_t size = 0;
  uint64_t seed = 0;
  /// Compresses well.
  bool text = false;
  /// 0: one entry.
  uint64_t chunk_size = 0;
  /// Seconds since the epoch; absent: never.
  std::optional<int64_t> expires;
  std::string tag;
  /// A bit of it was flipped on the disk, and it was not repaired yet.
  bool damaged = false;

  [[nodiscard]] std::string Bytes() const;
  /// What its pages are cut at.
  [[nodiscard]] uint64_t stride() const;
};

/// One operation; which fields count depends on the kind.
struct CrashOperation {
  CrashKind kind = CrashKind::kOpen;
  /// kPurge: all that go, in one step. The others: the one key.
  std::vector<std::string> keys;
  /// kPut, kOverwrite.
  CrashVideo video;
  /// kRename.
  std::string target;
  std::string tag;
  /// kSweep: how far the clock goes on before.
  int64_t seconds = 0;
  uint32_t limit = 1;
};

/// What a namespace holds.
struct CrashModel {
  std::map<std::string, CrashVideo> videos;
  int64_t now = 1'800'000'000;

  void Apply(const CrashOperation& operation);
  [[nodiscard]] bool Lives(const std::string& key) const;
};

/// The operation that follows: the same for the same arguments. Often it is a `favored` one, if the
/// model has something to do it to.
CrashOperation NextOperation(const CrashModel& model, CrashKind favored, std::mt19937_64& random);

/// Does it. `model` is what the namespace holds before.
Status Perform(const CrashModel& model, const CrashOperation& operation, KvNamespace* entries,
               FakeClock* clock);

/// In what the namespace is something else than the model: a sentence, or nothing. All is read and
/// compared, and nothing else may be there; of damaged videos reads may fail, but not lie.
std::string Difference(const CrashModel& model, const KvNamespace& entries);

/// After a sweep that was cut off: what it was to remove is whole or absent, and what it had not
/// come to goes with the next one. `before` is what the namespace held. Empty, or what is wrong.
std::string FinishSweep(const CrashModel& before, const CrashOperation& sweep, KvNamespace* entries,
                        FakeClock* clock);

/// Removes everything.
Status RemoveAll(KvNamespace* entries);

}  // namespace reel::test

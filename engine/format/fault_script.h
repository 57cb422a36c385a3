// The script of a fault-injecting namespace, as a value. docs/faults.md describes every field.
#pragma once

#include <reel/status.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

/// What can be done to an operation.
enum class FaultKind : uint8_t {
  kDelay,
  kHang,
  kTimeout,
  kMissing,
  kWrongSize,
  kFlipBit,
  kError,
  kStale,
};

/// As the script spells it.
std::string_view FaultName(FaultKind kind);

/// What is done to an entry; each is a bit of FaultSelector::operations.
enum class FaultOperation : uint8_t {
  kOpen = 1,
  kRead = 2,
  kList = 4,
  kAppend = 8,
  kPublish = 16,
  kDelete = 32,
};

/// Which operations a fault is about. All that is set must hold.
struct FaultSelector {
  /// An entry's key, or a video's, which selects all its parts.
  std::optional<std::string> key;
  std::optional<std::string> key_prefix;
  enum class Part : uint8_t { kAny, kManifest, kChunk };
  Part part = Part::kAny;
  /// Of Part::kChunk.
  uint32_t chunk = 0;
  uint8_t operations = 0;

  /// `name` is the entry's key; of a kList the listing's prefix, which only a `key_prefix` can
  /// select. A chunk is told by its key's end, _chunk_N, whatever its record says.
  [[nodiscard]] bool Selects(FaultOperation operation, std::string_view name) const;
};

/// When a fault strikes, of the operations that it is about.
struct FaultSchedule {
  /// Not the first so many.
  uint64_t after = 0;
  /// At most so often.
  uint64_t times = UINT64_MAX;
  /// 0 to 1.
  double probability = 1;
};

struct Fault {
  FaultKind kind = FaultKind::kDelay;
  FaultSelector selector;
  FaultSchedule schedule;
  /// kDelay, kTimeout.
  int64_t milliseconds = 0;
  /// kWrongSize: how much longer the value is, not 0.
  int64_t by = 0;
  /// kFlipBit: the byte of the value; absent: any.
  std::optional<uint64_t> byte;
  /// kError.
  Code code = Code::kIoError;
  /// kStale: seconds that what was replaced may still be read.
  int64_t cache_ttl_s = 60;
};

struct FaultScript {
  uint64_t seed = 1;
  std::vector<Fault> faults;
};

/// kInvalidArgument names `source`, the number of the fault (from 1), the field, its value as
/// written and what is allowed; for bad JSON the line and column.
Result<FaultScript> ParseFaultScript(std::string_view text, std::string_view source);

}  // namespace reel

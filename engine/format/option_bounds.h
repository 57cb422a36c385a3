// What numbers each option may take: one place for validation and for the configuration's reader.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/limits.h"

namespace reel {

struct OptionBounds {
  /// As the configuration spells it.
  std::string_view name;
  int64_t min = 0;
  int64_t max = 0;
  /// Behind the numbers, in messages.
  std::string_view why;
};

inline constexpr OptionBounds kSizeThresholdBounds = {"sizeThreshold", 0, kValueBytesMax,
                                                      ", the largest value of an entry"};
inline constexpr OptionBounds kChunkSizeBounds = {"chunkSize", 1, kValueBytesMax,
                                                  ", the largest value of an entry"};
inline constexpr OptionBounds kMaxChunksBounds = {"maxChunks", 1, UINT32_MAX, ""};
inline constexpr OptionBounds kTimeoutMsBounds = {"timeoutMs", 1, UINT32_MAX, ""};
inline constexpr OptionBounds kParallelFetchesBounds = {"parallelFetches", 1, 64, ""};
inline constexpr OptionBounds kEdgeCacheTtlBounds = {"edgeCacheTtl", 30, kTtlSecondsMax,
                                                     " seconds"};
inline constexpr OptionBounds kMinElapsedPercentBounds = {"minElapsedPercent", 1, 100, ""};
inline constexpr OptionBounds kMinRemainingSecondsBounds = {"minRemainingSeconds", 0,
                                                            kTtlSecondsMax, ""};

inline constexpr std::string_view kTagPrefixAllowed =
    "at most 64 bytes of UTF-8, no commas or control characters";

template <typename Number>
bool InBounds(const OptionBounds& bounds, Number value) {
  return std::cmp_greater_equal(value, bounds.min) && std::cmp_less_equal(value, bounds.max);
}

inline std::string Allowed(const OptionBounds& bounds) {
  return std::to_string(bounds.min) + " to " + std::to_string(bounds.max) + std::string(bounds.why);
}

}  // namespace reel

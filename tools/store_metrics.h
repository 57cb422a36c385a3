// What a store holds, in the text format of Prometheus.
#pragma once

#include <reel/clock.h>
#include <reel/store.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace reel::cli {

/// Thread-safe. Counting takes a look at every entry, so what was counted is told again for a
/// while.
class StoreMetrics {
 public:
  /// Both outlive it.
  StoreMetrics(Store* store, const Clock& clock) : store_(*store), clock_(clock) {}

  /// Empty where the store could not be counted.
  std::string ToText();

 private:
  Store& store_;
  const Clock& clock_;
  std::mutex mutex_;
  std::string text_;
  std::optional<int64_t> counted_;
};

}  // namespace reel::cli

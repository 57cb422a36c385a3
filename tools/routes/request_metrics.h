// What requests came to, in the text format of Prometheus.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "tools/http/server.h"

namespace reel::routes {

/// Thread-safe.
class RequestMetrics {
 public:
  void Count(const http::AccessRecord& record);

  /// All that was counted, and how many connections there are.
  [[nodiscard]] std::string ToText(size_t connections) const;

 private:
  // Upper bounds in seconds; beyond the last one there is only the sum of all.
  static constexpr std::array<double, 12> kBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                     0.1,   0.25,   1,     5,    30,    300};

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, uint64_t> requests_;  // by method and status
  std::array<uint64_t, kBounds.size()> within_{};
  uint64_t count_ = 0;
  double seconds_ = 0;
  uint64_t sent_ = 0;
  uint64_t received_ = 0;
  uint64_t failures_ = 0;
};

/// One metric without labels: its lines HELP and TYPE, and its value.
std::string MetricText(const std::string& name, const std::string& type, const std::string& help,
                       uint64_t value);

}  // namespace reel::routes

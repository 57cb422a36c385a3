// Holds work to a rate.
#pragma once

#include <reel/clock.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

namespace reel {

/// One thread.
class Pacer {
 public:
  Pacer(const Clock* clock, std::optional<uint64_t> bytes_per_second)
      : clock_(clock),
        bytes_per_second_(bytes_per_second),
        free_at_ms_(static_cast<double>(clock->SteadyMillis())) {}

  /// Waits until so much more may have been done. `should_stop` is asked at least ten times a
  /// second; once it says true, so does this, at once.
  bool Take(uint64_t bytes, const std::function<bool()>& should_stop);

 private:
  const Clock* clock_;
  std::optional<uint64_t> bytes_per_second_;
  /// When all that was done so far would be done at the rate.
  double free_at_ms_;
  std::mutex mutex_;
  std::condition_variable never_;
};

}  // namespace reel

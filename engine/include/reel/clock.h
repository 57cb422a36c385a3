// The time, passed in so that tests can move it.
#pragma once

#include <cstdint>

namespace reel {

/// Wall-clock time. Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  /// Seconds since the Unix epoch. May jump in either direction.
  [[nodiscard]] virtual int64_t NowSeconds() const = 0;

  /// The system's clock; lives for the whole process.
  static const Clock& System();
};

}  // namespace reel

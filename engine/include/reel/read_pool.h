// What all readers of a process share: threads, memory, and a cache.
#pragma once

#include <reel/clock.h>
#include <reel/status.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace reel {

struct ReadPoolOptions {
  /// Bytes that all streams and the cache may occupy together. At least 80 MiB: the largest chunk
  /// has 25 MiB, and what a fallback gives of it takes as much again.
  size_t memory_bytes = size_t{128} << 20;
  /// Most threads that fetch chunks. At least 1. A fetch that does not come back keeps its thread
  /// until it does.
  uint32_t threads_max = 32;

  /// Names the first setting that is out of bounds, its value and what is allowed.
  [[nodiscard]] Status Validate() const;
};

/// Counted since the pool was made.
struct ReadPoolStats {
  /// Now, and the most at any time: buffers and cache.
  size_t memory_bytes = 0;
  size_t memory_bytes_peak = 0;
  size_t cached_bytes = 0;
  uint64_t cache_hits = 0;
  uint64_t cache_misses = 0;
  /// Now: queued or running on threads of the pool.
  uint64_t pending_fetches = 0;
  /// Attempts to fetch a chunk, or a part of one.
  uint64_t fetches = 0;
  /// Of these, the ones that came back when nobody waited for them any more.
  uint64_t late_fetches = 0;
};

/// One for a process, given to all its libraries (LibraryOptions::reads), keeps their memory under
/// one limit (I9) and shares it fairly: each stream may take as much as any other, and gets what it
/// needs to go on before one gets more to fetch ahead. Thread-safe.
class ReadPool {
 public:
  /// REQUIRES: `options` validate. `clock` outlives the pool.
  explicit ReadPool(const ReadPoolOptions& options = {}, const Clock& clock = Clock::System());

  /// Waits for fetches that are late.
  ~ReadPool();

  ReadPool(const ReadPool&) = delete;
  ReadPool& operator=(const ReadPool&) = delete;

  [[nodiscard]] ReadPoolStats Stats() const;

  /// For the engine itself.
  struct Parts;
  [[nodiscard]] Parts& parts() { return *parts_; }

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace reel

// Settings. Each struct is validated once, where it enters the engine.
#pragma once

#include <reel/status.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace reel {

/// How videos are cut into KV entries: the `kvChunking` object of the specification.
struct ChunkingOptions {
  /// False: every video is one entry, and one over the value limit of 25 MiB is refused.
  bool enabled = true;
  /// Videos of at least this many bytes are chunked. At most 25 MiB.
  uint64_t size_threshold = 20ULL << 20;
  /// Bytes in every chunk but the last. 1 to 25 MiB.
  uint64_t chunk_size = 5ULL << 20;
  /// Most chunks that one video may have. At least 1.
  uint64_t max_chunks = 1000;

  /// Names the first setting that is out of bounds, its value and what is allowed.
  [[nodiscard]] Status Validate() const;
};

/// How a store on disk is opened.
struct StoreOptions {
  /// The store's directory.
  std::string path;
  /// Creates the store when `path` is missing or an empty directory; otherwise that is kNotFound.
  bool create_if_missing = false;
  /// Bytes that index blocks, filters and hot rows may occupy in memory.
  size_t cache_bytes = 32ULL << 20;
  /// Bytes in a page of values written from now on: a power of two, 4 KiB to 256 KiB. A value keeps
  /// the page size that it was written with. docs/benchmarks.md has the measurements.
  uint32_t page_size = 16U << 10;

  /// Names the first setting that is out of bounds, its value and what is allowed.
  [[nodiscard]] Status Validate() const;
};

}  // namespace reel

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

/// When opening a video puts off its expiry to now + the time to live that it was stored with.
struct TtlRefreshOptions {
  bool enabled = true;
  /// At least this share of that time has gone. 1 to 100.
  uint32_t min_elapsed_percent = 10;
  /// At least this much is left: what is about to expire is let go. At least 0.
  int64_t min_remaining_s = 60;

  /// Names the first setting that is out of bounds, its value and what is allowed.
  [[nodiscard]] Status Validate() const;
};

/// How the chunks of a video are fetched: the rest of the `kvChunking` object.
struct FetchOptions {
  /// Milliseconds that fetching a chunk may take, whatever its consumer takes. At least 1.
  uint32_t timeout_ms = 10'000;
  /// Most chunks of one video that are fetched at a time. 1 to 64.
  uint32_t parallel_fetches = 3;
  /// Whether each operation on a chunk is logged.
  bool log_chunk_operations = true;
  /// Whether a read may be answered from a cache.
  bool use_edge_cache = true;
  /// Seconds that such an answer may be old; Cloudflare's cacheTtl. At least 30.
  int64_t edge_cache_ttl_s = 3600;

  /// Names the first setting that is out of bounds, its value and what is allowed.
  [[nodiscard]] Status Validate() const;
};

/// Which tags a video gets beside its caller's.
struct TagOptions {
  /// Whether tags are derived from a video's key.
  bool derived = true;
  /// What a derived tag begins with: at most 64 bytes that may stand in a tag.
  std::string prefix = "video-";

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
  size_t cache_bytes = 128ULL << 20;
  /// Bytes in a page of values written from now on: a power of two, 4 KiB to 256 KiB. A value keeps
  /// the page size that it was written with. docs/benchmarks.md has the measurements.
  uint32_t page_size = 16U << 10;

  /// Names the first setting that is out of bounds, its value and what is allowed.
  [[nodiscard]] Status Validate() const;
};

}  // namespace reel

// The bytes of one open video, chunk by chunk, from wherever they can be had: the store, its cache,
// or the embedder's fallback.
#pragma once

#include <reel/kv.h>
#include <reel/video.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>

#include "base/buffer_pool.h"
#include "format/chunk_map.h"
#include "video/read_parts.h"

namespace reel {

/// What is tried for a chunk, one after the other.
enum class Attempt : uint8_t { kFirst = 0, kAgain = 1, kFallback = 2 };

/// Thread-safe. Outlived by the namespace of its view.
class ChunkSource {
 public:
  struct Options {
    FetchOptions fetch;
    FaultPolicy policy = FaultPolicy::kStrict;
    ChunkFallback fallback;
    EventLog* log = nullptr;
  };

  ChunkSource(VideoInfo info, std::unique_ptr<EntryView> view, LibraryReads* reads,
              Options options);

  [[nodiscard]] const VideoInfo& info() const { return info_; }
  [[nodiscard]] const ChunkMap& map() const { return map_; }
  [[nodiscard]] const FetchOptions& fetch_options() const { return options_.fetch; }
  [[nodiscard]] FaultPolicy policy() const { return options_.policy; }
  [[nodiscard]] LibraryReads* reads() const { return reads_; }
  [[nodiscard]] const Clock& clock() const { return reads_->parts().clock; }

  /// Whether a read may stall: then it belongs on a thread of the pool, under a time limit.
  [[nodiscard]] bool IsRemote() const { return view_->IsRemote(); }

  /// Most bytes of memory that reading a slice occupies.
  [[nodiscard]] size_t MemoryFor(const ChunkSlice& slice) const;

  /// Appends exactly the bytes of `slice` to `out`, verified (I2); after an error `out` may hold
  /// some of them. `client` pays for what a fallback gives.
  Status Read(const ChunkSlice& slice, Attempt attempt,
              const std::shared_ptr<BufferPool::Client>& client, BorrowedBytes* out);

  /// The attempt that follows a failed one; nothing after the last.
  [[nodiscard]] std::optional<Attempt> AttemptAfter(Attempt attempt) const;

  /// Notes what happened to a chunk, where a log was given.
  void Log(std::string_view event, const ChunkSlice& slice, Attempt attempt, int64_t milliseconds,
           std::string_view detail) const;

  /// Notes what became of an attempt that was begun at `begin_ms`: always if it failed, else if
  /// logChunkOperations says so.
  void LogAttempt(const ChunkSlice& slice, Attempt attempt, int64_t begin_ms,
                  const Status& outcome) const;

  /// Notes, if logChunkOperations says so, an attempt that came back when it was given up already.
  void LogLate(const ChunkSlice& slice, Attempt attempt, int64_t milliseconds) const;

 private:
  Status ReadStored(const ChunkSlice& slice, BorrowedBytes* out);
  Status ReadThroughCache(const ChunkSlice& slice, BorrowedBytes* out);
  Status ReadView(const ChunkSlice& slice, BorrowedBytes* out) const;
  Status ReadWhole(const ChunkSlice& slice, BorrowedBytes* out) const;
  Status ReadFallback(const ChunkSlice& slice, const std::shared_ptr<BufferPool::Client>& client,
                      BorrowedBytes* out);
  [[nodiscard]] Result<Hash128> HashOf(uint32_t chunk) const;

  const VideoInfo info_;
  const std::unique_ptr<EntryView> view_;
  const ChunkMap map_;
  LibraryReads* const reads_;
  const Options options_;
  std::mutex healing_;  // one chunk at a time is asked for elsewhere
  std::set<uint32_t> healed_;
};

}  // namespace reel

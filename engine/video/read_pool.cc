#include <reel/read_pool.h>

#include <cassert>
#include <string>
#include <utility>

#include "video/read_parts.h"

namespace reel {
namespace {

constexpr size_t kMemoryBytesMin = size_t{80} << 20;
constexpr size_t kCacheShare = 4;  // a quarter

}  // namespace

Status ReadPoolOptions::Validate() const {
  if (memory_bytes < kMemoryBytesMin) {
    return {Code::kInvalidArgument, "memory_bytes is " + std::to_string(memory_bytes) +
                                        " (at least " + std::to_string(kMemoryBytesMin) + ")"};
  }
  if (threads_max < 1) {
    return {Code::kInvalidArgument, "threads_max is 0 (at least 1)"};
  }
  return Status::Ok();
}

ReadPool::Parts::Parts(const ReadPoolOptions& options, const Clock& clock)
    : clock(clock),
      cache(options.memory_bytes / kCacheShare, clock),
      buffers(options.memory_bytes - options.memory_bytes / kCacheShare, clock),
      threads(options.threads_max) {}

ReadPool::ReadPool(const ReadPoolOptions& options, const Clock& clock)
    : parts_(std::make_unique<Parts>(options, clock)) {
  assert(options.Validate().ok());
}

ReadPool::~ReadPool() = default;

ReadPoolStats ReadPool::Stats() const {
  const ReadCache::Counts cache = parts_->cache.counts();
  ReadPoolStats stats;
  stats.memory_bytes = parts_->buffers.used() + cache.bytes;
  stats.memory_bytes_peak = parts_->buffers.peak() + cache.bytes;
  stats.cached_bytes = cache.bytes;
  stats.cache_hits = cache.hits;
  stats.cache_misses = cache.misses;
  stats.pending_fetches = parts_->pending_fetches;
  stats.fetches = parts_->fetches;
  stats.late_fetches = parts_->late_fetches;
  return stats;
}

LibraryReads::LibraryReads(std::shared_ptr<ReadPool> pool)
    : pool_(std::move(pool)), id_(++parts().last_library) {}

LibraryReads::~LibraryReads() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return tasks_ == 0; });
  lock.unlock();
  parts().cache.Drop(id_);
}

void LibraryReads::Submit(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    ++tasks_;
  }
  ++parts().pending_fetches;
  parts().threads.Submit([this, task = std::move(task)]() mutable {
    task();
    task = nullptr;  // with all that it holds
    --parts().pending_fetches;
    const std::lock_guard lock(mutex_);
    --tasks_;
    // Under the lock: the one who waits may be about to destroy this.
    idle_.notify_all();
  });
}

}  // namespace reel

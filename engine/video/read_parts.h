// What stands behind a ReadPool, and what the readers of one library share of it.
#pragma once

#include <reel/read_pool.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "base/buffer_pool.h"
#include "base/thread_pool.h"
#include "video/read_cache.h"

namespace reel {

struct ReadPool::Parts {
  Parts(const ReadPoolOptions& options, const Clock& clock);

  const Clock& clock;
  ReadCache cache;
  BufferPool buffers;
  std::atomic<uint64_t> pending_fetches = 0;
  std::atomic<uint64_t> fetches = 0;
  std::atomic<uint64_t> late_fetches = 0;
  std::atomic<uint64_t> last_library = 0;
  ThreadPool threads;  // last: it waits for tasks that use the rest
};

/// The part of a pool that the readers of one library use. Its destructor waits for their fetches:
/// the namespace below them may go then.
class LibraryReads {
 public:
  explicit LibraryReads(std::shared_ptr<ReadPool> pool);
  ~LibraryReads();
  LibraryReads(const LibraryReads&) = delete;
  LibraryReads& operator=(const LibraryReads&) = delete;

  [[nodiscard]] ReadPool::Parts& parts() const { return pool_->parts(); }

  /// Names the library in the cache.
  [[nodiscard]] uint64_t id() const { return id_; }

  /// Runs `task` on a thread of the pool.
  void Submit(std::function<void()> task);

 private:
  std::shared_ptr<ReadPool> pool_;
  uint64_t id_;
  std::mutex mutex_;
  std::condition_variable idle_;
  uint64_t tasks_ = 0;
};

}  // namespace reel

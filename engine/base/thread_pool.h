// Threads for work that may block.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace reel {

/// Runs tasks in the order they came, on as many threads as are busy at a time, up to a limit.
/// Thread-safe.
class ThreadPool {
 public:
  explicit ThreadPool(uint32_t threads_max) : threads_max_(threads_max) {}

  /// Runs what is queued, and waits for it.
  ~ThreadPool();

  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  void Submit(std::function<void()> task);

 private:
  void Run();

  uint32_t threads_max_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<std::function<void()>> tasks_;
  size_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace reel

// Notices threads that stand still.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace reel::test {

/// Calls `on_stall` with what each thread was doing that took no step for as long as `limit`. It
/// goes on then, should that return.
class Watchdog {
 public:
  /// One thread's side. It lives as long as the watchdog.
  class Watched {
   public:
    explicit Watched(std::string name) : name_(std::move(name)) {}

    /// A step; `what` is a literal.
    void Does(const char* what) {
      doing_ = what;
      ++steps_;
    }
    /// Nothing more is expected of it.
    void Ends() { Does(nullptr); }

   private:
    friend class Watchdog;

    const std::string name_;
    std::atomic<const char*> doing_ = "begins";
    std::atomic<uint64_t> steps_ = 0;
    // The watchdog's.
    uint64_t seen_ = 0;
    std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  };

  Watchdog(std::chrono::seconds limit, std::function<void(const std::string&)> on_stall)
      : limit_(limit), on_stall_(std::move(on_stall)), thread_([this] { Run(); }) {}

  ~Watchdog() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    stop_.notify_all();
    thread_.join();
  }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// An `on_stall` that ends the process.
  static void Abort(const std::string& standing) {
    std::fprintf(stderr, "%s", standing.c_str());
    std::abort();
  }

  Watched* Add(std::string name) {
    const std::lock_guard lock(mutex_);
    return &watched_.emplace_back(std::move(name));
  }

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    while (!stop_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; })) {
      const std::string standing = LookLocked(std::chrono::steady_clock::now());
      if (!standing.empty()) {
        on_stall_(standing);
      }
    }
  }

  std::string LookLocked(std::chrono::steady_clock::time_point now) {
    std::string standing;
    for (Watched& one : watched_) {
      const char* doing = one.doing_;
      if (const uint64_t steps = one.steps_; doing == nullptr || steps != one.seen_) {
        one.seen_ = steps;
        one.since_ = now;
      } else if (now - one.since_ >= limit_) {
        standing += one.name_ + " stands still: " + doing + '\n';
      }
    }
    return standing;
  }

  const std::chrono::seconds limit_;
  const std::function<void(const std::string&)> on_stall_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::deque<Watched> watched_;
  std::thread thread_;
};

}  // namespace reel::test

// Scrubs a store again and again, beside what else its process does.
#pragma once

#include <reel/clock.h>
#include <reel/scrub.h>
#include <reel/store.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace reel {

struct BackgroundScrubOptions {
  /// No value is left unread for longer than this and a tenth, as far as the process lives; at
  /// least 60 seconds.
  int64_t every_s = int64_t{30} * 86'400;
  /// As in ScrubOptions.
  std::optional<uint64_t> bytes_per_second;
};

/// On a thread of its own, of the lowest priority, from when it is made: each scrub goes on where
/// an earlier one was stopped, and passes over what was verified lately enough. Thread-safe.
/// Outlived by the store and the clock.
class BackgroundScrub {
 public:
  /// Both are called from its thread: for each finding, and for a scrub that could not be run,
  /// which is tried again after a while.
  using OnFinding = std::function<void(const ScrubFinding&)>;
  using OnFailure = std::function<void(const Status&)>;

  BackgroundScrub(Store* store, const BackgroundScrubOptions& options, OnFinding on_finding,
                  OnFailure on_failure, const Clock& clock = Clock::System());

  /// Stops, after the few MiB that are being read.
  ~BackgroundScrub();

  BackgroundScrub(const BackgroundScrub&) = delete;
  BackgroundScrub& operator=(const BackgroundScrub&) = delete;

 private:
  class Observer;

  void Run();
  [[nodiscard]] bool IsStopping();

  Store* store_;
  BackgroundScrubOptions options_;
  OnFinding on_finding_;
  OnFailure on_failure_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace reel

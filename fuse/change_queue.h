// Changes on their way from who made them to a thread that sees to them.
#pragma once

#include <reel/kv.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace reel::mount {

struct HeardChange {
  Change change;
  /// The kernel asked for it, and has changed its own names already.
  bool by_kernel = false;
};

/// Who adds never waits. Thread-safe, but for its destruction.
class ChangeQueue {
 public:
  /// As many wait at once. One more, and they all become one that says that anything may have
  /// changed: memory is bounded however much is purged in one step.
  static constexpr size_t kMax = 65'536;

  /// `apply` is called by a thread of the queue's own, with one change after the other; nothing:
  /// anything may have changed.
  explicit ChangeQueue(std::function<void(const std::optional<HeardChange>&)> apply);

  /// Returns when `apply` has returned from the call it is in; what waits is dropped.
  ~ChangeQueue();
  ChangeQueue(const ChangeQueue&) = delete;
  ChangeQueue& operator=(const ChangeQueue&) = delete;

  void Add(std::optional<HeardChange> change);

 private:
  void Run();

  const std::function<void(const std::optional<HeardChange>&)> apply_;
  std::mutex mutex_;
  std::condition_variable added_;
  std::deque<std::optional<HeardChange>> waiting_;
  bool stopping_ = false;
  std::thread thread_;  // last: it sees all of the above
};

}  // namespace reel::mount

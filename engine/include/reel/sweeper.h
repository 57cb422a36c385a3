// Gives back the space of what has expired.
#pragma once

#include <reel/store.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

namespace reel {

/// Removes expired entries of all namespaces, on a thread of its own: once when it is made, and
/// then every `interval`. Reads never depend on it: expiry is exact without. Thread-safe. Outlived
/// by the store.
class Sweeper {
 public:
  /// `report` is told what could not be removed, from the sweeper's thread; it is tried again with
  /// the next sweep.
  Sweeper(Store* store, std::chrono::milliseconds interval,
          std::function<void(const Status&)> report = nullptr);

  /// Stops, after the step that is being done.
  ~Sweeper();

  Sweeper(const Sweeper&) = delete;
  Sweeper& operator=(const Sweeper&) = delete;

 private:
  void Run();
  void Sweep();
  [[nodiscard]] bool IsStopping();

  Store* store_;
  std::chrono::milliseconds interval_;
  std::function<void(const Status&)> report_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace reel

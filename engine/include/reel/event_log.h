// What happened, as lines of JSON: for people and programs that look for what went wrong. Bounded
// in rate and in memory, so that whoever reports is never held up, however much goes wrong.
#pragma once

#include <reel/clock.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace reel {

/// One thing that happened to a chunk, or to a stream.
struct LogEvent {
  /// A literal, such as "chunk.retried": it is not copied.
  std::string_view event;
  std::string key;
  uint32_t chunk = 0;
  /// In the video.
  uint64_t offset = 0;
  uint64_t length = 0;
  uint32_t attempt = 0;
  int64_t milliseconds = 0;
  /// Left out when empty. As `key`: bytes that are not UTF-8 are replaced by U+FFFD.
  std::string detail;
  /// Nothing went wrong: may take half of the rate and of the queue at most, so that there is room
  /// for what did.
  bool is_routine = false;
};

struct EventLogOptions {
  /// Events taken in a second, which begins with the first of them. 0 counts as 1.
  uint32_t lines_per_second_max = 100;
  /// Events that wait for the writer. 0 counts as 1.
  size_t queue_max = 1024;
};

/// Writes a line of JSON for each event, without a line end, in the order of Add:
///   {"time":1800000000,"event":"chunk.retried","key":"video:v","chunk":2,"offset":10485760,
///    "length":5242880,"attempt":1,"milliseconds":2000,"detail":"timed out"}
/// `time` is in seconds since the epoch, when it was added. Events over the rate or the queue are
/// left out and counted, and one line in their place tells how many, as soon as there is room
/// again: {"time":1800000001,"event":"log.suppressed","count":17}. Thread-safe.
class EventLog {
 public:
  /// Takes one line. Called from the log's own thread, one call at a time; may block.
  using Write = std::function<void(std::string_view line)>;

  /// `clock` outlives it.
  explicit EventLog(Write write, const EventLogOptions& options = {},
                    const Clock& clock = Clock::System());

  /// Writes what is queued, and what there is to tell of events left out.
  ~EventLog();

  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  /// Never waits for the writer.
  void Add(LogEvent event);

 private:
  struct Item {
    int64_t time = 0;
    LogEvent event;
    uint64_t suppressed = 0;  // not 0: how many events this one stands for
  };

  static std::string LineOf(const Item& item);

  // REQUIRES of all four: mutex_ is held.
  [[nodiscard]] bool IsRateLeft(int64_t now_ms, bool is_routine) const;
  void CountInSecond(int64_t now_ms, bool is_routine);
  void QueueSuppressed();
  void WaitForItems(std::unique_lock<std::mutex>* lock);

  void Run();

  const Write write_;
  const EventLogOptions options_;
  const Clock& clock_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> queue_;
  uint64_t suppressed_ = 0;  // since the last item that told so
  int64_t second_begin_ms_ = 0;
  uint32_t in_second_ = 0;
  uint32_t routine_in_second_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace reel

#include <reel/event_log.h>
#include <reel/json.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace reel {
namespace {

constexpr int64_t kSecondMs = 1000;

template <typename Count>
Count ShareOf(Count all, bool is_routine) {
  return is_routine ? std::max(all / 2, Count{1}) : all;
}

}  // namespace

EventLog::EventLog(Write write, const EventLogOptions& options, const Clock& clock)
    : write_(std::move(write)),
      options_{std::max(options.lines_per_second_max, uint32_t{1}),
               std::max(options.queue_max, size_t{1})},
      clock_(clock) {
  thread_ = std::thread([this] { Run(); });
}

EventLog::~EventLog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void EventLog::Add(LogEvent event) {
  const int64_t time = clock_.NowSeconds();
  const std::lock_guard lock(mutex_);
  // Under the lock: otherwise a thread that was held up would begin a second in the past.
  const int64_t now_ms = clock_.SteadyMillis();
  if (queue_.size() >= ShareOf(options_.queue_max, event.is_routine) ||
      !IsRateLeft(now_ms, event.is_routine)) {
    ++suppressed_;
  } else {
    CountInSecond(now_ms, event.is_routine);
    QueueSuppressed();
    queue_.push_back({time, std::move(event)});
  }
  changed_.notify_all();
}

bool EventLog::IsRateLeft(int64_t now_ms, bool is_routine) const {
  if (now_ms - second_begin_ms_ >= kSecondMs) {
    return true;
  }
  const uint32_t max = options_.lines_per_second_max;
  return in_second_ < max && (!is_routine || routine_in_second_ < ShareOf(max, true));
}

void EventLog::CountInSecond(int64_t now_ms, bool is_routine) {
  if (in_second_ == 0 || now_ms - second_begin_ms_ >= kSecondMs) {
    second_begin_ms_ = now_ms;
    in_second_ = 0;
    routine_in_second_ = 0;
  }
  ++in_second_;
  routine_in_second_ += is_routine ? 1 : 0;
}

void EventLog::QueueSuppressed() {
  if (suppressed_ > 0) {
    queue_.push_back({clock_.NowSeconds(), {}, std::exchange(suppressed_, 0)});
  }
}

// Returns with an empty queue only when the log ends.
void EventLog::WaitForItems(std::unique_lock<std::mutex>* lock) {
  while (queue_.empty() && !stopping_) {
    if (suppressed_ == 0) {
      changed_.wait(*lock);
    } else if (IsRateLeft(clock_.SteadyMillis(), /*is_routine=*/true)) {
      QueueSuppressed();
    } else {
      // Perhaps nothing more is added that could tell it.
      clock_.WaitUntil(&changed_, lock, second_begin_ms_ + kSecondMs);
    }
  }
  if (stopping_) {
    QueueSuppressed();
  }
}

void EventLog::Run() {
  std::deque<Item> items;
  std::unique_lock lock(mutex_);
  while (true) {
    WaitForItems(&lock);
    if (queue_.empty()) {
      return;
    }
    items.clear();
    items.swap(queue_);
    lock.unlock();
    for (const Item& item : items) {
      write_(LineOf(item));
    }
    lock.lock();
  }
}

std::string EventLog::LineOf(const Item& item) {
  JsonObject line;
  line.Add("time", std::optional(item.time));
  if (item.suppressed > 0) {
    return line.Add("event", "log.suppressed").Add("count", item.suppressed).ToString();
  }
  const LogEvent& event = item.event;
  line.Add("event", event.event)
      .Add("key", event.key)
      .Add("chunk", uint64_t{event.chunk})
      .Add("offset", event.offset)
      .Add("length", event.length)
      .Add("attempt", uint64_t{event.attempt})
      .Add("milliseconds", std::optional(event.milliseconds));
  if (!event.detail.empty()) {
    line.Add("detail", event.detail);
  }
  return line.ToString();
}

}  // namespace reel

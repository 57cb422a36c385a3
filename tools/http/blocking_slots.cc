#include "tools/http/blocking_slots.h"

#include <utility>

namespace reel::http {
namespace {

constexpr auto kPeriod = std::chrono::milliseconds(1);

// So long without a call, and nobody looks until there is one.
constexpr int kIdlePeriods = 1000;

}  // namespace

BlockingSlots::BlockingSlots(size_t slots) : free_(slots), calls_(slots) {
  for (size_t i = 0; i < slots; ++i) {
    places_.push_back(i);
  }
  watcher_ = std::thread([this] { Watch(); });
}

BlockingSlots::~BlockingSlots() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  watcher_.join();
}

bool BlockingSlots::Take() {
  const std::lock_guard lock(mutex_);
  if (free_ == 0) {
    return false;
  }
  --free_;
  return true;
}

void BlockingSlots::TakeOrQueue(std::function<void()> resume) {
  {
    const std::lock_guard lock(mutex_);
    if (free_ == 0) {
      waiting_.push_back(std::move(resume));
      return;
    }
    --free_;
  }
  resume();
}

size_t BlockingSlots::Begin(boost::asio::io_context* lane, const void* caller, Blocks blocks) {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  // A caller by itself would wait for a thread to wake up, and nobody would gain from that.
  const bool is_due = blocks == Blocks::kLong && std::exchange(last_long_[lane], caller) != caller;
  const size_t call = places_.back();
  places_.pop_back();
  calls_[call] = {.lane = lane, .relief = is_due ? now : now + kPeriod};
  was_used_ = true;
  is_relief_due_ = is_relief_due_ || is_due;
  if (!is_watching_ || is_due) {
    changed_.notify_all();
  }
  return call;
}

bool BlockingSlots::End(size_t call) {
  std::function<void()> resume;
  {
    const std::lock_guard lock(mutex_);
    calls_[call].lane = nullptr;
    places_.push_back(call);
    if (waiting_.empty()) {
      ++free_;
      return false;
    }
    resume = std::move(waiting_.front());
    waiting_.pop_front();
  }
  resume();
  return true;
}

void BlockingSlots::Watch() {
  std::unique_lock lock(mutex_);
  int idle_periods = 0;
  while (!ending_) {
    if (idle_periods > kIdlePeriods) {
      is_watching_ = false;
      changed_.wait(lock, [&] { return ending_ || was_used_; });
    }
    is_watching_ = true;
    changed_.wait_for(lock, kPeriod, [&] { return ending_ || is_relief_due_; });
    is_relief_due_ = false;
    // A call that is still under way counts as use.
    const bool has_calls = places_.size() < calls_.size();
    idle_periods = was_used_ || has_calls ? 0 : idle_periods + 1;
    was_used_ = false;
    RelieveLongCalls();
  }
}

void BlockingSlots::RelieveLongCalls() {
  const auto now = Clock::now();
  for (Call& call : calls_) {
    if (call.lane != nullptr && !call.is_relieved && now >= call.relief) {
      call.is_relieved = true;
      // From a thread that is not the context's own, this wakes one that is.
      boost::asio::post(*call.lane, [] {});
    }
  }
}

}  // namespace reel::http

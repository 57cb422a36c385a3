#include <reel/background_scrub.h>

#include <algorithm>
#include <utility>

namespace reel {
namespace {

constexpr int64_t kMillisPerSecond = 1000;
// How long one scrub is after the other: a tenth of what is asked for, since each reads only what
// is due; a day at most, since each compares all rows too.
constexpr int64_t kShareOfPeriod = 10;
constexpr int64_t kPauseSecondsMax = 86'400;

}  // namespace

class BackgroundScrub::Observer final : public ScrubObserver {
 public:
  explicit Observer(BackgroundScrub* owner) : owner_(owner) {}

  void OnFinding(const ScrubFinding& finding) override {
    if (owner_->on_finding_) {
      owner_->on_finding_(finding);
    }
  }
  void OnProgress(const ScrubProgress& /*progress*/) override {}
  bool ShouldStop() override { return owner_->IsStopping(); }

 private:
  BackgroundScrub* owner_;
};

BackgroundScrub::BackgroundScrub(Store* store, const BackgroundScrubOptions& options,
                                 OnFinding on_finding, OnFailure on_failure, const Clock& clock)
    : store_(store),
      options_(options),
      on_finding_(std::move(on_finding)),
      on_failure_(std::move(on_failure)),
      clock_(clock) {
  thread_ = std::thread([this] { Run(); });
}

BackgroundScrub::~BackgroundScrub() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stop_.notify_all();
  }
  thread_.join();
}

bool BackgroundScrub::IsStopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void BackgroundScrub::Run() {
  ScrubOptions options;
  options.resume = true;
  options.since_s = options_.every_s;
  options.bytes_per_second = options_.bytes_per_second;
  options.low_priority = true;
  const int64_t pause_ms =
      std::min(options_.every_s / kShareOfPeriod, kPauseSecondsMax) * kMillisPerSecond;
  Observer observer(this);
  while (!IsStopping()) {
    const auto done = Scrub(store_, options, &observer);
    if (!done.ok() && on_failure_) {
      on_failure_(done.status().WithContext("scrub"));
    }
    const int64_t next_ms = clock_.SteadyMillis() + pause_ms;
    std::unique_lock lock(mutex_);
    while (!stopping_ && clock_.SteadyMillis() < next_ms) {
      clock_.WaitUntil(&stop_, &lock, next_ms);
    }
  }
}

}  // namespace reel

// What a scrub has come to so far, its observer, and its pace.
#pragma once

#include <reel/clock.h>
#include <reel/scrub.h>
#include <reel/status.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "scrub/pacer.h"

namespace reel {

/// One thread.
class ScrubLedger {
 public:
  ScrubLedger(const Clock* clock, std::optional<uint64_t> bytes_per_second, ScrubObserver* observer)
      : pacer_(clock, bytes_per_second), observer_(observer) {}

  /// Of findings and videos, `progress` has the counts.
  ScrubProgress progress;
  ScrubSummary summary;

  void Tell(const ScrubFinding& finding) {
    ++progress.findings;
    summary.repaired += finding.repaired ? 1 : 0;
    observer_->OnFinding(finding);
  }

  /// To be called behind every few MiB, with what was read of the disk: tells of it, and waits
  /// until more may be read. False: stop.
  bool Pace(uint64_t bytes) {
    Advance(bytes);
    observer_->OnProgress(progress);
    return !pacer_.Take(bytes, [this] { return ShouldStop(); });
  }

  /// Counts as done what was not read, since it was not asked for.
  void Advance(uint64_t bytes) {
    progress.done_bytes += bytes;
    if (progress.total_bytes > 0) {
      progress.done_bytes = std::min(progress.done_bytes, progress.total_bytes);
    }
  }

  bool ShouldStop() { return observer_->ShouldStop(); }

  /// What whatever was stopped returns.
  static Status Stopped() { return {Code::kAborted, "stopped"}; }

 private:
  Pacer pacer_;
  ScrubObserver* observer_;
};

}  // namespace reel

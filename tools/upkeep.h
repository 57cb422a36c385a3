// What a process does for its store beside serving it.
#pragma once

#include <reel/background_scrub.h>
#include <reel/status.h>
#include <reel/store.h>
#include <reel/sweeper.h>

#include <functional>
#include <optional>

#include "tools/flags.h"

namespace reel::cli {

/// kInvalidArgument where --scrub-rate stands without --scrub-every.
Status CheckUpkeep(const CommandLine& line);

/// Removes what expires, and scrubs as --scrub-every and --scrub-rate say, until it is destroyed:
/// the process may last for years. Findings go to where reports go.
class Upkeep {
 public:
  /// `store` outlives it. `report` is told of failures.
  Upkeep(Store* store, const CommandLine& line, const std::function<void(const Status&)>& report);

 private:
  Sweeper sweeper_;
  std::optional<BackgroundScrub> scrub_;
};

}  // namespace reel::cli

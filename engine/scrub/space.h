// What the bytes of a store's directory are.
#pragma once

#include <reel/scrub.h>
#include <reel/status.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "scrub/state.h"
#include "storage/database.h"

namespace reel {

/// What a scrub knows that the rows do not tell.
struct SpaceQuestion {
  int64_t started = 0;
  std::optional<int64_t> since_s;
  /// Extents from here on came after the scrub began.
  uint64_t newest_extent = 0;
};

struct SpaceReport {
  ScrubAccounts accounts;
  std::vector<ScrubFinding> findings;
};

Result<SpaceReport> AccountForSpace(const Database& database, const ScrubState& state,
                                    const SpaceQuestion& question);

}  // namespace reel

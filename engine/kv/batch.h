// What a batch of mutations does, worked out before anything is written. Pure: every implementation
// of a namespace applies batches by the same rules.
#pragma once

#include <reel/kv.h>
#include <reel/status.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "kv/publication.h"

namespace reel {

struct BatchPlan {
  /// Base entries that go, with all their parts, before anything else is written.
  std::set<std::string> removed;
  struct Put {
    size_t mutation = 0;
    Publication publication;
  };
  std::vector<Put> puts;
  /// Mutations that are updates of living entries.
  std::vector<size_t> updates;
};

/// Checks every limit and condition against the entries as they are. Errors as KvNamespace::Apply.
Result<BatchPlan> PlanBatch(std::span<const Mutation> batch, const EntryLookup& lookup,
                            int64_t now);

}  // namespace reel

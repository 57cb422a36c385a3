// What a relabelling does, worked out before anything is written. Pure: every implementation of a
// namespace relabels by the same rules.
#pragma once

#include <reel/kv.h>
#include <reel/status.h>

#include <cstdint>
#include <string>
#include <vector>

#include "kv/publication.h"

namespace reel {

struct RelabelPlan {
  /// The base entry as it is.
  Entry before;
  /// Base entries that go, with all their parts, before anything else is written; not `before`.
  std::vector<std::string> displaced;
  /// All parts as they will be, whose values are those that `before` and its chunks have.
  Publication after;
};

/// Checks every limit and condition against the entries as they are. Errors as
/// KvNamespace::Relabel.
Result<RelabelPlan> PlanRelabel(const Relabeling& relabeling, const EntryLookup& lookup,
                                int64_t now);

}  // namespace reel

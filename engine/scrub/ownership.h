// Whether every page belongs to one record, or is listed as garbage (I4).
#pragma once

#include <reel/scrub.h>
#include <reel/status.h>

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "storage/database.h"

namespace reel {

/// An extent that breaks I4.
struct StrayExtent {
  uint64_t extent = 0;
  /// Of those that claim it: two keys or more, or none.
  std::vector<std::string> owners;
  /// A table file with pages of it, in the store's directory; empty where it has none of its own.
  std::string file;
};

struct Ownership {
  std::vector<StrayExtent> strays;
  /// False where a record cannot be read: then nobody can say of pages that they are nobody's, and
  /// no such extent is among `strays`.
  bool complete = true;
};

/// Compares the extents that have pages with those that records and garbage name. Extents from
/// `newest` on are left out: they came after the check began. `go_on` is asked now and then; false
/// stops it. kAborted. What it finds it has found
/// twice, at two moments. Memory: 32 MiB, and what is found.
Result<Ownership> FindStrayExtents(const Database& database, uint64_t newest,
                                   const std::function<bool()>& go_on);

}  // namespace reel

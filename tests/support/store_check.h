// Whether a store is whole.
#pragma once

#include <reel/store.h>

#include <cstdint>
#include <string>
#include <vector>

namespace reel::test {

struct RowCheck {
  /// A line each.
  std::vector<std::string> findings;
  /// Of all table files.
  uint64_t table_bytes = 0;
};

/// Waits until the store has merged what it wants to, and looks at every row: pages and extents
/// that nobody owns or that are missing (I3, I4), tag and expiry rows that do not mirror the
/// records (I6), garbage that does not go, table files larger than what is in them. Values are not
/// read. REQUIRES: nobody writes, and there are no readers.
RowCheck CheckRows(Store* store);

/// What is left in the directory of a store that was closed after CheckRows, and is no part of it.
std::vector<std::string> CheckFiles(const std::string& path, uint64_t table_bytes);

}  // namespace reel::test

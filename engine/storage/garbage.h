// The family `garbage`: extents that no record owns any more, or does not own yet (I4).
#pragma once

#include <reel/status.h>

#include <cstdint>
#include <vector>

#include "format/page_run.h"
#include "storage/database.h"

namespace reel {

/// All pages of one extent, on their way out.
struct Garbage {
  PageFamily family = PageFamily::kBulk;
  uint64_t extent = 0;
  /// Of a small extent: how many pages it may have.
  uint32_t page_count = 0;
  /// Of the values in it; 0 while that is not known.
  uint64_t bytes = 0;
};

/// Adds the row that lists `garbage`.
void ListGarbage(const Garbage& garbage, RowBatch* batch);

/// Adds the removal of that row.
void UnlistGarbage(uint64_t extent, RowBatch* batch);

/// Adds the removal of that row and of what scrubs have noted: the extent is gone.
void ForgetExtent(uint64_t extent, RowBatch* batch);

/// What the rows list. kCorruption where one is damaged.
Result<std::vector<Garbage>> ListedGarbage(const Database& database);
Result<std::vector<Garbage>> ListedGarbage(const RowSnapshot& rows);

}  // namespace reel

// Pages that were damaged and have been given back. Table files are never rewritten for a repair: a
// repaired page is a row of Family::kSmallPages, whichever family the damaged one is of, and
// readers look for it when that one fails.
#pragma once

#include <reel/status.h>

#include <cstdint>
#include <string_view>

#include "storage/database.h"
#include "storage/extent_reader.h"

namespace reel {

/// Adds to `batch` a row for each page that `reader` cannot read from its table file, out of
/// `bytes`, which belong at `offset` of its run; of pages that are rows, for each. kUnsupported
/// when a page of a table file fits its checksum but holds other bytes: no reader would look for
/// another. REQUIRES: the range begins with a page and ends with one.
Status StageRepairs(const ExtentReader& reader, uint64_t offset, std::string_view bytes,
                    RowBatch* batch);

/// Adds the removal of an extent's rows of Family::kSmallPages; how many bytes they hold.
Result<uint64_t> RemoveRepairs(const Database& database, uint64_t extent, RowBatch* batch);

}  // namespace reel

// A page's row: the page as it is stored, and its checksum (docs/format.md).
#pragma once

#include <reel/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "format/page_run.h"
#include "storage/database.h"

namespace reel {

/// Where the rows of a run are.
Family FamilyOf(PageFamily family);

/// The page's bytes of the value, verified at its position (I2): in `row`, or in memory of `out`
/// where they had to be decompressed. Nothing where the row is damaged. `run_bytes`: how many the
/// run holds.
std::optional<std::string_view> DecodePageRow(const PageRun& run, uint64_t run_bytes, uint32_t page,
                                              std::string_view row, BorrowedBytes* out);

}  // namespace reel

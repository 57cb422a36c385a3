// The rows of an entry, and of its video's parts, in all families: the `tags` and `expiry` families
// mirror the base entries' records (I6).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "format/record.h"
#include "kv/publication.h"
#include "storage/database.h"
#include "storage/reclaim.h"

namespace reel {

/// Where a publication's bytes lie: those of the base entry, and those of all chunks end to end.
struct Placement {
  ValuePlace base;
  PageRun body;
};

/// Adds the rows of all parts of `publication`.
void AddRows(uint32_t namespace_id, const Publication& publication, const Placement& placement,
             RowBatch* batch);

/// Adds the removal of a base entry's rows, with those of its chunks, and lists its pages.
void RemoveRows(uint32_t namespace_id, const Record& record, RowBatch* batch,
                std::vector<Garbage>* garbage);

/// The same, for a video whose pages stay.
void RemoveRowsOnly(uint32_t namespace_id, const Entry& base, RowBatch* batch);

/// Lists the pages of one value, if it has any of its own.
void AddValueGarbage(const Record& record, RowBatch* batch, std::vector<Garbage>* garbage);

/// Adds what brings the rows of one part from `before` to `after`, whose value is the same.
void ReplaceRows(uint32_t namespace_id, const Entry& before, const Record& after, RowBatch* batch);

}  // namespace reel

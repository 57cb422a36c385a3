// The index record: all that the store knows of one entry, and where its value lies.
#pragma once

#include <reel/kv.h>
#include <reel/status.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/page_run.h"

namespace reel {

struct Record {
  /// Everything but `key`, which is the row's.
  Entry entry;
  ValuePlace value;
  /// Of a manifest: the pages of all chunks end to end.
  PageRun body_run;
};

/// The extents that a base entry owns: that of its value, if it has one of its own, then that of
/// its chunks.
std::vector<uint64_t> ExtentsOf(const Record& base);

/// The record's bytes (docs/format.md), with a checksum seeded by the entry's key.
std::string EncodeRecord(const Record& record);

/// kCorruption when the checksum does not fit these bytes and this key, kUnsupported for a record
/// of a newer format.
Result<Record> DecodeRecord(std::string_view bytes, std::string_view kv_key);

/// What a walk over many records needs of each, taken without verifying it.
struct RecordHead {
  EntryKind kind = EntryKind::kSingle;
  uint64_t size = 0;
  /// 0: never.
  int64_t expires = 0;
};

/// Nothing when the bytes are too few. Listings pass over the chunks of long videos, and counts
/// over everything, faster than they could verify each record.
std::optional<RecordHead> PeekRecord(std::string_view bytes);

}  // namespace reel

// The index record: all that the store knows of one entry, and where its value lies.
#pragma once

#include <reel/kv.h>
#include <reel/status.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "format/page_run.h"

namespace reel {

struct Record {
  /// Everything but `key`, which is the row's.
  Entry entry;
  /// Seconds from publication to expiry, 0 for none: what a refresh of the expiry starts from.
  uint64_t ttl = 0;
  /// The value: its bytes, or its pages.
  std::variant<std::string, PageRun> value;
  /// Of a manifest: the pages of all chunks end to end.
  PageRun body_run;
};

/// The record's bytes (docs/format.md), with a checksum seeded by the entry's key.
std::string EncodeRecord(const Record& record);

/// kCorruption when the checksum does not fit these bytes and this key, kUnsupported for a record
/// of a newer format.
Result<Record> DecodeRecord(std::string_view bytes, std::string_view kv_key);

/// Whether these are the bytes of a chunk's record, by its kind alone: a listing passes over the
/// chunks of long videos faster than it could verify them.
bool IsChunkRecord(std::string_view bytes);

}  // namespace reel

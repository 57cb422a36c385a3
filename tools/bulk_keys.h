// The keys of a file for kv bulk get and kv bulk delete, and the whole value of one.
#pragma once

#include <reel/kv.h>
#include <reel/status.h>

#include <string>
#include <vector>

#include "tools/session.h"

namespace reel::cli {

/// The keys in the file `name` ("-" for standard input), each once. kIoError when it is no such
/// file.
Result<std::vector<std::string>> ReadBulkKeys(const Session& session, const std::string& name);

/// An entry with its value.
struct WholeEntry {
  Entry entry;
  std::string value;
};

/// kNotFound when the key is missing or expired. kAborted when interrupted.
Result<WholeEntry> ReadWhole(const Session& session, const KvNamespace& entries,
                             const std::string& key);

}  // namespace reel::cli

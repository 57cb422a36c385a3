#include "tools/bulk_keys.h"

#include <reel/bulk.h>

#include "tools/source.h"

namespace reel::cli {
namespace {

// Half a million of the longest keys.
constexpr size_t kTextBytesMax = 256U << 20;

}  // namespace

Result<std::vector<std::string>> ReadBulkKeys(const Session& session, const std::string& name) {
  const auto text = ReadSource(session, name, kTextBytesMax);
  if (!text.ok()) {
    return text.status();
  }
  auto keys = DecodeBulkKeys(*text);
  // Neither the command line nor a setting is wrong.
  return keys.ok() ? keys : Status(Code::kIoError, keys.status().message());
}

Result<WholeEntry> ReadWhole(const Session& session, const KvNamespace& entries,
                             const std::string& key) {
  if (session.Interrupted()) {
    return {Code::kAborted, "interrupted"};
  }
  const auto view = entries.Open(key);
  if (!view.ok()) {
    return view.status();
  }
  auto value = (*view)->ReadAll();
  if (!value.ok()) {
    return value.status();
  }
  return WholeEntry{(*view)->entry(), *std::move(value)};
}

}  // namespace reel::cli

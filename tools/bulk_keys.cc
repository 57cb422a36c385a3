#include "tools/bulk_keys.h"

#include <reel/bulk.h>

#include "tools/interrupt.h"
#include "tools/source.h"

namespace reel::cli {
namespace {

// Half a million of the longest keys.
constexpr size_t kTextBytesMax = 256U << 20;

}  // namespace

Result<std::vector<std::string>> ReadBulkKeys(const std::string& name) {
  auto source = Source::Open(name);
  if (!source.ok()) {
    return source.status();
  }
  const auto text = source->ReadAll(kTextBytesMax);
  if (!text.ok()) {
    return text.status();
  }
  auto keys = DecodeBulkKeys(*text);
  // Neither the command line nor a setting is wrong.
  return keys.ok() ? keys : Status(Code::kIoError, keys.status().message());
}

Result<WholeEntry> ReadWhole(const KvNamespace& entries, const std::string& key) {
  if (Interrupted()) {
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

// Fuzzes the files of bulk operations. An input is such a file, for `kv bulk put`, `get` or
// `delete`; it is also what metadata may be.
#include <reel/bulk.h>

#include <algorithm>
#include <random>

#include "base/limits.h"
#include "format/kv_key.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/require.h"

namespace reel {
namespace {

// The file in pieces: its entries up to the first error, and how it ends.
Status ReadInPieces(std::string_view text, size_t element_bytes_max,
                    std::vector<BulkEntry>* entries) {
  std::minstd_rand random(static_cast<unsigned>(text.size()));
  BulkReader reader(element_bytes_max);
  while (!text.empty()) {
    const size_t piece = std::min<size_t>(1 + random() % 40, text.size());
    reader.Append(text.substr(0, piece));
    text.remove_prefix(piece);
    while (true) {
      auto entry = reader.Next();
      if (!entry.ok()) {
        REEL_REQUIRE(reader.Next().status().message() == entry.status().message());
        return entry.status();
      }
      if (!*entry) {
        break;
      }
      entries->push_back(**std::move(entry));
    }
  }
  return reader.Finish();
}

void CheckPieces(std::string_view text, const Result<std::vector<BulkEntry>>& whole) {
  std::vector<BulkEntry> entries;
  const Status status = ReadInPieces(text, kBulkElementBytesMax, &entries);
  REEL_REQUIRE(status.code() == whole.code() && status.message() == whole.status().message());
  REEL_REQUIRE(!whole.ok() || *whole == entries);
  // With less room, the same entries up to the first that is too long.
  constexpr size_t kFewBytes = 60;
  std::vector<BulkEntry> fewer;
  const Status limited = ReadInPieces(text, kFewBytes, &fewer);
  REEL_REQUIRE(fewer.size() <= entries.size());
  REEL_REQUIRE(std::equal(fewer.begin(), fewer.end(), entries.begin()));
  REEL_REQUIRE(limited.code() == Code::kTooLarge || limited.message() == status.message());
}

void CheckEntry(const BulkEntry& entry) {
  REEL_REQUIRE(ValidateKey(entry.key).ok() && entry.value.size() <= kValueBytesMax);
  REEL_REQUIRE(entry.metadata.size() <= kMetadataBytesMax);
  REEL_REQUIRE(!entry.expiration_ttl || ValidateTtl(*entry.expiration_ttl).ok());
  REEL_REQUIRE(!entry.expiration || *entry.expiration > 0);
  const Mutation put = ToMutation(entry);
  for (const std::string& tag : put.attributes.tags) {
    REEL_REQUIRE(ValidateTag(tag).ok());
    REEL_REQUIRE(std::count(put.attributes.tags.begin(), put.attributes.tags.end(), tag) == 1);
  }
  REEL_REQUIRE(put.key == entry.key && put.value == entry.value);
}

// What was read is written, read again, and the same.
void CheckEntries(std::vector<BulkEntry> entries) {
  std::string file = "[";
  std::string rows = "[";
  std::vector<std::string> keys;
  for (BulkEntry& entry : entries) {
    CheckEntry(entry);
    entry.ignored_fields.clear();
    const auto element = EncodeBulkEntry(entry);
    REEL_REQUIRE(element.ok() && element->find('\n') == std::string::npos);
    file += (file.size() > 1 ? "," : "") + *element;
    Entry row;
    row.key = entry.key;
    row.metadata = entry.metadata;
    row.expires = entry.expiration;
    rows += (rows.size() > 1 ? "," : "") + EncodeKeyRow(row);
    keys.push_back(entry.key);
  }
  const auto again = DecodeBulkEntries(file + "]");
  REEL_REQUIRE(again.ok() && *again == entries);
  const auto names = DecodeBulkKeys(rows + "]");
  REEL_REQUIRE(names.ok() && *names == keys);
}

void CheckRefused(const Status& status) {
  REEL_REQUIRE(status.code() == Code::kInvalidArgument || status.code() == Code::kTooLarge);
  REEL_REQUIRE(status.message().find('\n') == std::string::npos);
}

void CheckKeys(std::string_view text) {
  const auto keys = DecodeBulkKeys(text);
  if (!keys.ok()) {
    CheckRefused(keys.status());
    return;
  }
  std::vector<std::string> sorted = *keys;
  std::sort(sorted.begin(), sorted.end());
  REEL_REQUIRE(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
  for (const std::string& key : *keys) {
    REEL_REQUIRE(ValidateKey(key).ok());
  }
}

void CheckMetadata(std::string_view text) {
  const auto metadata = ParseMetadata(text);
  if (!metadata.ok()) {
    CheckRefused(metadata.status());
    return;
  }
  REEL_REQUIRE(metadata->size() <= kMetadataBytesMax);
  const auto again = ParseMetadata(*metadata);
  REEL_REQUIRE(again.ok() && *again == *metadata);
}

void Check(std::string_view text) {
  auto entries = DecodeBulkEntries(text);
  CheckPieces(text, entries);
  if (entries.ok()) {
    CheckEntries(*std::move(entries));
  } else {
    CheckRefused(entries.status());
  }
  CheckKeys(text);
  CheckMetadata(text);
}

}  // namespace
}  // namespace reel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  reel::Check(reel::FuzzInput(data, size).rest());
  return 0;
}

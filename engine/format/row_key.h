// Keys of the store's rows (docs/format.md). Integers are big-endian, so that rows sort by them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reel {

std::string IndexRowKey(uint32_t namespace_id, std::string_view kv_key);
std::string PageRowKey(uint64_t extent, uint32_t page);
std::string TagRowKey(uint32_t namespace_id, std::string_view tag, std::string_view kv_key);
std::string ExpiryRowKey(int64_t expires, uint32_t namespace_id, std::string_view kv_key);
std::string GarbageRowKey(uint64_t extent);
/// When an extent was last verified: in the family `scrub`.
std::string VerifiedRowKey(uint64_t extent);
std::string NamespaceRowKey(std::string_view name);

inline constexpr size_t kPageRowKeyBytes = 12;
struct PageRow {
  uint64_t extent = 0;
  uint32_t page = 0;
};
/// What a page's row key says. REQUIRES: `row_key` was made by PageRowKey.
PageRow ParsePageRowKey(std::string_view row_key);

struct ExpiryRow {
  int64_t expires = 0;
  uint32_t namespace_id = 0;
  std::string_view kv_key;
};
/// What an expiry row says. REQUIRES: `row_key` was made by ExpiryRowKey.
ExpiryRow ParseExpiryRowKey(std::string_view row_key);

struct TagRow {
  uint32_t namespace_id = 0;
  std::string_view tag;
  std::string_view kv_key;
};
/// What a tag's row says; nothing where it is none.
std::optional<TagRow> ParseTagRowKey(std::string_view row_key);

/// The namespace of an index row. REQUIRES: as KvKeyOfIndexRow.
uint32_t NamespaceOfIndexRow(std::string_view row_key);

/// The KV key of an index row. REQUIRES: `row_key` was made by IndexRowKey.
std::string_view KvKeyOfIndexRow(std::string_view row_key);

}  // namespace reel

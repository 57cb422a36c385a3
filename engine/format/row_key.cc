#include "format/row_key.h"

#include "base/coding.h"

namespace reel {

std::string IndexRowKey(uint32_t namespace_id, std::string_view kv_key) {
  std::string row;
  row.reserve(sizeof(namespace_id) + kv_key.size());
  PutBigEndian32(&row, namespace_id);
  row += kv_key;
  return row;
}

std::string PageRowKey(uint64_t extent, uint32_t page) {
  std::string row;
  PutBigEndian64(&row, extent);
  PutBigEndian32(&row, page);
  return row;
}

std::string TagRowKey(uint32_t namespace_id, std::string_view tag, std::string_view kv_key) {
  std::string row;
  PutBigEndian32(&row, namespace_id);
  row += tag;
  row.push_back('\0');
  row += kv_key;
  return row;
}

std::string ExpiryRowKey(int64_t expires, uint32_t namespace_id, std::string_view kv_key) {
  std::string row;
  PutBigEndian64(&row, static_cast<uint64_t>(expires));
  PutBigEndian32(&row, namespace_id);
  row += kv_key;
  return row;
}

std::string GarbageRowKey(uint64_t extent) {
  std::string row;
  PutBigEndian64(&row, extent);
  return row;
}

std::string VerifiedRowKey(uint64_t extent) {
  std::string row = "verified/";
  PutBigEndian64(&row, extent);
  return row;
}

std::string NamespaceRowKey(std::string_view name) {
  return "namespace/" + std::string(name);
}

PageRow ParsePageRowKey(std::string_view row_key) {
  return {ReadBigEndian64(row_key.data()), ReadBigEndian32(row_key.data() + sizeof(uint64_t))};
}

ExpiryRow ParseExpiryRowKey(std::string_view row_key) {
  ExpiryRow row;
  row.expires = static_cast<int64_t>(ReadBigEndian64(row_key.data()));
  row.namespace_id = ReadBigEndian32(row_key.data() + sizeof(row.expires));
  row.kv_key = row_key.substr(sizeof(row.expires) + sizeof(row.namespace_id));
  return row;
}

std::optional<TagRow> ParseTagRowKey(std::string_view row_key) {
  const size_t end = row_key.find('\0', sizeof(uint32_t));
  if (row_key.size() < sizeof(uint32_t) || end == std::string_view::npos) {
    return std::nullopt;
  }
  return TagRow{ReadBigEndian32(row_key.data()),
                row_key.substr(sizeof(uint32_t), end - sizeof(uint32_t)), row_key.substr(end + 1)};
}

uint32_t NamespaceOfIndexRow(std::string_view row_key) {
  return ReadBigEndian32(row_key.data());
}

std::string_view KvKeyOfIndexRow(std::string_view row_key) {
  return row_key.substr(sizeof(uint32_t));
}

}  // namespace reel

#include <reel/bulk.h>
#include <reel/json.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/hash.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "format/base64.h"
#include "format/element_scanner.h"
#include "format/json.h"
#include "format/kv_key.h"

namespace reel {
namespace {

// Tells keys that repeat. Keys are not kept: for the 128 bits of two to be the same takes intent,
// and then a sound file is refused.
class SeenKeys {
 public:
  /// False when `key` was added before.
  bool Add(std::string_view key) { return hashes_.insert(HashWhole(key)).second; }

 private:
  struct Low {
    size_t operator()(const Hash128& hash) const { return hash.low; }
  };
  std::unordered_set<Hash128, Low> hashes_;
};

Status Refuse(std::string_view field, const JsonValue& value, std::string_view allowed) {
  return {Code::kInvalidArgument, std::string(field) + " is " + QuoteJson(value) +
                                      " (allowed: " + std::string(allowed) + ")"};
}

std::string EntryName(uint64_t number) {
  return "entry " + std::to_string(number);
}

Result<JsonValue> ParseElement(const ElementScanner::Element& element) {
  // Metadata may be nested as deep inside of an element as it may alone.
  JsonBounds bounds{.line = element.line, .column = element.column};
  ++bounds.depth_max;
  return ParseJson(element.text, bounds);
}

Result<std::string> CheckMetadata(const JsonValue& metadata) {
  std::string text = EncodeJson(metadata);
  if (text.size() > kMetadataBytesMax) {
    return {Code::kTooLarge, "the metadata has " + std::to_string(text.size()) +
                                 " bytes of JSON (allowed: at most 1024)"};
  }
  return text;
}

// The fields of an element of a put file, as they came.
struct Fields {
  JsonValue* key = nullptr;
  JsonValue* value = nullptr;
  JsonValue* base64 = nullptr;
  JsonValue* expiration = nullptr;
  JsonValue* expiration_ttl = nullptr;
  JsonValue* metadata = nullptr;
  std::vector<std::string> ignored;
};

Result<Fields> SortFields(JsonValue* element) {
  struct Known {
    std::string_view name;
    JsonValue* Fields::*field;
  };
  static constexpr std::array kKnown = {
      Known{"key", &Fields::key},
      Known{"value", &Fields::value},
      Known{"base64", &Fields::base64},
      Known{"expiration", &Fields::expiration},
      Known{"expiration_ttl", &Fields::expiration_ttl},
      Known{"metadata", &Fields::metadata},
  };
  Fields fields;
  for (size_t i = 0; i < element->names.size(); ++i) {
    const auto known = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& candidate) {
      return candidate.name == element->names[i];
    });
    if (known == kKnown.end()) {
      fields.ignored.push_back(std::move(element->names[i]));
      continue;
    }
    JsonValue*& field = fields.*known->field;
    if (field != nullptr) {
      return {Code::kInvalidArgument, std::string(known->name) + " stands twice (give it once)"};
    }
    field = &element->items[i];
  }
  return fields;
}

Result<std::string> DecodeValue(const Fields& fields) {
  if (fields.value == nullptr) {
    return {Code::kInvalidArgument, "value is missing (allowed: text)"};
  }
  if (fields.value->kind != JsonValue::Kind::kText) {
    return Refuse("value", *fields.value, "text, in base64 with \"base64\":true");
  }
  if (fields.base64 != nullptr && fields.base64->kind != JsonValue::Kind::kBool) {
    return Refuse("base64", *fields.base64, "true or false");
  }
  std::string value = std::move(fields.value->text);
  if (fields.base64 != nullptr && fields.base64->boolean) {
    auto bytes = DecodeBase64(value);
    if (!bytes) {
      return {Code::kInvalidArgument,
              "value is no base64: " + QuoteJson(value) +
                  " (allowed: A-Z a-z 0-9 + /, padded with =, without white space)"};
    }
    value = *std::move(bytes);
  }
  if (value.size() > kValueBytesMax) {
    return {Code::kTooLarge, "value has " + std::to_string(value.size()) +
                                 " bytes (allowed: at most 26214400; store it as a video)"};
  }
  return value;
}

Status DecodeTimes(const Fields& fields, BulkEntry* entry) {
  if (fields.expiration != nullptr) {
    entry->expiration = ExactInteger(*fields.expiration);
    if (!entry->expiration || *entry->expiration < 1) {
      return Refuse("expiration", *fields.expiration, "an integer, seconds since the epoch");
    }
  }
  if (fields.expiration_ttl != nullptr) {
    entry->expiration_ttl = ExactInteger(*fields.expiration_ttl);
    if (!entry->expiration_ttl || !ValidateTtl(*entry->expiration_ttl).ok()) {
      return Refuse("expiration_ttl", *fields.expiration_ttl,
                    "an integer, seconds from 60 to 1099511627776");
    }
  }
  return Status::Ok();
}

// All of an entry but its key.
Status DecodeRest(Fields* fields, BulkEntry* entry) {
  auto value = DecodeValue(*fields);
  REEL_RETURN_IF_ERROR(value.status());
  entry->value = *std::move(value);
  REEL_RETURN_IF_ERROR(DecodeTimes(*fields, entry));
  if (fields->metadata != nullptr) {
    auto metadata = CheckMetadata(*fields->metadata);
    REEL_RETURN_IF_ERROR(metadata.status());
    entry->metadata = *std::move(metadata);
  }
  entry->ignored_fields = std::move(fields->ignored);
  return Status::Ok();
}

Result<BulkEntry> DecodeEntry(const ElementScanner::Element& element) {
  auto parsed = ParseElement(element);
  REEL_RETURN_IF_ERROR(parsed.status());
  if (parsed->kind != JsonValue::Kind::kObject) {
    return Refuse("it", *parsed, "an object with key and value");
  }
  auto fields = SortFields(&*parsed);
  REEL_RETURN_IF_ERROR(fields.status());
  if (fields->key == nullptr) {
    return {Code::kInvalidArgument, "key is missing (allowed: text of 1 to 512 bytes)"};
  }
  if (fields->key->kind != JsonValue::Kind::kText) {
    return Refuse("key", *fields->key, "text of 1 to 512 bytes");
  }
  BulkEntry entry;
  entry.key = std::move(fields->key->text);
  Status status = ValidateKey(entry.key);
  if (status.ok()) {
    status = DecodeRest(&*fields, &entry);
  }
  if (!status.ok()) {
    return status.WithContext("key " + QuoteJson(entry.key));
  }
  return entry;
}

Result<std::string> DecodeKey(const ElementScanner::Element& element) {
  auto parsed = ParseElement(element);
  REEL_RETURN_IF_ERROR(parsed.status());
  JsonValue* name = &*parsed;
  if (parsed->kind == JsonValue::Kind::kObject) {
    const auto found = std::find(parsed->names.begin(), parsed->names.end(), "name");
    if (found == parsed->names.end()) {
      return {Code::kInvalidArgument, "name is missing (allowed: a key, or an object with name)"};
    }
    if (std::find(found + 1, parsed->names.end(), "name") != parsed->names.end()) {
      return {Code::kInvalidArgument, "name stands twice (give it once)"};
    }
    name = &parsed->items[static_cast<size_t>(found - parsed->names.begin())];
  }
  if (name->kind != JsonValue::Kind::kText) {
    return Refuse("name", *name, "text of 1 to 512 bytes");
  }
  REEL_RETURN_IF_ERROR(ValidateKey(name->text).WithContext(QuoteJson(name->text)));
  return std::move(name->text);
}

// Whether JSON's escapes leave `text` at most as long as base64 would make it.
bool IsShortAsText(std::string_view text) {
  const size_t base64_bytes = (text.size() + 2) / 3 * 4;
  size_t escaped_bytes = 0;
  for (const char c : text) {
    if (c == '"' || c == '\\' || (c >= '\b' && c <= '\r' && c != '\v')) {
      escaped_bytes += 2;
    } else {
      escaped_bytes += static_cast<unsigned char>(c) < 0x20 ? 6 : 1;
    }
  }
  return escaped_bytes <= base64_bytes;
}

}  // namespace

struct BulkReader::State {
  ElementScanner scanner;
  Repeats repeats;
  SeenKeys seen;
  /// The first error.
  Status status;

  Result<std::optional<BulkEntry>> Next() {
    const auto element = scanner.Next();
    REEL_RETURN_IF_ERROR(element.status());
    if (!*element) {
      return std::optional<BulkEntry>();
    }
    const std::string name = EntryName((*element)->number);
    auto entry = DecodeEntry(**element);
    if (!entry.ok()) {
      return entry.status().WithContext(name);
    }
    if (repeats == Repeats::kRefused && !seen.Add(entry->key)) {
      return {Code::kInvalidArgument,
              name + ": key " + QuoteJson(entry->key) + " stood in the file before (give it once)"};
    }
    return std::optional(*std::move(entry));
  }
};

BulkReader::BulkReader(size_t element_bytes_max, Repeats repeats)
    : state_(new State{ElementScanner(element_bytes_max), repeats, {}, {}}) {}

BulkReader::~BulkReader() = default;

void BulkReader::Append(std::string_view bytes) {
  state_->scanner.Append(bytes);
}

Result<std::optional<BulkEntry>> BulkReader::Next() {
  REEL_RETURN_IF_ERROR(state_->status);
  auto next = state_->Next();
  state_->status = next.status();
  return next;
}

Status BulkReader::Finish() {
  REEL_RETURN_IF_ERROR(state_->status);
  return state_->scanner.Finish();
}

Result<std::vector<BulkEntry>> DecodeBulkEntries(std::string_view text) {
  BulkReader reader;
  reader.Append(text);
  std::vector<BulkEntry> entries;
  while (true) {
    auto entry = reader.Next();
    REEL_RETURN_IF_ERROR(entry.status());
    if (!*entry) {
      break;
    }
    entries.push_back(**std::move(entry));
  }
  REEL_RETURN_IF_ERROR(reader.Finish());
  return entries;
}

Result<std::vector<std::string>> DecodeBulkKeys(std::string_view text) {
  ElementScanner scanner(kBulkElementBytesMax);
  scanner.Append(text);
  SeenKeys seen;
  std::vector<std::string> keys;
  while (true) {
    const auto element = scanner.Next();
    REEL_RETURN_IF_ERROR(element.status());
    if (!*element) {
      break;
    }
    auto key = DecodeKey(**element);
    if (!key.ok()) {
      return key.status().WithContext(EntryName((*element)->number));
    }
    if (seen.Add(*key)) {
      keys.push_back(*std::move(key));
    }
  }
  REEL_RETURN_IF_ERROR(scanner.Finish());
  return keys;
}

Mutation ToMutation(BulkEntry entry) {
  Mutation put;
  put.key = std::move(entry.key);
  put.value = std::move(entry.value);
  put.attributes.tags = MetadataTags(entry.metadata);
  put.attributes.metadata = std::move(entry.metadata);
  put.attributes.ttl = entry.expiration_ttl;
  put.attributes.expiration = entry.expiration;
  return put;
}

std::vector<std::string> MetadataTags(std::string_view metadata) {
  std::vector<std::string> tags;
  for (std::string& tag : DecodePartMetadata(metadata).tags) {
    if (ValidateTag(tag).ok() && std::find(tags.begin(), tags.end(), tag) == tags.end()) {
      tags.push_back(std::move(tag));
    }
  }
  return tags;
}

Result<std::string> EncodeBulkEntry(const BulkEntry& entry) {
  if (!IsValidUtf8(entry.key)) {
    return {Code::kInvalidArgument,
            "the key " + QuoteJson(entry.key) + " is not UTF-8 (leave it out)"};
  }
  JsonObject object;
  object.Add("key", entry.key);
  if (IsValidUtf8(entry.value) && IsShortAsText(entry.value)) {
    object.Add("value", entry.value);
  } else {
    object.AddRaw("value", '"' + EncodeBase64(entry.value) + '"').Add("base64", true);
  }
  if (entry.expiration) {
    object.Add("expiration", entry.expiration);
  }
  if (entry.expiration_ttl) {
    object.Add("expiration_ttl", entry.expiration_ttl);
  }
  if (!entry.metadata.empty()) {
    auto metadata = ParseMetadata(entry.metadata);
    if (!metadata.ok()) {
      return metadata.status().WithContext("key " + QuoteJson(entry.key));
    }
    object.AddRaw("metadata", *metadata);
  }
  return object.ToString();
}

std::string EncodeKeyRow(const Entry& entry) {
  JsonObject object;
  object.Add("name", entry.key);
  if (entry.expires) {
    object.Add("expiration", entry.expires);
  }
  if (!entry.metadata.empty()) {
    const auto metadata = ParseJson(entry.metadata);
    object.AddRaw("metadata",
                  metadata.ok() ? EncodeJson(*metadata) : EncodeJsonText(entry.metadata));
  }
  return object.ToString();
}

Result<std::string> ParseMetadata(std::string_view text) {
  const auto metadata = ParseJson(text);
  if (!metadata.ok()) {
    return metadata.status().WithContext("the metadata");
  }
  return CheckMetadata(*metadata);
}

}  // namespace reel

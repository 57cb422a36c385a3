#include "format/json.h"

#include <reel/json.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

namespace reel {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<uint64_t> FindNumber(const Json& json, const char* name) {
  const auto field = json.find(name);
  if (field == json.end() || !field->is_number_unsigned()) {
    return std::nullopt;
  }
  return field->get<uint64_t>();
}

Status NoManifest(std::string_view why) {
  return {Code::kCorruption, "the manifest " + std::string(why) + " (store this video again)"};
}

Status CheckSizes(const Manifest& manifest) {
  if (manifest.standard_chunk_size == 0 || manifest.chunk_sizes.empty()) {
    return NoManifest("names no chunks");
  }
  uint64_t sum = 0;
  for (size_t i = 0; i < manifest.chunk_sizes.size(); ++i) {
    const uint64_t size = manifest.chunk_sizes[i];
    const bool last = i + 1 == manifest.chunk_sizes.size();
    if (size == 0 || size > manifest.standard_chunk_size ||
        (!last && size != manifest.standard_chunk_size)) {
      return NoManifest("gives chunk " + std::to_string(i) + " " + std::to_string(size) +
                        " bytes, but chunks have " + std::to_string(manifest.standard_chunk_size));
    }
    if (size > UINT64_MAX - sum) {
      return NoManifest("has more bytes than can be counted");
    }
    sum += size;
  }
  if (sum != manifest.total_size) {
    return NoManifest("has chunks of " + std::to_string(sum) + " bytes for a video of " +
                      std::to_string(manifest.total_size));
  }
  return Status::Ok();
}

// Builds a JsonValue from the library's events. Its parser does not recurse, and the depth that is
// allowed here bounds what the tree's destructor does.
class TreeBuilder : public nlohmann::json_sax<Json> {
 public:
  explicit TreeBuilder(const JsonBounds& bounds) : bounds_(bounds) {}

  bool null() override { return Add(JsonValue::Kind::kNull) != nullptr; }
  bool boolean(bool value) override {
    JsonValue* added = Add(JsonValue::Kind::kBool);
    if (added != nullptr) {
      added->boolean = value;
    }
    return added != nullptr;
  }
  bool number_integer(number_integer_t value) override { return AddNumber(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override {
    return AddNumber(std::to_string(value));
  }
  bool number_float(number_float_t /*value*/, const string_t& written) override {
    std::string number = written;
    // The library puts the locale's decimal point.
    std::replace(number.begin(), number.end(), ',', '.');
    return AddNumber(std::move(number));
  }
  bool string(string_t& value) override {
    return Add(JsonValue::Kind::kText, std::move(value)) != nullptr;
  }
  bool binary(binary_t& /*value*/) override { return false; }

  bool start_object(size_t /*elements*/) override { return Open(JsonValue::Kind::kObject); }
  bool key(string_t& name) override {
    open_.back()->names.push_back(std::move(name));
    return true;
  }
  bool end_object() override { return Close(); }
  bool start_array(size_t /*elements*/) override { return Open(JsonValue::Kind::kArray); }
  bool end_array() override { return Close(); }

  bool parse_error(size_t position, const std::string& /*token*/,
                   const Json::exception& error) override {
    position_ = position;
    // Between the library's own place and what it read last, which may be long and anything.
    std::string_view what = error.what();
    what = what.substr(0, what.find("; last read"));
    const size_t colon = what.find(": ");
    const size_t bracket = what.find("] ");
    const size_t from = colon != what.npos ? colon : bracket;
    constexpr size_t kWhyBytesMax = 160;
    why_ = from == what.npos ? "syntax error" : what.substr(from + 2, kWhyBytesMax);
    return false;
  }

  [[nodiscard]] const std::string& why() const { return why_; }
  /// Of the byte that was wrong, from 1; unset where the bounds were exceeded.
  [[nodiscard]] std::optional<size_t> position() const { return position_; }
  JsonValue& root() { return root_; }

  /// The names of the objects that are open, joined by dots.
  [[nodiscard]] std::string Path() const {
    std::string path;
    for (const JsonValue* value : open_) {
      if (value->kind == JsonValue::Kind::kObject && !value->names.empty()) {
        path += path.empty() ? "" : ".";
        path += value->names.back();
      }
    }
    return path;
  }

 private:
  JsonValue* Add(JsonValue::Kind kind, std::string text = "") {
    if (++values_ > bounds_.values_max) {
      why_ = "more than " + std::to_string(bounds_.values_max) + " values";
      return nullptr;
    }
    // Parents do not grow while a child is open, so pointers to it hold.
    JsonValue* value = open_.empty() ? &root_ : &open_.back()->items.emplace_back();
    value->kind = kind;
    value->text = std::move(text);
    return value;
  }

  bool AddNumber(std::string written) {
    return Add(JsonValue::Kind::kNumber, std::move(written)) != nullptr;
  }

  bool Open(JsonValue::Kind kind) {
    if (open_.size() == bounds_.depth_max) {
      why_ = "nested more than " + std::to_string(bounds_.depth_max) + " deep";
      return false;
    }
    JsonValue* added = Add(kind);
    if (added != nullptr) {
      open_.push_back(added);
    }
    return added != nullptr;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  JsonBounds bounds_;
  JsonValue root_;
  std::vector<JsonValue*> open_;
  uint32_t values_ = 0;
  std::optional<size_t> position_;
  std::string why_;
};

Status BadJson(std::string_view text, const JsonBounds& bounds, std::optional<size_t> position,
               const std::string& why, const std::string& path) {
  std::string where;
  if (position) {
    const std::string_view before =
        text.substr(0, std::min(std::max<size_t>(*position, 1) - 1, text.size()));
    const size_t line_end = before.rfind('\n');
    const uint64_t line = bounds.line + std::count(before.begin(), before.end(), '\n');
    const uint64_t column =
        line_end == before.npos ? bounds.column + before.size() : before.size() - line_end;
    where = " at line " + std::to_string(line) + ", column " + std::to_string(column);
  }
  if (!path.empty()) {
    where += ", in " + QuoteJson(path);
  }
  return {Code::kInvalidArgument, "bad JSON" + where + ": " + why + " (correct the text)"};
}

// Cut where no character is torn apart.
std::string CutForMessage(std::string text) {
  constexpr size_t kShownBytesMax = 80;
  if (text.size() > kShownBytesMax) {
    size_t end = kShownBytesMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) {
      --end;
    }
    text.resize(end);
    text += "...";
  }
  return text;
}

void AppendJson(const JsonValue& value, std::string* out) {
  switch (value.kind) {
    case JsonValue::Kind::kNull:
      *out += "null";
      return;
    case JsonValue::Kind::kBool:
      *out += value.boolean ? "true" : "false";
      return;
    case JsonValue::Kind::kNumber:
      *out += value.text;
      return;
    case JsonValue::Kind::kText:
      *out += EncodeJsonText(value.text);
      return;
    case JsonValue::Kind::kArray:
    case JsonValue::Kind::kObject:
      break;
  }
  const bool is_object = value.kind == JsonValue::Kind::kObject;
  *out += is_object ? '{' : '[';
  for (size_t i = 0; i < value.items.size(); ++i) {
    *out += i > 0 ? "," : "";
    if (is_object) {
      *out += EncodeJsonText(value.names[i]) + ":";
    }
    AppendJson(value.items[i], out);
  }
  *out += is_object ? '}' : ']';
}

// The field `name` of an object.
std::optional<Json> FindField(std::string_view text, std::string_view name) {
  // Where nothing is escaped, a name that does not stand there is no field. Listings ask this of
  // every row, and most are spared the parsing.
  if (text.find(name) == std::string_view::npos && text.find('\\') == std::string_view::npos) {
    return std::nullopt;
  }
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return std::nullopt;
  }
  const auto field = json.find(std::string(name));
  return field == json.end() ? std::nullopt : std::optional<Json>(std::move(*field));
}

}  // namespace

std::string EncodeManifest(const Manifest& manifest) {
  Json json;
  json["totalSize"] = manifest.total_size;
  json["chunkCount"] = manifest.chunk_sizes.size();
  json["actualChunkSizes"] = manifest.chunk_sizes;
  json["standardChunkSize"] = manifest.standard_chunk_size;
  json["originalContentType"] = manifest.content_type;
  return Dump(json);
}

Result<Manifest> DecodeManifest(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return NoManifest("is not a JSON object");
  }
  const auto total = FindNumber(json, "totalSize");
  const auto count = FindNumber(json, "chunkCount");
  const auto standard = FindNumber(json, "standardChunkSize");
  const auto sizes = json.find("actualChunkSizes");
  const auto type = json.find("originalContentType");
  if (!total || !count || !standard || sizes == json.end() || !sizes->is_array() ||
      type == json.end() || !type->is_string()) {
    return NoManifest("lacks a field");
  }
  Manifest manifest;
  manifest.total_size = *total;
  manifest.standard_chunk_size = *standard;
  manifest.content_type = type->get<std::string>();
  manifest.chunk_sizes.reserve(sizes->size());
  for (const Json& size : *sizes) {
    if (!size.is_number_unsigned()) {
      return NoManifest("holds a chunk size that is no number");
    }
    manifest.chunk_sizes.push_back(size.get<uint64_t>());
  }
  if (manifest.chunk_sizes.size() != *count) {
    return NoManifest("says " + std::to_string(*count) + " chunks and lists " +
                      std::to_string(manifest.chunk_sizes.size()));
  }
  REEL_RETURN_IF_ERROR(CheckSizes(manifest));
  return manifest;
}

std::string EncodeBaseMetadata(const BaseMetadata& metadata) {
  Json json = Json::object();
  if (!metadata.source_path.empty()) {
    json["sourcePath"] = metadata.source_path;
  }
  if (metadata.width) {
    json["width"] = *metadata.width;
  }
  if (metadata.height) {
    json["height"] = *metadata.height;
  }
  if (!metadata.format.empty()) {
    json["format"] = metadata.format;
  }
  json["cacheTags"] = metadata.tags;
  json["contentType"] = metadata.content_type;
  json["contentLength"] = metadata.content_length;
  if (metadata.chunked) {
    json["isChunked"] = true;
  }
  if (metadata.modified) {
    json["modified"] = *metadata.modified;
  }
  return Dump(json);
}

std::optional<std::string> FindTextField(std::string_view text, std::string_view name) {
  const auto field = FindField(text, name);
  return field && field->is_string() ? std::optional(field->get<std::string>()) : std::nullopt;
}

std::optional<int64_t> FindIntegerField(std::string_view text, std::string_view name) {
  const auto field = FindField(text, name);
  if (!field || !field->is_number_integer() ||
      (field->is_number_unsigned() &&
       field->get<uint64_t>() > std::numeric_limits<int64_t>::max())) {
    return std::nullopt;
  }
  return field->get<int64_t>();
}

PartMetadata DecodePartMetadata(std::string_view text) {
  PartMetadata metadata;
  const auto json = ParseJson(text);
  if (!json.ok() || json->kind != JsonValue::Kind::kObject) {
    return metadata;
  }
  for (size_t i = 0; i < json->items.size(); ++i) {
    const std::string& name = json->names[i];
    const JsonValue& value = json->items[i];
    if (name == "isChunked") {
      metadata.chunked = value.kind == JsonValue::Kind::kBool && value.boolean;
    } else if (name == "parentKey" && value.kind == JsonValue::Kind::kText) {
      metadata.parent_key = value.text;
    } else if (name == "chunkIndex") {
      metadata.chunk_index = ExactInteger(value);
    } else if (name == "cacheTags" && value.kind == JsonValue::Kind::kArray) {
      metadata.tags.clear();
      for (const JsonValue& tag : value.items) {
        if (tag.kind == JsonValue::Kind::kText) {
          metadata.tags.push_back(tag.text);
        }
      }
    }
  }
  return metadata;
}

std::string EncodeChunkMetadata(std::string_view parent_key, uint32_t index,
                                const std::vector<std::string>& tags, uint64_t content_length) {
  Json json;
  json["parentKey"] = parent_key;
  json["chunkIndex"] = index;
  json["cacheTags"] = tags;
  json["contentLength"] = content_length;
  return Dump(json);
}

const JsonValue* FindField(const JsonValue& object, std::string_view name) {
  const auto at = std::find(object.names.begin(), object.names.end(), name);
  return at == object.names.end() ? nullptr
                                  : &object.items[static_cast<size_t>(at - object.names.begin())];
}

const std::string* FindRepeatedName(const JsonValue& object) {
  const std::vector<std::string>& names = object.names;
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (std::find(names.begin(), name, *name) != name) {
      return &*name;
    }
  }
  return nullptr;
}

Result<JsonValue> ParseJson(std::string_view text, const JsonBounds& bounds) {
  TreeBuilder builder(bounds);
  // The library takes a zero byte for the end.
  if (const size_t zero = text.find('\0'); zero != text.npos) {
    return BadJson(text, bounds, zero + 1, "a zero byte", "");
  }
  if (!Json::sax_parse(text.begin(), text.end(), &builder)) {
    return BadJson(text, bounds, builder.position(), builder.why(), builder.Path());
  }
  return std::move(builder.root());
}

bool IsJson(std::string_view text) {
  return text.find('\0') == text.npos && Json::accept(text.begin(), text.end());
}

std::string EncodeJson(const JsonValue& value) {
  std::string text;
  AppendJson(value, &text);
  return text;
}

std::optional<int64_t> ExactInteger(const JsonValue& number) {
  if (number.kind != JsonValue::Kind::kNumber) {
    return std::nullopt;
  }
  // Not by way of a double, which would round.
  std::string_view written = number.text;
  int64_t scale = 0;
  if (const size_t exponent = written.find_first_of("eE"); exponent != written.npos) {
    std::string_view power = written.substr(exponent + 1);
    power.remove_prefix(power.front() == '+' ? 1 : 0);
    int32_t small_scale = 0;
    // Only zero is an integer whatever the exponent is; others are out of reach either way.
    const bool in_reach =
        std::from_chars(power.begin(), power.end(), small_scale).ec == std::errc();
    scale = in_reach ? small_scale : INT32_MAX;
    written = written.substr(0, exponent);
  }
  std::string digits(written);
  if (const size_t point = digits.find('.'); point != std::string::npos) {
    scale -= static_cast<int64_t>(digits.size() - point - 1);
    digits.erase(point, 1);
  }
  const bool negative = digits.front() == '-';
  digits.erase(0, std::min(digits.find_first_not_of("-0"), digits.size()));
  if (digits.empty()) {
    return 0;
  }
  for (; scale < 0 && digits.back() == '0'; ++scale) {
    digits.pop_back();
  }
  constexpr int64_t kDigitsMax = 19;
  if (scale < 0 || scale + static_cast<int64_t>(digits.size()) > kDigitsMax) {
    return std::nullopt;
  }
  digits.append(static_cast<size_t>(scale), '0');
  digits.insert(0, negative ? "-" : "");
  int64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return read.ec == std::errc() ? std::optional(value) : std::nullopt;
}

std::string EncodeJsonText(std::string_view text) {
  return Dump(Json(text));
}

std::string QuoteJson(std::string_view text) {
  // Longer texts are cut anyway.
  constexpr size_t kQuotedBytesMax = 128;
  return CutForMessage(EncodeJsonText(text.substr(0, kQuotedBytesMax)));
}

std::string QuoteJson(const JsonValue& value) {
  return value.kind == JsonValue::Kind::kText ? QuoteJson(value.text)
                                              : CutForMessage(EncodeJson(value));
}

void JsonObject::Name(std::string_view name) {
  text_ += text_.empty() ? "{" : ",";
  text_ += Dump(Json(name));
  text_ += ":";
}

JsonObject& JsonObject::Add(std::string_view name, std::string_view text) {
  Name(name);
  text_ += Dump(Json(text));
  return *this;
}

JsonObject& JsonObject::Add(std::string_view name, uint64_t number) {
  Name(name);
  text_ += std::to_string(number);
  return *this;
}

JsonObject& JsonObject::Add(std::string_view name, bool value) {
  Name(name);
  text_ += value ? "true" : "false";
  return *this;
}

JsonObject& JsonObject::Add(std::string_view name, const std::vector<std::string>& texts) {
  Name(name);
  text_ += Dump(Json(texts));
  return *this;
}

JsonObject& JsonObject::Add(std::string_view name, const std::optional<int64_t>& number) {
  Name(name);
  text_ += number ? std::to_string(*number) : "null";
  return *this;
}

JsonObject& JsonObject::AddRaw(std::string_view name, std::string_view json) {
  Name(name);
  text_ += json.empty() ? "null" : json;
  return *this;
}

}  // namespace reel

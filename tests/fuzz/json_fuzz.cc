// Fuzzes the JSON that everything else is read from. An input is a text.
#include <cmath>
#include <cstdlib>

#include "base/utf8.h"
#include "format/json.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/require.h"

namespace reel {
namespace {

bool Same(const JsonValue& a, const JsonValue& b) {
  if (a.kind != b.kind || a.boolean != b.boolean || a.text != b.text || a.names != b.names ||
      a.items.size() != b.items.size()) {
    return false;
  }
  for (size_t i = 0; i < a.items.size(); ++i) {
    if (!Same(a.items[i], b.items[i])) {
      return false;
    }
  }
  return true;
}

// Beside the double that the number is near to.
void CheckInteger(const JsonValue& number) {
  const auto integer = ExactInteger(number);
  const double near = std::strtod(number.text.c_str(), nullptr);
  if (integer) {
    const auto value = static_cast<double>(*integer);
    REEL_REQUIRE(std::abs(value - near) <= std::abs(near) * 1e-15);
    JsonValue plain = number;
    plain.text = std::to_string(*integer);
    REEL_REQUIRE(ExactInteger(plain) == integer);
    return;
  }
  // Few enough characters that the double is exact where it is whole.
  constexpr size_t kExactBytes = 15;
  constexpr double kExactMax = 1e15;
  const bool whole = near != 0 && std::abs(near) < kExactMax && near == std::floor(near);
  REEL_REQUIRE(number.text.size() > kExactBytes || !whole);
}

void CheckNumbers(const JsonValue& value) {
  if (value.kind == JsonValue::Kind::kNumber) {
    CheckInteger(value);
  }
  for (const JsonValue& item : value.items) {
    CheckNumbers(item);
  }
}

void CheckTree(const JsonValue& value) {
  const std::string encoded = EncodeJson(value);
  REEL_REQUIRE(IsValidUtf8(encoded));
  const auto again = ParseJson(encoded);
  REEL_REQUIRE(again.ok() && Same(*again, value));
  REEL_REQUIRE(EncodeJson(*again) == encoded);
}

// Fields found by two readers.
void CheckFields(std::string_view text, const JsonValue& value) {
  const PartMetadata metadata = DecodePartMetadata(text);
  if (value.kind != JsonValue::Kind::kObject) {
    REEL_REQUIRE(!metadata.chunked && metadata.tags.empty() && !metadata.parent_key &&
                 !metadata.chunk_index);
  }
  if (value.kind == JsonValue::Kind::kObject && FindRepeatedName(value) == nullptr) {
    REEL_REQUIRE(FindTextField(text, "parentKey") == metadata.parent_key);
    const auto index = FindIntegerField(text, "chunkIndex");
    REEL_REQUIRE(!index || index == metadata.chunk_index);
  }
}

// What goes into messages is short, of one line, and whole characters.
void CheckQuoted(const std::string& quoted) {
  constexpr size_t kQuotedBytesMax = 83;
  REEL_REQUIRE(quoted.size() <= kQuotedBytesMax && quoted.find('\n') == std::string::npos);
  REEL_REQUIRE(IsValidUtf8(quoted));
}

void CheckText(std::string_view text) {
  const auto again = ParseJson(EncodeJsonText(text));
  REEL_REQUIRE(again.ok() && again->kind == JsonValue::Kind::kText);
  REEL_REQUIRE((again->text == text) == IsValidUtf8(text));
  CheckQuoted(QuoteJson(text));
}

void Check(std::string_view text) {
  CheckText(text);
  const auto value = ParseJson(text);
  if (!value.ok()) {
    REEL_REQUIRE(value.code() == Code::kInvalidArgument);
    REEL_REQUIRE(value.status().message().find('\n') == std::string::npos);
    CheckFields(text, JsonValue());
    return;
  }
  REEL_REQUIRE(IsJson(text));
  CheckTree(*value);
  CheckNumbers(*value);
  CheckFields(text, *value);
  CheckQuoted(QuoteJson(*value));
}

}  // namespace
}  // namespace reel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  reel::Check(reel::FuzzInput(data, size).rest());
  return 0;
}

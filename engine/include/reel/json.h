// JSON for the surfaces: reads what they are sent, writes the one-line records that they answer.
#pragma once

#include <reel/status.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

/// One JSON object, field by field, in the order added. Text must be UTF-8; bytes that are not are
/// replaced by U+FFFD. Not thread-safe.
class JsonObject {
 public:
  JsonObject& Add(std::string_view name, std::string_view text);
  JsonObject& Add(std::string_view name, const char* text) {
    return Add(name, std::string_view(text));
  }
  JsonObject& Add(std::string_view name, uint64_t number);
  JsonObject& Add(std::string_view name, bool value);
  JsonObject& Add(std::string_view name, const std::vector<std::string>& texts);
  /// null when absent.
  JsonObject& Add(std::string_view name, const std::optional<int64_t>& number);
  /// `json` is serialized JSON and goes in as it is; null when empty.
  JsonObject& AddRaw(std::string_view name, std::string_view json);

  /// The object on one line, without a line end.
  [[nodiscard]] std::string ToString() const { return text_.empty() ? "{}" : text_ + "}"; }

 private:
  void Name(std::string_view name);
  std::string text_;
};

/// A JSON value as its text has it, but for white space and how text is escaped: names keep their
/// order and may repeat, numbers keep their digits.
struct JsonValue {
  enum class Kind : uint8_t { kNull, kBool, kNumber, kText, kArray, kObject };
  Kind kind = Kind::kNull;
  bool boolean = false;
  /// kText: its bytes, UTF-8. kNumber: as written.
  std::string text;
  /// kArray: its items. kObject: the value that names[i] names.
  std::vector<JsonValue> items;
  std::vector<std::string> names;
};

/// What a text may hold, so that no text can take much more memory than its own length, and where
/// it begins in its file.
struct JsonBounds {
  uint32_t depth_max = 100;
  uint32_t values_max = 65'536;
  uint64_t line = 1;
  uint64_t column = 1;
};

/// The value of the first field of that name; null where there is none.
const JsonValue* FindField(const JsonValue& object, std::string_view name);

/// The first name of an object that stands twice in it; null when each stands once.
const std::string* FindRepeatedName(const JsonValue& object);

/// The one value that `text` holds, RFC 8259 to the letter (a byte order mark ahead is passed
/// over). kInvalidArgument tells the line and the column, in bytes and both from 1, and in which
/// field.
Result<JsonValue> ParseJson(std::string_view text, const JsonBounds& bounds = {});

/// On one line, without white space.
std::string EncodeJson(const JsonValue& value);

/// The integer that a number is, whichever way it is written (5242880, 5242880.0, 5.24288e6);
/// nothing when it is none, or not within 64 bits.
std::optional<int64_t> ExactInteger(const JsonValue& number);

/// `text` as a JSON string.
std::string EncodeJsonText(std::string_view text);

}  // namespace reel

// The engine's JSON texts. This file's source is the only one that knows the JSON library.
#pragma once

#include <reel/status.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

/// The manifest of a chunked video: exactly the five fields of the specification.
struct Manifest {
  uint64_t total_size = 0;
  std::vector<uint64_t> chunk_sizes;
  uint64_t standard_chunk_size = 0;
  std::string content_type;

  friend bool operator==(const Manifest&, const Manifest&) = default;
};

std::string EncodeManifest(const Manifest& manifest);

/// kCorruption when it is no manifest, or one that breaks I5: every chunk has the standard size but
/// the last, which may be shorter, and the sizes add up to the total.
Result<Manifest> DecodeManifest(std::string_view text);

/// Metadata of a video's base entry; what is unset is left out.
struct BaseMetadata {
  std::string source_path;
  std::optional<uint64_t> width;
  std::optional<uint64_t> height;
  std::string format;
  std::vector<std::string> tags;
  std::string content_type;
  uint64_t content_length = 0;
  bool chunked = false;
  /// Seconds since the epoch.
  std::optional<int64_t> modified;
};

std::string EncodeBaseMetadata(const BaseMetadata& metadata);

/// The text field `name` of an object; nothing if it is not there, or `text` is no object.
std::optional<std::string> FindTextField(std::string_view text, std::string_view name);

/// The integer field `name` of an object; nothing if it is not there, or `text` is no object.
std::optional<int64_t> FindIntegerField(std::string_view text, std::string_view name);

/// What the metadata of any part of a chunked video says; a field that is missing, or of another
/// type, is unset.
struct PartMetadata {
  bool chunked = false;
  std::vector<std::string> tags;
  std::optional<std::string> parent_key;
  std::optional<int64_t> chunk_index;
};

/// `text` may be anything.
PartMetadata DecodePartMetadata(std::string_view text);

/// Metadata of a chunk.
std::string EncodeChunkMetadata(std::string_view parent_key, uint32_t index,
                                const std::vector<std::string>& tags, uint64_t content_length);

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

/// The first name of an object that stands twice in it; null when each stands once.
const std::string* FindRepeatedName(const JsonValue& object);

/// The one value that `text` holds, RFC 8259 to the letter (a byte order mark ahead is passed
/// over). kInvalidArgument tells the line and the column, in bytes and both from 1, and in which
/// field.
Result<JsonValue> ParseJson(std::string_view text, const JsonBounds& bounds = {});

/// Whether ParseJson could read it if it knew no bounds. Takes memory for the longest text in it,
/// and a bit for each level.
bool IsJson(std::string_view text);

/// On one line, without white space.
std::string EncodeJson(const JsonValue& value);

/// The integer that a number is, whichever way it is written (5242880, 5242880.0, 5.24288e6);
/// nothing when it is none, or not within 64 bits.
std::optional<int64_t> ExactInteger(const JsonValue& number);

/// `text` as a JSON string.
std::string EncodeJsonText(std::string_view text);

/// For messages: as JSON on one line, cut when it is long.
std::string QuoteJson(std::string_view text);
std::string QuoteJson(const JsonValue& value);

}  // namespace reel

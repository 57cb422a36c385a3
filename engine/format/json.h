// The engine's JSON texts. This file's source is the only one that knows the JSON library.
#pragma once

#include <reel/json.h>
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

/// Whether ParseJson could read it if it knew no bounds. Takes memory for the longest text in it,
/// and a bit for each level.
bool IsJson(std::string_view text);

/// For messages: as JSON on one line, cut when it is long.
std::string QuoteJson(std::string_view text);
std::string QuoteJson(const JsonValue& value);

}  // namespace reel

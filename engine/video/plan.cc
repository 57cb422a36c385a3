#include "video/plan.h"

#include <reel/kv.h>
#include <reel/video_key.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/limits.h"
#include "format/kv_key.h"

namespace reel {
namespace {

std::optional<uint64_t> ToNumber(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole ? std::optional<uint64_t>(number) : std::nullopt;
}

Status CheckMetadata(std::string_view key, const std::string& metadata) {
  if (metadata.size() <= kMetadataBytesMax) {
    return Status::Ok();
  }
  return {Code::kTooLarge,
          "the metadata of \"" + std::string(key) + "\" would have " +
              std::to_string(metadata.size()) +
              " bytes (at most 1024: use fewer or shorter tags, or a shorter key)"};
}

}  // namespace

bool IsChunked(const ChunkingOptions& options, uint64_t size) {
  return options.enabled && size >= std::max<uint64_t>(options.size_threshold, 1);
}

uint64_t ChunkCount(const ChunkingOptions& options, uint64_t size) {
  return (size + options.chunk_size - 1) / options.chunk_size;
}

Manifest PlanManifest(const ChunkingOptions& options, uint64_t size,
                      std::string_view content_type) {
  Manifest manifest;
  manifest.total_size = size;
  manifest.chunk_sizes.assign(ChunkCount(options, size), options.chunk_size);
  manifest.chunk_sizes.back() = size - (manifest.chunk_sizes.size() - 1) * options.chunk_size;
  manifest.standard_chunk_size = options.chunk_size;
  manifest.content_type = content_type;
  return manifest;
}

BaseMetadata KeyMetadata(std::string_view key) {
  const VideoKey parsed = ParseVideoKey(key);
  BaseMetadata metadata;
  metadata.source_path = parsed.path;
  for (const auto& [name, value] : parsed.parameters) {
    if (name == "w") {
      metadata.width = ToNumber(value);
    } else if (name == "h") {
      metadata.height = ToNumber(value);
    } else if (name == "f") {
      metadata.format = value;
    }
  }
  return metadata;
}

std::string PlanBaseMetadata(std::string_view key, const VideoAttributes& attributes, bool chunked,
                             uint64_t content_length) {
  BaseMetadata metadata = KeyMetadata(key);
  metadata.tags = attributes.tags;
  metadata.content_type = chunked ? "application/json" : attributes.content_type;
  metadata.content_length = content_length;
  metadata.chunked = chunked;
  metadata.modified = attributes.modified;
  return EncodeBaseMetadata(metadata);
}

std::vector<std::string> PlanChunkMetadata(std::string_view key, const VideoAttributes& attributes,
                                           const ChunkingOptions& options, uint64_t size) {
  std::vector<std::string> metadata;
  const uint64_t count = ChunkCount(options, size);
  metadata.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    metadata.push_back(
        EncodeChunkMetadata(key, static_cast<uint32_t>(i), attributes.tags,
                            std::min(options.chunk_size, size - i * options.chunk_size)));
  }
  return metadata;
}

Status CheckPlan(std::string_view key, const VideoAttributes& attributes,
                 const ChunkingOptions& options, uint64_t size) {
  const bool chunked = IsChunked(options, size);
  if (!chunked && size > kValueBytesMax) {
    return {Code::kTooLarge, "\"" + std::string(key) + "\" has more than 26214400 bytes, and " +
                                 "chunking is disabled (enable kvChunking)"};
  }
  REEL_RETURN_IF_ERROR(CheckMetadata(key, PlanBaseMetadata(key, attributes, chunked, size)));
  if (!chunked) {
    return Status::Ok();
  }
  const uint64_t count = ChunkCount(options, size);
  if (count > options.max_chunks) {
    return {Code::kTooLarge, "\"" + std::string(key) + "\" needs more than " +
                                 std::to_string(options.max_chunks) + " chunks of " +
                                 std::to_string(options.chunk_size) +
                                 " bytes (raise maxChunks or chunkSize)"};
  }
  const auto last = static_cast<uint32_t>(count - 1);
  const std::string last_key = ChunkKey(key, last);
  REEL_RETURN_IF_ERROR(ValidateKey(last_key).WithContext("chunk " + std::to_string(last) +
                                                         " of \"" + std::string(key) + "\""));
  return CheckMetadata(last_key,
                       EncodeChunkMetadata(key, last, attributes.tags, options.chunk_size));
}

}  // namespace reel

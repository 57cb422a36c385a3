// How a video of some size is cut: one entry, or chunks. Pure.
#pragma once

#include <reel/options.h>
#include <reel/status.h>
#include <reel/video.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "format/json.h"

namespace reel {

/// Whether a video of `size` bytes is chunked.
bool IsChunked(const ChunkingOptions& options, uint64_t size);

/// Chunks of a chunked video of `size` bytes.
uint64_t ChunkCount(const ChunkingOptions& options, uint64_t size);

/// The manifest of a chunked video (I5).
Manifest PlanManifest(const ChunkingOptions& options, uint64_t size, std::string_view content_type);

/// Serialized metadata of the base entry. `content_length`: bytes in its own value.
std::string PlanBaseMetadata(std::string_view key, const VideoAttributes& attributes, bool chunked,
                             uint64_t content_length);

/// What metadata says by itself of a key: sourcePath, width, height and format.
BaseMetadata KeyMetadata(std::string_view key);

/// Serialized metadata of each chunk of a chunked video of `size` bytes.
std::vector<std::string> PlanChunkMetadata(std::string_view key, const VideoAttributes& attributes,
                                           const ChunkingOptions& options, uint64_t size);

/// Refuses what cannot be published once there are `size` bytes or more: too many chunks, a value,
/// key or metadata over its limit (I8).
Status CheckPlan(std::string_view key, const VideoAttributes& attributes,
                 const ChunkingOptions& options, uint64_t size);

}  // namespace reel

#include <reel/bulk.h>
#include <reel/video.h>

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "format/json.h"
#include "format/kv_key.h"
#include "video/info.h"

namespace reel {
namespace {

Status BadChunk(uint32_t index, const std::string& why) {
  return {Code::kCorruption, "chunk " + std::to_string(index) + " " + why + " (load it again)"};
}

Status CheckBase(const Entry& base) {
  if (base.kind == EntryKind::kChunk) {
    return {Code::kConflict, "it is chunk " + std::to_string(base.parent.chunk_index) +
                                 " of the video \"" + base.parent.key + "\" (name the video)"};
  }
  if (!DecodePartMetadata(base.metadata).chunked) {
    return {Code::kInvalidArgument,
            "its metadata does not say that it is chunked (load the manifest of the video)"};
  }
  return Status::Ok();
}

Status CheckChunk(const Entry& chunk, std::string_view base_key, uint32_t index, uint64_t size) {
  if (chunk.kind != EntryKind::kSingle) {
    return {Code::kConflict, "\"" + chunk.key +
                                 "\" is a video, or a part of one (remove that one, and load the "
                                 "chunk again)"};
  }
  if (chunk.size != size) {
    return BadChunk(index, "has " + std::to_string(chunk.size) + " bytes, and the manifest says " +
                               std::to_string(size));
  }
  const PartMetadata metadata = DecodePartMetadata(chunk.metadata);
  if (metadata.parent_key.value_or(std::string(base_key)) != base_key) {
    return BadChunk(index, "belongs to \"" + *metadata.parent_key + "\" by its metadata");
  }
  if (metadata.chunk_index.value_or(index) != index) {
    return BadChunk(index,
                    "is chunk " + std::to_string(*metadata.chunk_index) + " by its metadata");
  }
  return Status::Ok();
}

Status CheckBounds(const Manifest& manifest, const ChunkingOptions& options) {
  if (manifest.standard_chunk_size > kValueBytesMax) {
    return {Code::kTooLarge, "its chunks have " + std::to_string(manifest.standard_chunk_size) +
                                 " bytes by the manifest (at most 26214400)"};
  }
  if (manifest.chunk_sizes.size() > options.max_chunks) {
    return {Code::kTooLarge, "it has " + std::to_string(manifest.chunk_sizes.size()) +
                                 " chunks (at most " + std::to_string(options.max_chunks) +
                                 ": raise maxChunks)"};
  }
  return Status::Ok();
}

// The base entry and all chunks, each as the manifest says.
Result<std::vector<Entry>> FindParts(const KvNamespace& entries, const Entry& base,
                                     const Manifest& manifest) {
  std::vector<Entry> parts = {base};
  parts.reserve(1 + manifest.chunk_sizes.size());
  for (uint32_t i = 0; i < manifest.chunk_sizes.size(); ++i) {
    auto chunk = entries.Stat(ChunkKey(base.key, i));
    if (chunk.code() == Code::kNotFound) {
      return Status(Code::kNotFound, "chunk " + std::to_string(i) + " is missing (load it too)");
    }
    if (!chunk.ok()) {
      return chunk.status();
    }
    REEL_RETURN_IF_ERROR(CheckChunk(*chunk, base.key, i, manifest.chunk_sizes[i]));
    parts.push_back(*std::move(chunk));
  }
  return parts;
}

Status CopyValue(const KvNamespace& entries, const Entry& part, EntryWriter* writer,
                 const std::function<bool(uint64_t)>& progress) {
  const auto view = entries.Open(part.key);
  if (!view.ok()) {
    return view.status();
  }
  // Other bytes would be refused at the end, and a shorter value cannot be read to its length.
  if ((*view)->entry().generation != part.generation) {
    return {Code::kConflict,
            "\"" + part.key + "\" is not what it was (somebody changed it: try again)"};
  }
  constexpr uint64_t kPieceBytes = 1ULL << 20;
  BorrowedBytes bytes;
  for (uint64_t offset = 0; offset < part.size; offset += bytes.size()) {
    bytes.Clear();
    REEL_RETURN_IF_ERROR(
        (*view)->ReadValue(offset, std::min(kPieceBytes, part.size - offset), &bytes));
    for (const std::string_view slice : bytes.slices()) {
      REEL_RETURN_IF_ERROR(writer->Append(slice));
    }
    if (progress && !progress(bytes.size())) {
      return {Code::kAborted, "interrupted (the parts stay entries)"};
    }
  }
  return Status::Ok();
}

EntryAttributes AttributesOf(const Entry& base) {
  EntryAttributes attributes;
  attributes.metadata = base.metadata;
  attributes.version = base.version;
  attributes.tags = base.tags;
  for (std::string& tag : MetadataTags(base.metadata)) {
    if (std::find(base.tags.begin(), base.tags.end(), tag) == base.tags.end()) {
      attributes.tags.push_back(std::move(tag));
    }
  }
  return attributes;
}

}  // namespace

Result<VideoInfo> VideoLibrary::Assemble(std::string_view key,
                                         const std::function<bool(uint64_t)>& progress) {
  const auto base = entries_->Open(key);
  if (!base.ok()) {
    return base.status();
  }
  const Entry& entry = (*base)->entry();
  if (entry.kind == EntryKind::kManifest) {
    return ToInfo(entry);
  }
  REEL_RETURN_IF_ERROR(CheckBase(entry));
  auto json = (*base)->ReadAll();
  if (!json.ok()) {
    return json.status();
  }
  const auto manifest = DecodeManifest(*json);
  if (!manifest.ok()) {
    return manifest.status();
  }
  REEL_RETURN_IF_ERROR(CheckBounds(*manifest, options_.chunking));
  auto parts = FindParts(*entries_, entry, *manifest);
  if (!parts.ok()) {
    return parts.status();
  }
  const auto writer = entries_->NewWriter(key, manifest->standard_chunk_size);
  if (!writer.ok()) {
    return writer.status();
  }
  NewManifest video{*std::move(json), manifest->content_type, {}, *std::move(parts)};
  for (size_t i = 1; i < video.adopts.size(); ++i) {
    REEL_RETURN_IF_ERROR(CopyValue(*entries_, video.adopts[i], writer->get(), progress));
    video.chunk_metadata.push_back(video.adopts[i].metadata);
  }
  auto published = (*writer)->PublishChunked(video, AttributesOf(entry));
  if (!published.ok()) {
    return published.status();
  }
  return ToInfo(*std::move(published));
}

}  // namespace reel

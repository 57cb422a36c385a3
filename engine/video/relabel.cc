#include <reel/content_type.h>
#include <reel/video.h>

#include <algorithm>
#include <utility>

#include "format/json.h"
#include "format/kv_key.h"
#include "video/info.h"
#include "video/relabel_metadata.h"
#include "video/tags.h"

namespace reel {

struct VideoLibrary::RelabelRequest {
  std::string from;
  std::string to;
  bool replace = true;
  bool content_type_follows_key = false;
  /// The caller's, in the place of those that the video has.
  std::optional<std::vector<std::string>> tags;
  std::optional<int64_t> modified;
};

namespace {

/// Somebody who keeps changing a video wins in the end.
constexpr int kAttemptsMax = 16;

Result<std::vector<std::string>> TagsAfter(const Entry& entry, std::string_view to,
                                           const std::optional<std::vector<std::string>>& given,
                                           const TagOptions& options) {
  if (given) {
    return AllTags(to, *given, options);
  }
  std::vector<std::string> own = entry.tags;
  for (const std::string& derived : DerivedTags(entry.key, options)) {
    std::erase(own, derived);
  }
  return AllTags(to, own, options);
}

// The same chunks under another content type.
Result<Relabeling::Manifest> ManifestAs(const EntryView& view, const std::string& content_type) {
  const auto json = view.ReadAll();
  REEL_RETURN_IF_ERROR(json.status());
  auto manifest = DecodeManifest(*json);
  if (!manifest.ok()) {
    return manifest.status().WithContext(view.entry().key);
  }
  manifest->content_type = content_type;
  return Relabeling::Manifest{EncodeManifest(*manifest), content_type};
}

std::vector<std::string> ChunkMetadata(const Entry& base, std::string_view key,
                                       const std::vector<std::string>& tags) {
  std::vector<std::string> metadata;
  metadata.reserve(base.body.chunk_count);
  for (uint32_t i = 0; i < base.body.chunk_count; ++i) {
    const uint64_t begin = i * base.body.chunk_size;
    metadata.push_back(
        EncodeChunkMetadata(key, i, tags, std::min(base.body.chunk_size, base.body.size - begin)));
  }
  return metadata;
}

/// Nothing if it stays.
std::optional<std::string> ContentTypeAfter(const Entry& entry, std::string_view to) {
  const std::string_view before = ContentTypeOfKey(entry.key);
  const std::string_view after = ContentTypeOfKey(to);
  return after != before && ToInfo(entry).content_type == before ? std::optional<std::string>(after)
                                                                 : std::nullopt;
}

Status IsThere(std::string_view key) {
  return {Code::kConflict,
          "there is a \"" + std::string(key) + "\" already (choose another key, or replace it)"};
}

}  // namespace

Result<VideoInfo> VideoLibrary::Relabel(const RelabelRequest& request) {
  Status conflict;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const auto view = entries_->Open(request.from);
    REEL_RETURN_IF_ERROR(view.status());
    const Entry& entry = (*view)->entry();
    REEL_RETURN_IF_ERROR(CheckVideo(entry));
    const auto version = Version(request.to);
    REEL_RETURN_IF_ERROR(version.status());
    auto tags = TagsAfter(entry, request.to, request.tags, options_.tags);
    REEL_RETURN_IF_ERROR(tags.status());

    Relabeling relabeling;
    relabeling.from = request.from;
    relabeling.to = request.to;
    relabeling.version = *version;
    relabeling.if_generation = entry.generation;
    relabeling.if_metadata = entry.metadata;
    if (!request.replace && request.from != request.to) {
      // One of an older version reads as missing: it gives way.
      const auto target = entries_->Stat(request.to);
      if (!target.ok() && target.code() != Code::kNotFound) {
        return target.status();
      }
      if (target.ok()) {
        const auto stale = IsStale(*target);
        REEL_RETURN_IF_ERROR(stale.status());
        if (!*stale) {
          return IsThere(request.to);
        }
      }
      relabeling.if_target_generation = target.ok() ? target->generation : 0;
    }
    MetadataChange change;
    if (request.from != request.to) {
      change.key = request.to;
    }
    change.tags = *tags;
    change.modified = request.modified;
    auto content_type =
        request.content_type_follows_key ? ContentTypeAfter(entry, request.to) : std::nullopt;
    if (content_type) {
      if (entry.kind == EntryKind::kManifest) {
        auto manifest = ManifestAs(**view, *content_type);
        REEL_RETURN_IF_ERROR(manifest.status());
        change.content_length = manifest->json.size();
        relabeling.manifest = *std::move(manifest);
      } else {
        change.content_type = std::move(content_type);
      }
    }
    auto metadata = ChangeMetadata(entry.metadata, change);
    if (metadata.ok()) {
      relabeling.metadata = *std::move(metadata);
    } else if (request.modified || change.content_type || entry.kind == EntryKind::kManifest) {
      return metadata.status().WithContext(entry.key);
    } else {
      relabeling.metadata = entry.metadata;  // somebody's own
    }
    if (entry.kind == EntryKind::kManifest && (request.from != request.to || *tags != entry.tags)) {
      relabeling.chunk_metadata = ChunkMetadata(entry, request.to, *tags);
    }
    relabeling.tags = *std::move(tags);

    auto relabelled = entries_->Relabel(relabeling);
    if (relabelled.ok()) {
      return ToInfo(*std::move(relabelled));
    }
    if (relabelled.code() != Code::kConflict) {
      return relabelled.status();
    }
    conflict = relabelled.status();
    const auto now = entries_->Stat(request.from);
    if (now.ok() && now->generation == entry.generation && now->metadata == entry.metadata &&
        !relabeling.if_target_generation) {
      break;  // it is not the video that is another one
    }
  }
  return conflict;
}

Result<VideoInfo> VideoLibrary::Rename(std::string_view from, std::string_view to,
                                       const RenameOptions& options) {
  REEL_RETURN_IF_ERROR(ValidateKey(to));
  RelabelRequest request;
  request.from = from;
  request.to = to;
  request.replace = options.replace;
  request.content_type_follows_key = options.content_type_follows_key;
  return Relabel(request);
}

Result<VideoInfo> VideoLibrary::Update(std::string_view key, const VideoUpdate& update) {
  RelabelRequest request;
  request.from = key;
  request.to = key;
  request.tags = update.tags;
  request.modified = update.modified;
  return Relabel(request);
}

}  // namespace reel

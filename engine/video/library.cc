#include <reel/video.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "format/json.h"
#include "format/kv_key.h"
#include "video/info.h"
#include "video/plan.h"
#include "video/reader.h"
#include "video/writer.h"

namespace reel {
namespace {

Status NoVideo(const Entry& chunk) {
  return {Code::kNotFound, "\"" + chunk.key + "\" is chunk " +
                               std::to_string(chunk.parent.chunk_index) + " of the video \"" +
                               chunk.parent.key + "\" (ask for the video)"};
}

// The manifest is what other readers of the namespace go by: it must tell the same as the record
// (I5).
Status CheckManifest(const EntryView& view) {
  const Entry& entry = view.entry();
  BorrowedBytes json;
  REEL_RETURN_IF_ERROR(view.ReadValue(0, entry.size, &json));
  const auto manifest = DecodeManifest(json.ToString());
  if (!manifest.ok()) {
    return manifest.status().WithContext(entry.key);
  }
  if (manifest->total_size != entry.body.size ||
      manifest->standard_chunk_size != entry.body.chunk_size ||
      manifest->chunk_sizes.size() != entry.body.chunk_count) {
    return {Code::kCorruption, "the manifest of \"" + entry.key +
                                   "\" contradicts its record (store this video again)"};
  }
  return Status::Ok();
}

}  // namespace

VideoLibrary::VideoLibrary(KvNamespace* entries, const ChunkingOptions& options)
    : entries_(entries), options_(options) {
  assert(options.Validate().ok());
}

Result<std::unique_ptr<VideoWriter>> VideoLibrary::NewWriter(std::string_view key,
                                                             const VideoAttributes& attributes,
                                                             std::optional<uint64_t> size) {
  REEL_RETURN_IF_ERROR(ValidateKey(key));
  if (attributes.ttl) {
    REEL_RETURN_IF_ERROR(ValidateTtl(*attributes.ttl));
  }
  VideoAttributes checked = attributes;
  checked.tags.clear();
  for (const std::string& tag : attributes.tags) {
    REEL_RETURN_IF_ERROR(ValidateTag(tag));
    if (std::find(checked.tags.begin(), checked.tags.end(), tag) == checked.tags.end()) {
      checked.tags.push_back(tag);
    }
  }
  REEL_RETURN_IF_ERROR(CheckPlan(key, checked, options_, size.value_or(0)));
  auto entry = entries_->NewWriter(key, options_.chunk_size);
  if (!entry.ok()) {
    return entry.status();
  }
  return std::unique_ptr<VideoWriter>(std::make_unique<VideoWriterImpl>(
      std::string(key), std::move(checked), options_, size, *std::move(entry)));
}

Result<std::unique_ptr<VideoReader>> VideoLibrary::Open(std::string_view key,
                                                        Caching caching) const {
  auto view = entries_->Open(key, caching);
  if (!view.ok()) {
    return view.status();
  }
  const Entry& entry = (*view)->entry();
  if (entry.kind == EntryKind::kChunk) {
    return NoVideo(entry);
  }
  if (entry.kind == EntryKind::kManifest) {
    REEL_RETURN_IF_ERROR(CheckManifest(**view));
  }
  VideoInfo info = ToInfo(entry);
  return std::unique_ptr<VideoReader>(
      std::make_unique<VideoReaderImpl>(std::move(info), *std::move(view)));
}

Result<VideoInfo> VideoLibrary::Stat(std::string_view key) const {
  auto entry = entries_->Stat(key);
  if (!entry.ok()) {
    return entry.status();
  }
  if (entry->kind == EntryKind::kChunk) {
    return NoVideo(*entry);
  }
  return ToInfo(*std::move(entry));
}

Result<VideoPage> VideoLibrary::List(const ListOptions& options) const {
  ListOptions only_videos = options;
  only_videos.include_chunks = false;
  auto listed = entries_->List(only_videos);
  if (!listed.ok()) {
    return listed.status();
  }
  VideoPage page;
  page.videos.reserve(listed->entries.size());
  for (Entry& entry : listed->entries) {
    page.videos.push_back(ToInfo(std::move(entry)));
  }
  page.common_prefixes = std::move(listed->common_prefixes);
  page.next = std::move(listed->next);
  return page;
}

Status VideoLibrary::Remove(std::string_view key) {
  const auto removed = entries_->Delete(key);
  if (!removed.ok()) {
    return removed.status();
  }
  if (!*removed) {
    return {Code::kNotFound, "there is no \"" + std::string(key) + "\""};
  }
  return Status::Ok();
}

}  // namespace reel

#include <reel/video.h>

#include <cassert>
#include <utility>

#include "format/json.h"
#include "format/kv_key.h"
#include "video/chunk_source.h"
#include "video/info.h"
#include "video/plan.h"
#include "video/read_parts.h"
#include "video/reader.h"
#include "video/tags.h"
#include "video/ttl.h"
#include "video/version.h"
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
Status CompareManifest(const EntryView& view) {
  const Entry& entry = view.entry();
  const auto json = view.ReadAll();
  REEL_RETURN_IF_ERROR(json.status());
  const auto manifest = DecodeManifest(*json);
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

VideoLibrary::VideoLibrary(KvNamespace* entries, const LibraryOptions& options)
    : entries_(entries), options_(options) {
  assert(options.chunking.Validate().ok() && options.tags.Validate().ok() &&
         options.ttl_refresh.Validate().ok() && options.fetch.Validate().ok());
  reads_ =
      std::make_unique<LibraryReads>(options.reads ? options.reads : std::make_shared<ReadPool>());
}

VideoLibrary::~VideoLibrary() = default;

Status VideoLibrary::CheckManifest(const EntryView& view) const {
  ReadCache& cache = reads_->parts().cache;
  const ReadCache::Key key{reads_->id(), view.entry().generation, ReadCache::kManifest, 0};
  const FetchOptions& fetch = options_.fetch;
  if (fetch.use_edge_cache && cache.Find(key, fetch.edge_cache_ttl_s) != nullptr) {
    return Status::Ok();
  }
  REEL_RETURN_IF_ERROR(CompareManifest(view));
  if (fetch.use_edge_cache) {
    cache.Insert(key, "");
  }
  return Status::Ok();
}

Result<bool> VideoLibrary::IsStale(const Entry& entry) const {
  const auto version = ReadVersion(options_.versions, entry.key);
  if (!version.ok()) {
    return version.status();
  }
  return entry.version < *version;
}

Status VideoLibrary::CheckVideo(const Entry& entry) const {
  if (entry.kind == EntryKind::kChunk) {
    return NoVideo(entry);
  }
  const auto stale = IsStale(entry);
  if (!stale.ok()) {
    return stale.status();
  }
  return *stale ? Status(Code::kNotFound,
                         "\"" + entry.key + "\" is of an older version (store this video again)")
                : Status::Ok();
}

void VideoLibrary::RefreshIfDue(const Entry& entry) const {
  if (!IsRefreshDue(entry, options_.ttl_refresh, entries_->NowSeconds())) {
    return;
  }
  Mutation refresh;
  refresh.kind = Mutation::Kind::kUpdate;
  refresh.key = entry.key;
  refresh.update.ttl = entry.ttl;
  refresh.if_generation = entry.generation;
  // Of many readers at once, one finds the expiry that it saw.
  refresh.if_expires = entry.expires;
  static_cast<void>(entries_->Apply({&refresh, 1}));
}

Result<std::unique_ptr<VideoWriter>> VideoLibrary::NewWriter(std::string_view key,
                                                             const VideoAttributes& attributes,
                                                             std::optional<uint64_t> size) {
  REEL_RETURN_IF_ERROR(ValidateKey(key));
  if (attributes.ttl) {
    REEL_RETURN_IF_ERROR(ValidateTtl(*attributes.ttl));
  }
  auto tags = AllTags(key, attributes.tags, options_.tags);
  REEL_RETURN_IF_ERROR(tags.status());
  VideoAttributes checked = attributes;
  checked.tags = *std::move(tags);
  REEL_RETURN_IF_ERROR(CheckPlan(key, checked, options_.chunking, size.value_or(0)));
  // Read first: what is bumped while the video comes in makes it stale.
  const auto version = Version(key);
  if (!version.ok()) {
    return version.status();
  }
  auto entry = entries_->NewWriter(key, options_.chunking.chunk_size);
  if (!entry.ok()) {
    return entry.status();
  }
  return std::unique_ptr<VideoWriter>(std::make_unique<VideoWriterImpl>(
      std::string(key), std::move(checked), options_.chunking, size, *version, *std::move(entry)));
}

Result<std::unique_ptr<VideoReader>> VideoLibrary::Open(std::string_view key,
                                                        const OpenOptions& options) const {
  auto view = entries_->Open(key, options.caching);
  if (!view.ok()) {
    return view.status();
  }
  const Entry& entry = (*view)->entry();
  REEL_RETURN_IF_ERROR(CheckVideo(entry));
  if (entry.kind == EntryKind::kManifest) {
    REEL_RETURN_IF_ERROR(CheckManifest(**view));
  }
  RefreshIfDue(entry);
  VideoInfo info = ToInfo(entry);
  // A caller that keeps bytes itself also reads ahead itself.
  const bool by_system = options.caching == Caching::kBySystem;
  FetchOptions fetch = options_.fetch;
  fetch.use_edge_cache = fetch.use_edge_cache && by_system;
  auto source = std::make_shared<ChunkSource>(
      std::move(info), *std::move(view), reads_.get(),
      ChunkSource::Options{fetch, options.policy, options_.fallback, options_.log});
  return std::unique_ptr<VideoReader>(
      std::make_unique<VideoReaderImpl>(std::move(source), /*may_fetch_ahead=*/by_system));
}

Result<VideoInfo> VideoLibrary::Stat(std::string_view key) const {
  auto entry = entries_->Stat(key);
  if (!entry.ok()) {
    return entry.status();
  }
  REEL_RETURN_IF_ERROR(CheckVideo(*entry));
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
    const auto stale = IsStale(entry);
    if (!stale.ok()) {
      return stale.status();
    }
    if (!*stale) {
      page.videos.push_back(ToInfo(std::move(entry)));
    }
  }
  page.common_prefixes = std::move(listed->common_prefixes);
  page.next = std::move(listed->next);
  return page;
}

Result<TagPage> VideoLibrary::ListTags(std::string_view start_after, uint32_t limit) const {
  return entries_->ListTags(start_after, limit);
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

Status VideoLibrary::Touch(std::string_view key, std::optional<int64_t> ttl) {
  const auto video = Stat(key);
  if (!video.ok()) {
    return video.status();
  }
  if (ttl) {
    REEL_RETURN_IF_ERROR(ValidateTtl(*ttl));
  }
  Mutation touch;
  touch.kind = Mutation::Kind::kUpdate;
  touch.key = key;
  touch.update.ttl = ttl.value_or(0);
  return entries_->Apply({&touch, 1});
}

Result<uint64_t> VideoLibrary::Version(std::string_view key) const {
  REEL_RETURN_IF_ERROR(ValidateKey(key));
  return ReadVersion(options_.versions, key);
}

Result<uint64_t> VideoLibrary::BumpVersion(std::string_view key) {
  assert(options_.versions != nullptr);
  REEL_RETURN_IF_ERROR(ValidateKey(key));
  return reel::BumpVersion(options_.versions, key);
}

}  // namespace reel

#include "kv/publication.h"

#include <algorithm>
#include <cassert>

#include "base/limits.h"
#include "format/kv_key.h"

namespace reel {
namespace {

Entry NewEntry(std::string_view key, EntryKind kind, const EntryAttributes& attributes,
               int64_t now) {
  Entry entry;
  entry.key = key;
  entry.kind = kind;
  entry.metadata = attributes.metadata;
  entry.tags = attributes.tags;
  entry.created = now;
  if (attributes.ttl) {
    entry.expires = now + *attributes.ttl;
  } else {
    entry.expires = attributes.expiration;
  }
  entry.ttl = entry.expires ? *entry.expires - now : 0;
  entry.version = attributes.version;
  return entry;
}

Status CheckContentType(std::string_view key, std::string_view content_type) {
  constexpr size_t kContentTypeBytesMax = 1024;
  if (content_type.size() > kContentTypeBytesMax) {
    return {Code::kTooLarge, "the content type of \"" + std::string(key) + "\" has " +
                                 std::to_string(content_type.size()) + " bytes (at most 1024)"};
  }
  return Status::Ok();
}

// I6: what is adopted may differ, its video may not.
void TakeEarliestExpiry(const std::vector<Entry>& adopts, Publication* publication) {
  const Entry* earliest = nullptr;
  for (const Entry& entry : adopts) {
    if (entry.expires && (earliest == nullptr || *entry.expires < *earliest->expires)) {
      earliest = &entry;
    }
  }
  if (earliest == nullptr) {
    return;
  }
  const auto take = [&](Entry* part) {
    part->expires = earliest->expires;
    part->ttl = earliest->ttl;
  };
  take(&publication->base);
  std::for_each(publication->chunks.begin(), publication->chunks.end(),
                [&](Entry& chunk) { take(&chunk); });
}

bool IsUnchanged(const Entry& now, const Entry& read) {
  return now.kind == EntryKind::kSingle && now.generation == read.generation &&
         now.metadata == read.metadata && now.expires == read.expires;
}

// The keys of the entries that are adopted: of all parts.
Result<std::vector<std::string>> FindAdopted(const std::vector<Entry>& adopts,
                                             const EntryLookup& lookup, int64_t now) {
  std::vector<std::string> keys;
  keys.reserve(adopts.size());
  for (const Entry& read : adopts) {
    const auto found = lookup(read.key);
    if (!found.ok()) {
      return found.status();
    }
    if (!found->has_value() || IsExpired(**found, now) || !IsUnchanged(**found, read)) {
      return Status(Code::kConflict,
                    "\"" + read.key + "\" is not what it was (somebody changed it: try again)");
    }
    keys.push_back(read.key);
  }
  return keys;
}

}  // namespace

Status CheckMetadata(std::string_view key, std::string_view metadata) {
  if (metadata.size() > kMetadataBytesMax) {
    return {Code::kTooLarge,
            "the metadata of \"" + std::string(key) + "\" has " + std::to_string(metadata.size()) +
                " bytes (at most 1024: use fewer or shorter tags, or a shorter key)"};
  }
  return Status::Ok();
}

Status CheckAttributes(std::string_view key, const EntryAttributes& attributes, int64_t now) {
  REEL_RETURN_IF_ERROR(ValidateKey(key));
  REEL_RETURN_IF_ERROR(CheckMetadata(key, attributes.metadata));
  if (attributes.ttl) {
    REEL_RETURN_IF_ERROR(ValidateTtl(*attributes.ttl));
  } else if (attributes.expiration) {
    REEL_RETURN_IF_ERROR(ValidateExpiration(*attributes.expiration, now));
  }
  // Tags stand in the metadata of a video; this bounds those that do not.
  constexpr size_t kTagsMax = 512;
  if (attributes.tags.size() > kTagsMax) {
    return {Code::kTooLarge, "\"" + std::string(key) + "\" has " +
                                 std::to_string(attributes.tags.size()) + " tags (at most 512)"};
  }
  for (const std::string& tag : attributes.tags) {
    REEL_RETURN_IF_ERROR(ValidateTag(tag));
  }
  return Status::Ok();
}

Status CheckChunkSize(uint64_t chunk_size) {
  if (chunk_size == 0 || chunk_size > kValueBytesMax) {
    return {Code::kInvalidArgument,
            "chunks cannot have " + std::to_string(chunk_size) + " bytes (allowed: 1 to 26214400)"};
  }
  return Status::Ok();
}

Status CheckManifest(std::string_view key, std::string_view json, std::string_view content_type) {
  REEL_RETURN_IF_ERROR(CheckContentType(key, content_type));
  if (json.size() > kValueBytesMax) {
    return {Code::kTooLarge, "the manifest of \"" + std::string(key) + "\" has " +
                                 std::to_string(json.size()) +
                                 " bytes (at most 26214400: use larger chunks)"};
  }
  return Status::Ok();
}

void ValueHasher::Update(std::string_view data) {
  whole_.Update(data);
  while (!data.empty()) {
    const uint64_t left = stride_ - size_ % stride_;
    const std::string_view part = data.substr(0, std::min<uint64_t>(left, data.size()));
    current_.Update(part);
    size_ += part.size();
    data.remove_prefix(part.size());
    if (size_ % stride_ == 0) {
      ended_.push_back(current_.Digest());
      current_.Reset();
    }
  }
}

std::vector<Hash128> ValueHasher::strides() const {
  std::vector<Hash128> hashes = ended_;
  if (size_ % stride_ != 0) {
    hashes.push_back(current_.Digest());
  }
  return hashes;
}

Result<Publication> PlanSingle(std::string_view key, const ValueHasher& value,
                               const EntryAttributes& attributes, int64_t now) {
  REEL_RETURN_IF_ERROR(CheckAttributes(key, attributes, now));
  if (value.size() > kValueBytesMax) {
    return Status(Code::kTooLarge, "the value has " + std::to_string(value.size()) +
                                       " bytes (an entry has at most 26214400)");
  }
  Publication publication;
  publication.base = NewEntry(key, EntryKind::kSingle, attributes, now);
  publication.base.size = value.size();
  publication.base.xxh3 = value.whole();
  return publication;
}

Result<Publication> PlanChunked(std::string_view key, uint64_t chunk_size, const ValueHasher& value,
                                const NewManifest& manifest, const EntryAttributes& attributes,
                                int64_t now) {
  REEL_RETURN_IF_ERROR(CheckAttributes(key, attributes, now));
  REEL_RETURN_IF_ERROR(CheckManifest(key, manifest.json, manifest.content_type));
  const std::vector<Hash128> hashes = value.strides();
  assert(hashes.size() == manifest.chunk_metadata.size());
  assert(manifest.adopts.empty() || manifest.adopts.size() == 1 + hashes.size());
  Publication publication;
  Entry& base = publication.base;
  base = NewEntry(key, EntryKind::kManifest, attributes, now);
  base.size = manifest.json.size();
  base.xxh3 = HashWhole(manifest.json);
  base.body = {value.size(), chunk_size, static_cast<uint32_t>(hashes.size()), value.whole(),
               manifest.content_type};
  // The tags of chunks stand in their metadata; only base entries are indexed by tag.
  EntryAttributes common = attributes;
  common.tags.clear();
  common.metadata.clear();
  publication.chunks.reserve(hashes.size());
  for (uint32_t i = 0; i < hashes.size(); ++i) {
    const std::string chunk_key = ChunkKey(key, i);
    REEL_RETURN_IF_ERROR(ValidateKey(chunk_key).WithContext("chunk " + std::to_string(i)));
    REEL_RETURN_IF_ERROR(CheckMetadata(chunk_key, manifest.chunk_metadata[i]));
    Entry chunk = NewEntry(chunk_key, EntryKind::kChunk, common, now);
    chunk.size = std::min(chunk_size, value.size() - i * chunk_size);
    chunk.xxh3 = hashes[i];
    chunk.metadata = manifest.chunk_metadata[i];
    chunk.parent = {std::string(key), i};
    publication.chunks.push_back(std::move(chunk));
  }
  TakeEarliestExpiry(manifest.adopts, &publication);
  publication.adopts = manifest.adopts;
  return publication;
}

Status CheckUpdate(const Entry& base, const EntryUpdate& update) {
  if (base.kind == EntryKind::kChunk) {
    return ChunkOfVideo(base);
  }
  if (update.metadata) {
    REEL_RETURN_IF_ERROR(CheckMetadata(base.key, *update.metadata));
  }
  return update.ttl.value_or(0) != 0 ? ValidateTtl(*update.ttl) : Status::Ok();
}

void ApplyUpdate(const EntryUpdate& update, int64_t now, Entry* part) {
  if (update.metadata && part->kind != EntryKind::kChunk) {
    part->metadata = *update.metadata;
  }
  if (update.ttl) {
    part->ttl = *update.ttl;
    part->expires = *update.ttl != 0 ? std::optional(now + *update.ttl) : std::nullopt;
  }
}

bool IsExpired(const Entry& entry, int64_t now) {
  return entry.expires && *entry.expires <= now;
}

Result<std::vector<std::string>> FindDisplaced(const Publication& publication,
                                               const EntryLookup& lookup, int64_t now) {
  if (!publication.adopts.empty()) {
    return FindAdopted(publication.adopts, lookup, now);
  }
  std::vector<std::string> displaced;
  const std::string& key = publication.base.key;
  const auto old = lookup(key);
  if (!old.ok()) {
    return old.status();
  }
  uint32_t own_chunks = 0;
  if (old->has_value()) {
    const Entry& entry = **old;
    if (entry.kind != EntryKind::kChunk) {
      displaced.push_back(key);
      own_chunks = entry.body.chunk_count;
    } else if (IsExpired(entry, now)) {
      displaced.push_back(entry.parent.key);
    } else {
      return Status(Code::kConflict, "\"" + key + "\" is chunk " +
                                         std::to_string(entry.parent.chunk_index) +
                                         " of the video \"" + entry.parent.key +
                                         "\" (choose another key, or remove the video first)");
    }
  }
  for (uint32_t i = own_chunks; i < publication.chunks.size(); ++i) {
    const std::string& chunk_key = publication.chunks[i].key;
    const auto taken = lookup(chunk_key);
    if (!taken.ok()) {
      return taken.status();
    }
    if (!taken->has_value()) {
      continue;
    }
    if (!IsExpired(**taken, now)) {
      return Status(Code::kConflict, "chunk " + std::to_string(i) + " would replace \"" +
                                         chunk_key +
                                         "\", an entry of its own (remove that one, or choose "
                                         "another key)");
    }
    displaced.push_back(chunk_key);
  }
  return displaced;
}

uint64_t VideoBytes(const Entry& base) {
  return base.kind == EntryKind::kManifest ? base.body.size : base.size;
}

Status NoSuchKey(std::string_view key) {
  return {Code::kNotFound, "there is no \"" + std::string(key) + "\""};
}

Status ChunkOfVideo(const Entry& chunk) {
  return {Code::kConflict, "\"" + chunk.key + "\" is chunk " +
                               std::to_string(chunk.parent.chunk_index) + " of the video \"" +
                               chunk.parent.key + "\" (name the video)"};
}

Status NotWhatWasStored(std::string_view key, std::optional<uint32_t> chunk) {
  return {Code::kInvalidArgument,
          "these are not the bytes that were stored as " +
              (chunk ? "chunk " + std::to_string(*chunk) + " of " : std::string()) + "\"" +
              std::string(key) + "\" (repair it with those)"};
}

}  // namespace reel

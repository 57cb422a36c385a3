// What one publication makes visible, worked out before anything is written. Pure: every
// implementation of a namespace publishes by the same rules.
#pragma once

#include <reel/kv.h>
#include <reel/status.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"

namespace reel {

/// Hashes a value as it streams by: the whole of it, and every `stride` bytes.
class ValueHasher {
 public:
  explicit ValueHasher(uint64_t stride) : stride_(stride) {}

  void Update(std::string_view data);

  [[nodiscard]] uint64_t size() const { return size_; }
  [[nodiscard]] Hash128 whole() const { return whole_.Digest(); }

  /// The hash of each stride, the last one perhaps shorter.
  [[nodiscard]] std::vector<Hash128> strides() const;

 private:
  uint64_t stride_;
  uint64_t size_ = 0;
  Hasher128 whole_;
  Hasher128 current_;
  std::vector<Hash128> ended_;
};

struct Publication {
  Entry base;
  std::vector<Entry> chunks;
  /// As in NewManifest.
  std::vector<Entry> adopts;
};

/// Refuse what breaks a limit of an entry at `key` (I8).
Status CheckMetadata(std::string_view key, std::string_view metadata);
Status CheckAttributes(std::string_view key, const EntryAttributes& attributes, int64_t now);
Status CheckChunkSize(uint64_t chunk_size);
Status CheckManifest(std::string_view key, std::string_view json, std::string_view content_type);

/// The value as one entry. Checks the limits of its key, size, metadata and tags (I8).
Result<Publication> PlanSingle(std::string_view key, const ValueHasher& value,
                               const EntryAttributes& attributes, int64_t now);

/// The value as a manifest and chunks of `chunk_size` bytes (I5, I6). Checks the limits of all
/// parts.
Result<Publication> PlanChunked(std::string_view key, uint64_t chunk_size, const ValueHasher& value,
                                const NewManifest& manifest, const EntryAttributes& attributes,
                                int64_t now);

/// Refuses an update that breaks a limit, and that of a chunk alone.
Status CheckUpdate(const Entry& base, const EntryUpdate& update);

/// What the update makes of one part of a video: the base entry, or a chunk.
void ApplyUpdate(const EntryUpdate& update, int64_t now, Entry* part);

/// The entry at a key, expired ones included; nothing if there is none.
using EntryLookup = std::function<Result<std::optional<Entry>>(std::string_view key)>;

/// Keys of the base entries that must go, chunks and all, in the step that publishes. kConflict
/// when a key of the publication belongs to another, living video, or what it adopts has changed.
Result<std::vector<std::string>> FindDisplaced(const Publication& publication,
                                               const EntryLookup& lookup, int64_t now);

/// Whether the entry is gone at `now` (the second that it names included).
bool IsExpired(const Entry& entry, int64_t now);

/// Bytes of the video at a base entry.
uint64_t VideoBytes(const Entry& base);

/// What a missing key and a chunk asked for in its video's place are answered with.
Status NoSuchKey(std::string_view key);
Status ChunkOfVideo(const Entry& chunk);

/// What a repair with other bytes is answered with.
Status NotWhatWasStored(std::string_view key, std::optional<uint32_t> chunk);

}  // namespace reel

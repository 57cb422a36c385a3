// The seam of the engine: a key-value namespace with Cloudflare KV's limits, plus what Reel needs
// beyond it: streamed values, entries that belong to one video, and views that stay put.
//
// An entry is one key and one value of at most 25 MiB. A video is either one entry (kSingle) or a
// manifest at its key and chunks at KEY_chunk_0, KEY_chunk_1 and so on. Those appear, change and
// disappear in one atomic step (I1). What makes an entry a chunk is its record, not its name.
#pragma once

#include <reel/clock.h>
#include <reel/status.h>
#include <reel/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

enum class EntryKind : uint8_t { kSingle = 0, kManifest = 1, kChunk = 2 };

/// What a namespace knows of one entry without reading its value.
struct Entry {
  std::string key;
  EntryKind kind = EntryKind::kSingle;
  /// Unique in the store and rising with every publication; the chunks of a video share its number.
  uint64_t generation = 0;
  /// Bytes in the value of this entry (for a manifest: of the manifest's JSON).
  uint64_t size = 0;
  /// XXH3-128 of the value.
  Hash128 xxh3;
  /// Serialized JSON, or empty for none.
  std::string metadata;
  std::vector<std::string> tags;
  /// Seconds since the epoch.
  int64_t created = 0;
  /// Seconds since the epoch from which on the entry is gone; absent: never.
  std::optional<int64_t> expires;
  /// The seconds to live that `expires` was made from, 0 for none: what a refresh starts from.
  int64_t ttl = 0;
  /// The cache version that the entry was stored under.
  uint64_t version = 1;

  /// Of the video that a manifest describes; unset on other kinds.
  struct Body {
    uint64_t size = 0;
    uint64_t chunk_size = 0;
    uint32_t chunk_count = 0;
    Hash128 xxh3;
    std::string content_type;
  };
  Body body;

  /// Where a chunk belongs; unset on other kinds.
  struct Parent {
    std::string key;
    uint32_t chunk_index = 0;
  };
  Parent parent;
};

/// Who keeps bytes for the next time that they are read.
enum class Caching : uint8_t {
  /// The system, as for any file.
  kBySystem,
  /// The caller, as the kernel does above a mount: bytes that take a read of the disk are not kept
  /// a
  /// second time by the system, where the file system below allows that.
  kByCaller,
};

/// One entry, and the chunks of its video where it has some, as they were when the view was opened
/// (I7): later overwrites, deletes and expiry do not touch it. Thread-safe. Outlived by its
/// namespace.
class EntryView {
 public:
  virtual ~EntryView() = default;

  [[nodiscard]] virtual const Entry& entry() const = 0;

  /// Appends bytes [offset, offset + length) of the entry's own value to `out`, verified (I2).
  /// REQUIRES: the range lies within the value. kCorruption names the page that is damaged.
  virtual Status ReadValue(uint64_t offset, uint64_t length, BorrowedBytes* out) const = 0;

  /// The entry's whole own value, verified; all of it in memory.
  [[nodiscard]] Result<std::string> ReadAll() const {
    BorrowedBytes bytes;
    REEL_RETURN_IF_ERROR(ReadValue(0, entry().size, &bytes));
    return bytes.ToString();
  }

  /// The same as ReadValue for the value of chunk `index`. REQUIRES: the entry is a manifest, index
  /// below its chunk count.
  virtual Status ReadChunk(uint32_t index, uint64_t offset, uint64_t length,
                           BorrowedBytes* out) const = 0;

  /// XXH3-128 of the value of chunk `index`. kConflict when that is no longer to be had, since the
  /// key has another generation now. REQUIRES: as ReadChunk.
  [[nodiscard]] virtual Result<Hash128> ChunkHash(uint32_t index) const = 0;

  /// Puts `bytes` in the place of the entry's own value, or of chunk `chunk`, whose stored bytes
  /// are damaged: the same bytes that were stored once, so the generation stays, and this view and
  /// all others read them from then on. Durable when it returns ok. kInvalidArgument: these are
  /// other bytes than were stored; kConflict: as ChunkHash. REQUIRES: as ReadChunk, where a chunk
  /// is named.
  virtual Status Repair(std::optional<uint32_t> chunk, std::string_view bytes) const = 0;

  /// True where a read may stall or lend bytes that nobody has verified, as one over a network
  /// does. Whoever reads from there reads whole values, each under a time limit, and compares them
  /// with their hashes.
  [[nodiscard]] virtual bool IsRemote() const { return false; }

  /// Bytes that are read and verified together, however few are asked for.
  [[nodiscard]] virtual uint32_t page_size() const = 0;
};

/// What the entries of one publication have in common, and what the base entry has of its own.
struct EntryAttributes {
  /// Serialized JSON of at most 1,024 bytes, or empty.
  std::string metadata;
  std::vector<std::string> tags;
  /// Seconds to live from publication on, at least 60.
  std::optional<int64_t> ttl;
  /// Seconds since the epoch from which on the entry is gone, at least 60 ahead. `ttl` wins where
  /// both are given; neither: for ever.
  std::optional<int64_t> expiration;
  uint64_t version = 1;
};

/// What changes of an entry whose value stays. Unset fields stay too.
struct EntryUpdate {
  /// Of the entry itself, as in EntryAttributes.
  std::optional<std::string> metadata;
  /// Of all parts of its video (I6): seconds to live from now on, at least 60; 0: for ever.
  std::optional<int64_t> ttl;
};

/// One change of a batch.
struct Mutation {
  enum class Kind : uint8_t { kPut, kUpdate, kDelete };
  Kind kind = Kind::kPut;
  std::string key;
  /// kPut: the new value, as one entry.
  std::string value;
  EntryAttributes attributes;
  /// kUpdate.
  EntryUpdate update;
  /// The batch is applied only if the key's entry has this generation; 0: only if there is none.
  std::optional<uint64_t> if_generation;
  /// The batch is applied only if the key's entry expires then.
  std::optional<int64_t> if_expires;
};

/// A video's new key, and what changes with it. Its value, generation, creation and expiry stay.
struct Relabeling {
  /// Of a base entry.
  std::string from;
  /// The same as `from` where the key stays.
  std::string to;
  /// Of the base entry, as in EntryAttributes.
  std::string metadata;
  std::vector<std::string> tags;
  /// Of all parts.
  uint64_t version = 1;
  /// Serialized JSON of at most 1,024 bytes for each chunk; empty: theirs stays.
  std::vector<std::string> chunk_metadata;

  /// Another manifest for the same chunks, as in NewManifest.
  struct Manifest {
    std::string json;
    std::string content_type;
  };
  /// Unset: it stays. REQUIRES: the entry at `from` is a manifest.
  std::optional<Manifest> manifest;

  /// Nothing happens unless `from` has this generation, and this metadata.
  std::optional<uint64_t> if_generation;
  std::optional<std::string> if_metadata;
  /// Nothing happens unless `to` has this generation; 0: there is none. Not with `from` == `to`.
  std::optional<uint64_t> if_target_generation;
};

/// What describes a chunked video.
struct NewManifest {
  /// The manifest itself, serialized JSON.
  std::string json;
  /// Of the video as a whole.
  std::string content_type;
  /// Serialized JSON of at most 1,024 bytes for each chunk.
  std::vector<std::string> chunk_metadata;
  /// Empty, or single entries as they were read, at the writer's key and at each chunk key in this
  /// order, whose place the video takes. All must still be what they were: kConflict if one has
  /// another generation, metadata or expiry, or is gone. The video gets the expiry of the one that
  /// expires first, however near; its attributes name none.
  std::vector<Entry> adopts;
};

/// Streams bytes into a namespace and publishes them in one step. Nothing is visible before, and
/// destroying the writer without publishing leaves nothing behind. Memory stays at a few MiB for
/// any length. One thread at a time.
class EntryWriter {
 public:
  virtual ~EntryWriter() = default;

  /// Takes the next bytes; they may be reused when it returns. After an error the writer can only
  /// be destroyed.
  virtual Status Append(std::string_view data) = 0;

  /// Bytes appended so far.
  [[nodiscard]] virtual uint64_t size() const = 0;

  /// XXH3-128 of all bytes appended so far.
  [[nodiscard]] virtual Hash128 xxh3() const = 0;

  /// Makes all bytes the value of the writer's key, in place of whatever the key held (a video with
  /// its chunks included), and returns the new entry. Durable when it returns ok. kConflict when
  /// the key is a chunk of a video. Once at most.
  virtual Result<Entry> PublishSingle(const EntryAttributes& attributes) = 0;

  /// Makes manifest.json the value of the writer's key and each chunk_size bytes the value of the
  /// next chunk key; tags, expiry and version hold for all. Otherwise as PublishSingle. kConflict
  /// also when a chunk key is taken by an entry that is neither a chunk of this key nor adopted.
  /// REQUIRES: one item of chunk_metadata per chunk.
  virtual Result<Entry> PublishChunked(const NewManifest& manifest,
                                       const EntryAttributes& attributes) = 0;
};

struct ListOptions {
  /// Only keys that begin with these bytes.
  std::string prefix;
  /// Only entries that bear this tag.
  std::optional<std::string> tag;
  /// Only entries that expire, and at or before this second since the epoch.
  std::optional<int64_t> expires_by;
  /// Only keys after this one, bytewise; a row's name continues a listing. Empty: from the start.
  std::string start_after;
  /// If set, all keys that share the bytes up to the first delimiter behind `prefix` become one row
  /// of ListPage::common_prefixes.
  std::optional<char> delimiter;
  /// Most rows in a page, of both sorts together. At least 1.
  uint32_t limit = 1000;
  /// Chunks too, not only what a person calls a video.
  bool include_chunks = false;
};

struct ListPage {
  /// In bytewise order of their keys.
  std::vector<Entry> entries;
  /// Each ends with the delimiter; in bytewise order.
  std::vector<std::string> common_prefixes;
  /// Set while there is more: pass it as start_after.
  std::optional<std::string> next;
};

struct TagPage {
  /// In bytewise order.
  std::vector<std::string> tags;
  /// Set while there is more: pass it as start_after.
  std::optional<std::string> next;
};

struct KvCount {
  /// All entries, chunks included.
  uint64_t keys = 0;
  /// Single entries and manifests: what a person calls a video.
  uint64_t videos = 0;
  /// In the values of all entries.
  uint64_t bytes = 0;
};

/// Videos that are gone.
struct RemovedVideos {
  uint32_t videos = 0;
  /// In the videos themselves, without their manifests.
  uint64_t bytes = 0;
};

/// What happened at one key to a base entry; changes of chunks are those of their video.
struct Change {
  /// Empty: the whole namespace is gone, with all that it held.
  std::string key;
  /// 0: there was none. An entry that expired counts until it is removed.
  uint64_t old_generation = 0;
  /// 0: it is gone. The same as old_generation: something about the entry changed, not its value.
  uint64_t new_generation = 0;
};

/// Told of what one step changed, each key once.
using ChangeListener = std::function<void(std::span<const Change>)>;

/// Ends with its destruction: no call is running then, and none begins. Not to be destroyed by its
/// own listener. Outlived by the namespace.
class ChangeSubscription {
 public:
  virtual ~ChangeSubscription() = default;
};

/// A namespace of entries. Thread-safe. Expired entries are absent everywhere, from the second
/// named by `expires` on.
class KvNamespace {
 public:
  virtual ~KvNamespace() = default;

  /// kNotFound when the key is missing or expired; kInvalidArgument for what cannot be a key.
  virtual Result<Entry> Stat(std::string_view key) const = 0;

  /// A view that pins the entry's generation. Errors as Stat.
  virtual Result<std::unique_ptr<EntryView>> Open(std::string_view key, Caching caching) const = 0;
  Result<std::unique_ptr<EntryView>> Open(std::string_view key) const {
    return Open(key, Caching::kBySystem);
  }

  virtual Result<ListPage> List(const ListOptions& options) const = 0;

  /// The tags after `start_after` (empty: from the first on) that base entries bear, each once and
  /// at most `limit` (at least 1). Costs a step for each tag, not for each entry. Tags that only
  /// expired entries bear may be among them until those are removed.
  virtual Result<TagPage> ListTags(std::string_view start_after, uint32_t limit) const = 0;

  /// A writer for `key`. Chunks, if it comes to that, will hold `chunk_size` bytes: 1 to 25 MiB,
  /// anything else is kInvalidArgument.
  virtual Result<std::unique_ptr<EntryWriter>> NewWriter(std::string_view key,
                                                         uint64_t chunk_size) = 0;

  /// Removes the entry, and with a manifest its chunks, in one step; durable when it returns. False
  /// when there was nothing. kConflict when the key is a chunk: remove its video instead.
  virtual Result<bool> Delete(std::string_view key) = 0;

  /// Applies all mutations in one step, or none; durable when it returns ok. A kDelete of what is
  /// not there does nothing; a kUpdate is kNotFound. kConflict names the first key whose condition
  /// does not hold, or that is a chunk of a video (as things were before the batch) which the batch
  /// neither replaces nor deletes. kInvalidArgument for a key that stands twice.
  virtual Status Apply(std::span<const Mutation> batch) = 0;

  /// Gives a video another key, other metadata, tags and version, with all its parts in one step;
  /// durable when it returns the entry as it is then. No value moves. What `to` held is gone with
  /// the same step, with its chunks; views that are open read on (I7). kNotFound: there is no
  /// `from`. kConflict: a condition does not hold, `from` or `to` is a chunk of a video that stays,
  /// or a new chunk key is taken by an entry that is none of the two videos'. kTooLarge and
  /// kInvalidArgument as in publishing (I8). kUnsupported: this namespace cannot do it in one step,
  /// as one that is spread over machines could not; the caller may then store the video again at
  /// its new key and remove the old one, in two steps that others can see.
  virtual Result<Entry> Relabel(const Relabeling& relabeling) = 0;

  /// Calls `listener` after each step that changed base entries through this object, when the
  /// change is visible and before the call that made it returns, on that call's thread. No lock is
  /// held that reading takes; steps of several threads may be told of in another order than they
  /// happened. A listener must not change anything, which opening a video may do
  /// (VideoLibrary::Open). Expiry is no change, the removal of what has expired is.
  virtual std::unique_ptr<ChangeSubscription> Subscribe(ChangeListener listener) = 0;

  /// Removes entries that have expired, whole videos at a time, at most `limit` of them and each in
  /// a step of its own; what it removed. None: there were no more.
  virtual Result<RemovedVideos> RemoveExpired(uint32_t limit) = 0;

  /// The time by which entries expire here.
  [[nodiscard]] virtual int64_t NowSeconds() const = 0;

  /// Counts the living entries whose keys begin with `prefix`.
  virtual Result<KvCount> Count(std::string_view prefix) const = 0;
};

/// 1 to 512 bytes of UTF-8, and neither "." nor "..".
Status ValidateKey(std::string_view key);

/// A namespace in memory with the same contract. Each call makes an empty one.
/// `clock` outlives it.
std::unique_ptr<KvNamespace> NewMemoryNamespace(const Clock& clock);

}  // namespace reel

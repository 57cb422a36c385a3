// Videos of any size, kept as entries of a KV namespace: one entry below the threshold, a manifest
// and chunks from there on (docs/format.md).
#pragma once

#include <reel/byte_range.h>
#include <reel/event_log.h>
#include <reel/kv.h>
#include <reel/options.h>
#include <reel/read_pool.h>
#include <reel/status.h>
#include <reel/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

class LibraryReads;

/// What a caller says of a video when storing it.
struct VideoAttributes {
  std::string content_type = "application/octet-stream";
  /// Beside the derived ones (TagOptions).
  std::vector<std::string> tags;
  /// Seconds to live from publication on, at least 60; absent: for ever.
  std::optional<int64_t> ttl;
  /// When the content was last changed, in seconds since the epoch; absent: when it is stored.
  std::optional<int64_t> modified;
};

/// What changes of a video when it gets another key.
struct RenameOptions {
  /// Whether a video at the new key gives way; otherwise that is kConflict.
  bool replace = true;
  /// A content type that is the one of the old key's extension (ContentTypeOfKey) becomes that of
  /// the new key's; any other stays.
  bool content_type_follows_key = false;
};

/// What changes of a video whose bytes and key stay. Unset fields stay too.
struct VideoUpdate {
  /// Beside the derived ones (TagOptions), which always stay.
  std::optional<std::vector<std::string>> tags;
  /// As in VideoAttributes.
  std::optional<int64_t> modified;
};

/// What is known of a stored video.
struct VideoInfo {
  std::string key;
  uint64_t size = 0;
  bool chunked = false;
  /// 0 unless chunked.
  uint32_t chunk_count = 0;
  uint64_t chunk_size = 0;
  std::string content_type;
  /// XXH3-128 of the whole video.
  Hash128 xxh3;
  std::vector<std::string> tags;
  int64_t created = 0;
  /// As in VideoAttributes; where none was given, `created`.
  int64_t modified = 0;
  std::optional<int64_t> expires;
  uint64_t version = 1;
  /// The base entry's metadata, serialized JSON; empty for none.
  std::string metadata;
  /// Unique to this content in this store: another one means other bytes.
  uint64_t generation = 0;
};

/// What becomes of a read when a chunk cannot be had: not by a second attempt, and not by the
/// library's fallback.
enum class FaultPolicy : uint8_t {
  /// The read fails.
  kStrict,
  /// From the bytes that could not be had to the end of what was asked of that chunk there are
  /// zeros, which hold the position of what follows, and the reader reports them. The first and the
  /// last chunk are never filled: players need them to open the file.
  kDegrade,
};

/// How a video is opened.
struct OpenOptions {
  Caching caching = Caching::kBySystem;
  FaultPolicy policy = FaultPolicy::kStrict;
};

/// Zeros that were given in the place of bytes that could not be had.
struct FilledRange {
  uint32_t chunk = 0;
  /// In the video.
  ByteRange range;
  Status why;
};

enum class StreamEnd : uint8_t {
  /// All bytes of the range were sent, those that were filled included.
  kComplete,
  /// A chunk could not be had: what was sent ends before it.
  kFailed,
  /// The sink wanted no more.
  kClosed,
  /// Stopped on request.
  kAborted,
};

struct StreamResult {
  StreamEnd end = StreamEnd::kComplete;
  /// ok if complete or closed.
  Status status;
  /// That the sink took.
  uint64_t bytes_sent = 0;
  /// Chunks of which something was filled, and what.
  uint64_t error_count = 0;
  std::vector<FilledRange> filled;
};

/// Takes the next bytes of a stream, in order; they are valid until it returns. It may take as long
/// as it likes. False: it wants no more, and is not called again.
using StreamSink = std::function<bool(std::span<const std::string_view> slices)>;

/// A video as it was when it was opened (I7). Every byte that it gives was verified (I2), or is
/// reported as filled. Thread-safe. Outlived by its library.
///
/// No fetch of a chunk takes longer than `timeoutMs` where it may stall: on a thread of the pool,
/// that is in streams, ahead of sequential reads, and wherever the namespace is remote. A read of a
/// local store outside of these takes as long as a read of a file.
class VideoReader {
 public:
  virtual ~VideoReader() = default;

  [[nodiscard]] virtual const VideoInfo& info() const = 0;

  /// Lends bytes [offset, offset + length), cut at the end of the video; `out` is cleared first. An
  /// offset at or behind the end lends nothing. Nothing is fetched ahead.
  virtual Status Borrow(uint64_t offset, uint64_t length, BorrowedBytes* out) const = 0;

  /// Copies at most buffer.size() bytes from `offset` on; the count is short only at the end. Reads
  /// that follow each other set off fetching ahead, once they are more than the head of a file that
  /// a media server looks into; one elsewhere drops what was fetched.
  virtual Result<size_t> Read(uint64_t offset, std::span<char> buffer) const = 0;

  /// Sends a range to `sink`, on the caller's thread, with up to `parallelFetches` fetches ahead of
  /// it. Returns when all is sent, or when it cannot go on; once the sink has refused or a stop was
  /// requested, nothing more is fetched or sent. kFailed with kOutOfRange if the video has no such
  /// range.
  virtual StreamResult Stream(ByteRange range, const StreamSink& sink,
                              const std::stop_token& stop = {}) const = 0;

  /// What Borrow and Read have filled so far, a range for each chunk.
  [[nodiscard]] virtual std::vector<FilledRange> filled() const = 0;
};

/// Takes a video's bytes in order and publishes it in one step. Abandoned on destruction, leaving
/// nothing. One thread at a time.
class VideoWriter {
 public:
  virtual ~VideoWriter() = default;

  /// kTooLarge as soon as the bytes cannot fit: more than `max_chunks` chunks, or over 25 MiB with
  /// chunking disabled. After an error the writer can only be destroyed.
  virtual Status Append(std::string_view data) = 0;

  /// Publishes; durable when it returns ok, and the old video of the key is gone with the same
  /// step.
  virtual Result<VideoInfo> Commit() = 0;
};

struct VideoPage {
  std::vector<VideoInfo> videos;
  std::vector<std::string> common_prefixes;
  std::optional<std::string> next;
};

/// Asked for a whole chunk (of a video that is one entry, for all of it) when the namespace cannot
/// give it: from another store, or from where the video came from. `range` is where it lies in the
/// video. What it gives is compared with the chunk's hash, and put into the namespace again. Called
/// from threads of the pool, for one chunk of a reader at a time.
using ChunkFallback =
    std::function<Result<std::string>(const VideoInfo& video, uint32_t chunk, ByteRange range)>;

struct LibraryOptions {
  ChunkingOptions chunking;
  TagOptions tags;
  TtlRefreshOptions ttl_refresh;
  FetchOptions fetch;
  /// Holds the version of each key whose version was ever bumped; null: all are 1. Outlives the
  /// library.
  KvNamespace* versions = nullptr;
  /// Null: one of the library's own.
  std::shared_ptr<ReadPool> reads;
  /// Null: none.
  ChunkFallback fallback;
  /// Told of faults, and of each fetch if `fetch.log_chunk_operations`; null: nobody. Outlives the
  /// library.
  EventLog* log = nullptr;
};

/// Which videos to purge: those that match all that is set. At least one must be.
struct PurgeSelector {
  std::optional<std::string> tag;
  std::optional<std::string> prefix;
};

struct PurgeReport {
  uint64_t videos = 0;
  uint64_t bytes = 0;
};

/// The videos of one namespace. Thread-safe. Outlived by the namespace.
///
/// Each key has a version, 1 unless it was bumped. A video is stored under the version that its key
/// has then, and one of an older version reads as missing everywhere.
class VideoLibrary {
 public:
  /// REQUIRES: options.chunking, .tags, .ttl_refresh and .fetch validate.
  explicit VideoLibrary(KvNamespace* entries, const LibraryOptions& options = {});

  /// Waits for fetches that are late.
  ~VideoLibrary();

  VideoLibrary(const VideoLibrary&) = delete;
  VideoLibrary& operator=(const VideoLibrary&) = delete;

  /// Starts storing a video. With `size` given, whatever can be refused is refused here, before a
  /// byte is written, and Commit refuses any other length; without it, as soon as it is known.
  Result<std::unique_ptr<VideoWriter>> NewWriter(std::string_view key,
                                                 const VideoAttributes& attributes,
                                                 std::optional<uint64_t> size = std::nullopt);

  /// kNotFound when there is no such video, or the key is a chunk of one (the message says so).
  /// Opening is access: it may put off the video's expiry (TtlRefreshOptions); failing to is no
  /// error.
  Result<std::unique_ptr<VideoReader>> Open(std::string_view key,
                                            const OpenOptions& options = {}) const;
  Result<VideoInfo> Stat(std::string_view key) const;

  /// Videos only; ListOptions::include_chunks is ignored. A page may have fewer rows than `limit`
  /// though there are more.
  Result<VideoPage> List(const ListOptions& options) const;

  /// As KvNamespace::ListTags.
  [[nodiscard]] Result<TagPage> ListTags(std::string_view start_after, uint32_t limit) const;

  /// Gives the video at `from` the key `to`, with all its parts in one durable step (I1): its
  /// bytes, generation, expiry and `modified` stay. What metadata says of the key, and the derived
  /// tags, become those of `to`; other tags stay. The version is that of `to`. What was at `to` is
  /// gone with the same step; its open readers read on (I7), as those of `from` do. kNotFound:
  /// there is no video at `from`; kTooLarge: a key or metadata would be over its limit (I8);
  /// kConflict: a key belongs to something else, or somebody keeps changing the video;
  /// kUnsupported: the namespace cannot do it (KvNamespace::Relabel).
  Result<VideoInfo> Rename(std::string_view from, std::string_view to,
                           const RenameOptions& options = {});

  /// Changes what is known of a video, of all its parts in one durable step; bytes and generation
  /// stay. Errors as Rename.
  Result<VideoInfo> Update(std::string_view key, const VideoUpdate& update);

  /// As KvNamespace::Subscribe; a video that reads as missing since its version was bumped is gone.
  /// Outlived by the library.
  std::unique_ptr<ChangeSubscription> Subscribe(ChangeListener listener);

  /// Removes the video with all its chunks; kNotFound when there is none.
  Status Remove(std::string_view key);

  /// Sets the time that the video has left, of all its parts in one step: `ttl` seconds from now,
  /// at least 60, or for ever if absent.
  Status Touch(std::string_view key, std::optional<int64_t> ttl);

  /// Makes one video, in one step, of a manifest at `key` and chunks that stand there as single
  /// entries, as a load of dumped entries leaves them. Bytes, metadata, tags, version and expiry
  /// (the earliest of all parts) stay, and what metadata names under cacheTags becomes a tag;
  /// `created` is now. What is a chunked video already stays as it is. `progress` is told how many
  /// more bytes were read; false ends it with kAborted. On an error nothing changes: kNotFound, a
  /// part is missing; kInvalidArgument, the metadata of `key` does not say that it is chunked;
  /// kCorruption, the parts contradict the manifest; kTooLarge, more than `max_chunks`; kConflict,
  /// a part is no single entry, or was changed meanwhile.
  Result<VideoInfo> Assemble(std::string_view key,
                             const std::function<bool(uint64_t bytes)>& progress = nullptr);

  /// Removes videos, each with all its parts in one step: interrupted, it leaves whole videos, and
  /// can be repeated. Called back after each video; false ends it early with kAborted.
  Result<PurgeReport> Purge(const PurgeSelector& selector,
                            const std::function<bool(const PurgeReport&)>& progress = nullptr);

  /// Removes all that has expired, each video with all its parts in one step, and a few of them
  /// between two calls of `progress`. Otherwise as Purge.
  Result<PurgeReport> PurgeExpired(
      const std::function<bool(const PurgeReport&)>& progress = nullptr);

  /// The version of a key, whether or not there is a video.
  [[nodiscard]] Result<uint64_t> Version(std::string_view key) const;

  /// Raises it by one and returns it; durable. The video stored so far reads as missing from then
  /// on. REQUIRES: options.versions was given.
  Result<uint64_t> BumpVersion(std::string_view key);

 private:
  [[nodiscard]] Result<bool> IsStale(const Entry& entry) const;
  /// kNotFound when the entry is a chunk, or stale.
  [[nodiscard]] Status CheckVideo(const Entry& entry) const;
  /// What Rename and Update have in common: reads the video, and relabels it as `plan` says, again
  /// if somebody changed it in between.
  struct RelabelRequest;
  [[nodiscard]] Result<VideoInfo> Relabel(const RelabelRequest& request);
  /// What a change of versions makes of the videos.
  [[nodiscard]] std::vector<Change> ChangesByVersions(std::span<const Change> versions) const;
  void RefreshIfDue(const Entry& entry) const;
  [[nodiscard]] Status CheckManifest(const EntryView& view) const;

  KvNamespace* entries_;
  LibraryOptions options_;
  std::unique_ptr<LibraryReads> reads_;
};

}  // namespace reel

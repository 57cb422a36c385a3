// Cloudflare KV's rules over any namespace: each of its limits, what wins over what, and its errors
// to the letter, for those who speak its protocols or test against it.
//
// Rules and texts: https://developers.cloudflare.com/kv/ and the errors that its clients show.
// Options come as raw texts, since the errors repeat what a client sent. Of several faults the
// key's is told first, then the options', the metadata's and the value's.
#pragma once

#include <reel/bulk.h>
#include <reel/kv.h>
#include <reel/status.h>

#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reel {

/// Why a request was refused, or failed.
struct KvError {
  int http_status = 500;
  /// One line, without control characters: the body of an answer, and its reason phrase.
  std::string text;

  friend bool operator==(const KvError&, const KvError&) = default;
};

/// What a failure of the engine is to a client: every code has its HTTP status; the text is the
/// message. REQUIRES: `status` is not ok.
KvError ToKvError(const Status& status);

/// The answer where a key is missing: 404 "Not Found".
KvError MissingKvKey();

/// A value, or why there is none. REQUIRES ok() before value access, !ok() before error().
template <typename T>
class [[nodiscard]] KvResult {
 public:
  KvResult(T value) : value_(std::move(value)) {}        // NOLINT
  KvResult(KvError error) : error_(std::move(error)) {}  // NOLINT

  [[nodiscard]] bool ok() const { return value_.has_value(); }
  [[nodiscard]] const KvError& error() const {
    assert(!ok());
    return error_;
  }

  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return *std::move(value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  std::optional<T> value_;
  KvError error_;
};

/// Texts live until the call that takes the options returns.
struct KvGetOptions {
  /// Seconds, at least 30. Checked, and without effect: every read is fresh.
  std::optional<std::string_view> cache_ttl;
};

/// Texts live until the call that takes the options returns.
struct KvPutOptions {
  /// Seconds since the epoch, at least 60 ahead and at most 2^40. Not looked at beside
  /// `expiration_ttl`.
  std::optional<std::string_view> expiration;
  /// Seconds to live from publication on, at least 60 and at most 2^40.
  std::optional<std::string_view> expiration_ttl;
  /// JSON of at most 1,024 bytes, nested at most 100 deep. Kept without white space.
  std::optional<std::string_view> metadata;
  /// The length that the client declared, in bytes.
  std::optional<uint64_t> value_bytes;
};

/// Texts live until the call that takes the query returns.
struct KvListQuery {
  /// Only keys that begin with these bytes, at most 512.
  std::string_view prefix;
  /// Most rows in a page: `limit_min` to 1,000, which is the default.
  std::optional<std::string_view> limit;
  /// The smallest limit that is taken. REQUIRES: at least 1.
  uint32_t limit_min = 1;
  /// From the page before; empty is the same as absent.
  std::optional<std::string_view> cursor;
};

struct KvKeyPage {
  /// In bytewise order of their keys; of each, `key`, `expires` and `metadata` make the row (see
  /// EncodeKeyRow). The chunks of videos stand among them.
  std::vector<Entry> keys;
  /// Opaque, of letters, digits, '-', '_' and '='; set only while the list is not complete. It
  /// means "start after this key": keys inserted ahead of it do appear.
  std::optional<std::string> cursor;

  [[nodiscard]] bool list_complete() const { return !cursor.has_value(); }
};

/// Texts live until the call that takes the options returns.
struct KvBulkGetOptions {
  /// "text" or "json"; empty is "text".
  std::string_view type;
  std::optional<std::string_view> cache_ttl;
};

struct KvBulkValue {
  std::string key;
  /// The bytes as they were put, for "json" without a byte order mark; absent: no such key.
  std::optional<std::string> value;
  /// Serialized JSON, or empty for none.
  std::string metadata;
};

/// What became of the keys of a bulk request, each counted once.
struct KvBulkOutcome {
  uint64_t successful_key_count = 0;
  std::vector<std::string> unsuccessful_keys;
  /// Why the first of those failed.
  std::optional<KvError> error;
};

/// A value on its way in. Nothing is visible before Finish; destroyed without it, or after an
/// error, it leaves the old value as it was. One thread at a time.
class KvUpload {
 public:
  /// Takes the next bytes; they may be reused when it returns. 413 as soon as the value is too
  /// long, 400 as soon as it is longer than was declared; else what the engine says. After an error
  /// it may be called on: nothing is kept, and the text of the 413 tells the bytes that came in
  /// all.
  [[nodiscard]] std::optional<KvError> Append(std::string_view data);

  /// Puts `raw` in the place of the metadata that the upload began with, for clients that send it
  /// behind the value. 413 and 400 as BeginPut; after an error nothing is kept.
  [[nodiscard]] std::optional<KvError> SetMetadata(std::string_view raw);

  /// Replaces value, metadata and expiration together and returns the new entry; durable then. 400
  /// when fewer bytes came than were declared, and when `expiration` is no longer 60 s ahead; 409
  /// when the key is a chunk of a video; after an error of Append that one. Once at most, and the
  /// last call.
  KvResult<Entry> Finish();

 private:
  friend class CloudflareKv;
  KvUpload(KvNamespace* entries, std::unique_ptr<EntryWriter> writer, EntryAttributes attributes,
           const KvPutOptions& options);

  KvError Fail(KvError error);

  KvNamespace* entries_;
  std::unique_ptr<EntryWriter> writer_;  // gone after an error
  EntryAttributes attributes_;
  std::string raw_expiration_;
  std::optional<uint64_t> declared_;
  uint64_t received_ = 0;
  std::optional<KvError> error_;
};

/// The operations of Cloudflare KV on one namespace. Thread-safe. Any of them may fail with what
/// ToKvError makes of an error of the engine, beside what its own description names.
class CloudflareKv {
 public:
  /// `entries` outlives this, and all views and uploads that it gives.
  explicit CloudflareKv(KvNamespace* entries) : entries_(entries) {}

  /// The key in one segment of a URL's path, decoded once; '+' stays '+'. 400 for a '%' without two
  /// hex digits. Whether it can be a key, the operations check.
  static KvResult<std::string> DecodeKeySegment(std::string_view segment);

  /// The value and, in entry().metadata, the metadata, both of one moment; null when the key is
  /// missing or has expired (MissingKvKey is the answer for that). The view reads ranges.
  KvResult<std::unique_ptr<EntryView>> Get(std::string_view key,
                                           const KvGetOptions& options = {}) const;

  /// Checks all but the value. 413 where the declared length is over 26,214,400.
  KvResult<KvUpload> BeginPut(std::string_view key, const KvPutOptions& options = {});

  /// Puts a value that is in memory. Errors as BeginPut and KvUpload.
  KvResult<Entry> Put(std::string_view key, std::string_view value,
                      const KvPutOptions& options = {});

  /// Done, too, when there is no such key. 409 for a chunk of a video: delete its video.
  [[nodiscard]] std::optional<KvError> Delete(std::string_view key);

  KvResult<KvKeyPage> List(const KvListQuery& query = {}) const;

  /// The values of 1 to 100 keys, in their order, each key once. 413 when they have more than
  /// 26,214,400 bytes together; nothing is read then. Each is of one moment, all of them need not
  /// be. Holds all values in memory.
  KvResult<std::vector<KvBulkValue>> BulkGet(std::span<const std::string> keys,
                                             const KvBulkGetOptions& options = {}) const;

  /// Puts at most 10,000 pairs whose values have at most 100 MiB together; of a key that stands
  /// more than once the last pair counts. All are checked first, and the error names the entry,
  /// counted from 1, before the text. Then they are applied in batches of at most 1,000 pairs and
  /// 32 MiB, each all or nothing.
  KvResult<KvBulkOutcome> BulkPut(std::vector<BulkEntry> entries);

  /// Deletes at most 10,000 keys, as BulkPut puts.
  KvResult<KvBulkOutcome> BulkDelete(std::span<const std::string> keys);

 private:
  KvNamespace* entries_;
};

}  // namespace reel

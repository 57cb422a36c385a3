// Files of many entries, in the formats of `wrangler kv bulk`:
//
//   put [{"key":…,"value":…,"base64"?:…,"expiration"?:…,"expiration_ttl"?:…,"metadata"?:…}] get,
//   delete   ["KEY", {"name":"KEY"}], in any mixture
//
// Messages count entries from 1, and lines and columns (in bytes) of the file too.
#pragma once

#include <reel/kv.h>
#include <reel/status.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

/// One entry of a file for `kv bulk put`.
struct BulkEntry {
  std::string key;
  std::string value;
  /// Seconds since the epoch; whether they are ahead is for the namespace to say.
  std::optional<int64_t> expiration;
  /// Seconds to live, at least 60; wins where both are given.
  std::optional<int64_t> expiration_ttl;
  /// Serialized JSON, or empty for none.
  std::string metadata;
  /// Names of fields that mean nothing. wrangler warns of them and goes on, and so should a
  /// surface.
  std::vector<std::string> ignored_fields;

  friend bool operator==(const BulkEntry&, const BulkEntry&) = default;
};

/// What one element of a file may take: enough for the largest value in base64, and as text with
/// all but ASCII escaped. Control characters may take more, which EncodeBulkEntry avoids.
inline constexpr size_t kBulkElementBytesMax = 80ULL << 20;

/// What is applied in one step of a bulk request: so many entries, and bytes in their values.
inline constexpr size_t kBulkBatchEntriesMax = 1000;
inline constexpr uint64_t kBulkBatchBytesMax = 32ULL << 20;

/// Reads a file for `kv bulk put` that comes in pieces, entry by entry. It holds what was appended
/// and not yet taken, a few times the largest element while that is decoded, and some 50 bytes for
/// each entry read, to know keys that repeat. Not thread-safe.
class BulkReader {
 public:
  /// Whether a key may stand in the file twice.
  enum class Repeats : uint8_t { kRefused, kTaken };

  explicit BulkReader(size_t element_bytes_max = kBulkElementBytesMax,
                      Repeats repeats = Repeats::kRefused);
  ~BulkReader();
  BulkReader(const BulkReader&) = delete;
  BulkReader& operator=(const BulkReader&) = delete;

  /// Takes the next bytes of the file, cut anywhere. Take all entries before appending more.
  void Append(std::string_view bytes);

  /// The next entry, checked for all that its element can tell by itself; nothing until more is
  /// appended. kInvalidArgument or kTooLarge name the entry, what is wrong and what is allowed,
  /// also for a key that stood in the file before and must not. After an error it is repeated.
  Result<std::optional<BulkEntry>> Next();

  /// Says that the file ends here; kInvalidArgument when it is truncated. REQUIRES: Next gave
  /// nothing last.
  Status Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A whole file for `kv bulk put`. Errors as of BulkReader.
Result<std::vector<BulkEntry>> DecodeBulkEntries(std::string_view text);

/// A whole file for `kv bulk get` or `kv bulk delete`: its keys in order, each once. Fields beside
/// `name` are ignored, as wrangler does, so that the rows of `kv list` can be given. Errors as of
/// BulkReader.
Result<std::vector<std::string>> DecodeBulkKeys(std::string_view text);

/// The mutation that stores the entry, with the tags that its metadata names (MetadataTags).
Mutation ToMutation(BulkEntry entry);

/// What serialized metadata names under cacheTags, each once; what cannot be a tag is left out.
std::vector<std::string> MetadataTags(std::string_view metadata);

/// The entry as an element of a file for `kv bulk put`, on one line, without a comma. The value is
/// text where it is UTF-8 and no longer so than in base64. DecodeBulkEntries gives the same entry
/// back, its metadata without white space. kInvalidArgument when the key is not UTF-8 or the
/// metadata is no JSON.
Result<std::string> EncodeBulkEntry(const BulkEntry& entry);

/// A row of `kv list`: {"name":…,"expiration"?:…,"metadata"?:…}, on one line. Metadata that is no
/// JSON appears as text.
std::string EncodeKeyRow(const Entry& entry);

/// `text` as metadata: the same JSON without white space. kInvalidArgument when it is no JSON, not
/// UTF-8, or nested more than 100 deep; kTooLarge over 1,024 bytes.
Result<std::string> ParseMetadata(std::string_view text);

}  // namespace reel

// Verifies a whole store and accounts for every byte of it, beside its readers and writers.
#pragma once

#include <reel/kv.h>
#include <reel/status.h>
#include <reel/store.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

/// What a finding is about. docs/reliability.md says of each what it means and what helps.
enum class FindingKind : uint8_t {
  /// Pages of a value that no reader gets (I2).
  kPage,
  /// A value that does not fit its XXH3-128, though each of its pages is sound (I2).
  kValue,
  /// An index record that cannot be read (I2).
  kRecord,
  /// A manifest that does not describe its chunks, or a chunk that is missing or another's (I5).
  kManifest,
  /// A chunk whose video is not there (I1).
  kStrayChunk,
  /// A record without its row among the tags or the expiries, or one of those without its record
  /// (I6).
  kMirror,
  /// Pages that no record owns and that are not listed as garbage, or that two records own (I4).
  kOwner,
  /// A table file that is missing, cut short or does not fit RocksDB's checksums.
  kTable,
  /// Bytes of the directory that belong to nothing (I4).
  kSpace,
};

/// "page", "value", …: as in `reel scrub --json`.
std::string_view FindingKindName(FindingKind kind);

struct ScrubFinding {
  FindingKind kind = FindingKind::kPage;
  /// The number of the invariant that is broken (docs/architecture.md); 0: none of them.
  uint32_t invariant = 0;
  /// What follows is unset or empty where it does not apply.
  std::string namespace_name;
  std::string key;
  std::optional<uint32_t> chunk;
  std::optional<uint64_t> extent;
  /// The first of `pages` pages of the extent that follow each other.
  std::optional<uint32_t> page;
  uint32_t pages = 0;
  /// Bytes of the video; of the manifest's own value with `chunk` unset and `in_manifest`.
  std::optional<uint64_t> offset;
  uint64_t length = 0;
  bool in_manifest = false;
  /// In the store's directory.
  std::string file;
  /// A sentence for a person, with what to do in parentheses.
  std::string message;
  /// Whether the damage is gone again: repaired, or dropped.
  bool repaired = false;
};

struct ScrubProgress {
  /// In files: read and found sound or damaged, or passed over as was asked.
  uint64_t done_bytes = 0;
  /// 0 where it is not known, since the scrub is of chosen videos.
  uint64_t total_bytes = 0;
  uint64_t videos = 0;
  uint64_t findings = 0;
};

/// Of the bytes of the store's directory. They add up to `total`, or there is a finding.
struct ScrubAccounts {
  uint64_t verified = 0;
  /// Verified earlier, within ScrubOptions::since_s.
  uint64_t verified_earlier = 0;
  /// Not looked at: outside a sample, or cut off by damage to what leads to them.
  uint64_t not_verified = 0;
  /// Listed as garbage, or files that are about to be unlinked.
  uint64_t garbage = 0;
  /// Published, or still being written, since the scrub began.
  uint64_t newer = 0;
  /// What is no data: logs, locks, settings.
  uint64_t other = 0;
  uint64_t total = 0;
};

struct ScrubSummary {
  /// False: stopped; the same scrub goes on with ScrubOptions::resume.
  bool finished = true;
  /// Seconds since the epoch.
  int64_t started = 0;
  uint64_t entries = 0;
  uint64_t videos = 0;
  /// Of values, verified now.
  uint64_t value_bytes = 0;
  uint64_t findings = 0;
  uint64_t repaired = 0;
  /// Pages that look damaged where they were written first, and were repaired earlier.
  uint64_t repaired_pages = 0;
  /// Reads that failed and did not fail again.
  uint64_t rereads = 0;
  /// Unset where the scrub was of chosen videos, or was stopped.
  std::optional<ScrubAccounts> accounts;
};

/// Bytes [offset, offset + length) of the video at `entry`, from another copy. They are compared
/// with what was stored before anything is done with them. kNotFound: there is no other copy.
using RepairSource = std::function<Result<std::string>(
    const std::string& namespace_name, const Entry& entry, uint64_t offset, uint64_t length)>;

struct ScrubOptions {
  /// Only this key, or the videos with this tag, of one namespace. Nothing is accounted for then.
  std::string namespace_name;
  std::optional<std::string> key;
  std::optional<std::string> tag;
  /// The share of videos whose bytes are read, chosen anew by each scrub. Above 0, at most 1.
  double sample = 1;
  /// Values that were verified within so many seconds are not read again.
  std::optional<int64_t> since_s;
  /// Most bytes that are read in a second, on average; at least 1.
  std::optional<uint64_t> bytes_per_second;
  /// Gives way to all other work of the machine, for the processor and the disk.
  bool low_priority = false;
  /// Goes on where the last scrub of all was stopped, if one was.
  bool resume = false;
  /// Drops what is provably garbage, and puts right what a sound record tells.
  bool repair = false;
  /// Where damaged values are taken from.
  RepairSource repair_from;
};

/// Is told what a scrub comes to, on its thread.
class ScrubObserver {
 public:
  virtual ~ScrubObserver() = default;
  virtual void OnFinding(const ScrubFinding& finding) = 0;
  virtual void OnProgress(const ScrubProgress& progress) = 0;
  /// Asked after every few MiB. True ends the scrub, which remembers where it was.
  virtual bool ShouldStop() = 0;
};

/// Verifies every page at its position, every value's hash, every manifest against its chunks,
/// tags and expiries against records, extents against owners, and RocksDB's table files against
/// their checksums. A finding has been looked at twice. Nothing of the store changes, but for notes
/// of what was verified when, which videos are damaged, and how far it came; and what
/// ScrubOptions::repair and repair_from ask for. Readers and writers go on meanwhile, and what they
/// have in caches stays there. One scrub of a store at a time: kBusy for a second. kNotFound:
/// nothing at ScrubOptions::key. Memory: some 40 MiB at most, whatever the store's size.
Result<ScrubSummary> Scrub(Store* store, const ScrubOptions& options, ScrubObserver* observer);

/// A video that the last scrub to read it found damaged, and that has not been repaired or replaced
/// since.
struct DamagedVideo {
  std::string key;
  struct Range {
    /// Of the video.
    uint64_t offset = 0;
    uint64_t length = 0;

    friend bool operator==(const Range&, const Range&) = default;
  };
  /// Which no reader gets; all of it where what describes the video is damaged.
  std::vector<Range> ranges;
};

/// Those of a namespace that have keys with this prefix, in the order of keys. kNotFound: no such
/// namespace.
Result<std::vector<DamagedVideo>> ListDamaged(Store* store, std::string_view namespace_name,
                                              std::string_view prefix);

}  // namespace reel

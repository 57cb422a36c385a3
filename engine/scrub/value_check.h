// The bytes of one video: pages, hashes, and the manifest against its chunks (I2, I5).
#pragma once

#include <reel/scrub.h>
#include <reel/status.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "format/record.h"
#include "kv/disk_namespace.h"
#include "storage/run_scan.h"

namespace reel {

/// What the bytes of a video came to.
struct ValueReport {
  /// False: stopped, or the video was replaced meanwhile; then nothing is known of it.
  bool complete = false;
  std::vector<ScrubFinding> findings;
  /// Of the video, which no reader gets, in order.
  std::vector<DamagedVideo::Range> damaged;
  /// Parts with damage, which a repair takes anew: chunks, or the entry's own value.
  std::vector<std::optional<uint32_t>> damaged_parts;
  std::vector<uint64_t> extents;
  uint64_t value_bytes = 0;
  uint64_t repaired_pages = 0;
  uint64_t rereads = 0;
};

/// Reads all values of one video. One thread.
class ValueCheck {
 public:
  /// Called behind every few MiB with what was read of files or rows; false: stop.
  using Pace = std::function<bool(uint64_t stored_bytes)>;

  /// `record`: of a base entry, as it is in `context`'s store or was lately.
  ValueCheck(const DiskContext& context, ScanPool* pool, uint32_t namespace_id,
             std::string namespace_name, Record record, Pace pace);

  ValueReport Run();

 private:
  [[nodiscard]] bool IsStill() const;
  /// A record of the generation that is being checked; nothing where the key has none.
  [[nodiscard]] std::optional<Record> FindPart(const std::string& key) const;
  bool CheckOwnValue();
  bool CheckInline(const InlineValue& value);
  bool CheckOwnRun(const PageRun& run);
  void CheckManifestText(std::string_view text);
  bool CheckBody();
  bool CheckChunkHash(uint32_t index, const Hash128& hash);
  bool Scan(const PageRun& run, uint64_t bytes,
            const std::function<bool(const ScannedPage&)>& take);
  void AddPage(const PageRun& run, uint64_t run_bytes, const ScannedPage& page,
               std::optional<uint32_t> chunk, bool in_manifest);
  void AddValue(std::optional<uint32_t> chunk, uint64_t offset, uint64_t length, bool in_manifest,
                std::string message);
  void NoteDamage(std::optional<uint32_t> part, uint64_t offset, uint64_t length);
  [[nodiscard]] ScrubFinding NewFinding(FindingKind kind, uint32_t invariant) const;
  [[nodiscard]] std::string RelativePath(std::string_view file) const;

  const DiskContext& context_;
  ScanPool* pool_;
  DiskNamespace entries_;
  std::string namespace_name_;
  Record record_;
  Pace pace_;
  ValueReport report_;
};

}  // namespace reel

// What scrubs remember from one to the next: the family `scrub` (docs/format.md).
#pragma once

#include <reel/scrub.h>
#include <reel/status.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/database.h"

namespace reel {

/// Where a scrub of all was stopped, and what it had found out by then.
struct ScrubCursor {
  /// Of the index, in the order of rows: all up to this one are done. Empty: none.
  std::string index_row;
  int64_t started = 0;
  /// Extents from here on came after the scrub began.
  uint64_t newest_extent = 0;
  uint64_t entries = 0;
  uint64_t videos = 0;
  uint64_t value_bytes = 0;
  uint64_t findings = 0;
  uint64_t repaired = 0;
  uint64_t done_bytes = 0;

  friend bool operator==(const ScrubCursor&, const ScrubCursor&) = default;
};

/// Of one video, as the last scrub that read it found it.
struct DamageRecord {
  uint64_t generation = 0;
  std::vector<DamagedVideo::Range> ranges;

  friend bool operator==(const DamageRecord&, const DamageRecord&) = default;
};

/// Notes are not synced: one that a crash takes back means that something is verified once more.
class ScrubState {
 public:
  explicit ScrubState(Database* database) : database_(database) {}

  /// Nothing where no scrub was stopped, or what it noted cannot be read.
  [[nodiscard]] std::optional<ScrubCursor> Cursor() const;
  Status SetCursor(const ScrubCursor& cursor);
  Status ClearCursor();

  /// When an extent was last read to its end, in seconds since the epoch, and what that showed.
  struct Verified {
    int64_t at = 0;
    bool sound = true;
  };
  [[nodiscard]] std::optional<Verified> VerifiedAt(uint64_t extent) const;

  /// Notes that `extents`, which are all that a video has, were read at `now`, and what damage they
  /// have.
  Status NoteVideo(uint32_t namespace_id, std::string_view key, int64_t now,
                   const std::vector<uint64_t>& extents, const std::optional<DamageRecord>& damage);

  /// What is noted of videos of a namespace whose keys begin with `prefix`, by key.
  struct Damaged {
    std::string key;
    DamageRecord damage;
  };
  [[nodiscard]] Result<std::vector<Damaged>> ListDamaged(uint32_t namespace_id,
                                                         std::string_view prefix) const;

  /// Forgets the damage of a video that is gone.
  Status ForgetVideo(uint32_t namespace_id, std::string_view key);

 private:
  Database* database_;
};

}  // namespace reel

#include "scrub/state.h"

#include <utility>

#include "base/coding.h"
#include "format/row_key.h"

namespace reel {
namespace {

constexpr std::string_view kCursorRow = "cursor";
constexpr uint8_t kCursorFormat = 1;

std::string DamageRowKey(uint32_t namespace_id, std::string_view key) {
  std::string row = "damage/";
  PutBigEndian32(&row, namespace_id);
  row += key;
  return row;
}

}  // namespace

std::optional<ScrubCursor> ScrubState::Cursor() const {
  const auto row = database_->Get(Family::kScrub, kCursorRow);
  if (!row.ok() || !row->has_value()) {
    return std::nullopt;
  }
  Decoder in(**row);
  ScrubCursor cursor;
  const uint8_t format = in.Byte();
  cursor.started = static_cast<int64_t>(in.Varint());
  for (uint64_t* count :
       {&cursor.newest_extent, &cursor.entries, &cursor.videos, &cursor.value_bytes,
        &cursor.findings, &cursor.repaired, &cursor.done_bytes}) {
    *count = in.Varint();
  }
  cursor.index_row = in.rest();
  return in.ok() && format == kCursorFormat ? std::optional(std::move(cursor)) : std::nullopt;
}

Status ScrubState::SetCursor(const ScrubCursor& cursor) {
  std::string row;
  row.push_back(static_cast<char>(kCursorFormat));
  PutVarint(&row, static_cast<uint64_t>(cursor.started));
  for (const uint64_t count :
       {cursor.newest_extent, cursor.entries, cursor.videos, cursor.value_bytes, cursor.findings,
        cursor.repaired, cursor.done_bytes}) {
    PutVarint(&row, count);
  }
  row += cursor.index_row;
  RowBatch batch;
  batch.Put(Family::kScrub, std::string(kCursorRow), std::move(row));
  return database_->Write(batch, /*sync=*/false);
}

Status ScrubState::ClearCursor() {
  RowBatch batch;
  batch.Delete(Family::kScrub, std::string(kCursorRow));
  return database_->Write(batch, /*sync=*/false);
}

std::optional<ScrubState::Verified> ScrubState::VerifiedAt(uint64_t extent) const {
  const auto row = database_->Get(Family::kScrub, VerifiedRowKey(extent));
  if (!row.ok() || !row->has_value()) {
    return std::nullopt;
  }
  Decoder in(**row);
  Verified verified;
  verified.at = static_cast<int64_t>(in.Varint());
  verified.sound = in.Byte() != 0;
  return in.ok() ? std::optional(verified) : std::nullopt;
}

Status ScrubState::NoteVideo(uint32_t namespace_id, std::string_view key, int64_t now,
                             const std::vector<uint64_t>& extents,
                             const std::optional<DamageRecord>& damage) {
  RowBatch batch;
  std::string verified;
  PutVarint(&verified, static_cast<uint64_t>(now));
  verified.push_back(damage ? 0 : 1);
  for (const uint64_t extent : extents) {
    batch.Put(Family::kScrub, VerifiedRowKey(extent), verified);
  }
  std::string row_key = DamageRowKey(namespace_id, key);
  if (damage) {
    std::string row;
    PutVarint(&row, damage->generation);
    for (const DamagedVideo::Range& range : damage->ranges) {
      PutVarint(&row, range.offset);
      PutVarint(&row, range.length);
    }
    batch.Put(Family::kScrub, std::move(row_key), std::move(row));
  } else {
    // Read first: of the many videos that never were damaged, none costs a row.
    const auto noted = database_->Get(Family::kScrub, row_key);
    if (!noted.ok() || noted->has_value()) {
      batch.Delete(Family::kScrub, std::move(row_key));
    }
  }
  return batch.changes().empty() ? Status::Ok() : database_->Write(batch, /*sync=*/false);
}

Result<std::vector<ScrubState::Damaged>> ScrubState::ListDamaged(uint32_t namespace_id,
                                                                 std::string_view prefix) const {
  std::vector<Damaged> found;
  const size_t key_begin = DamageRowKey(namespace_id, "").size();
  const auto cursor = database_->NewCursor(Family::kScrub, DamageRowKey(namespace_id, prefix));
  for (; cursor->Valid(); cursor->Next()) {
    Damaged damaged;
    damaged.key = cursor->key().substr(key_begin);
    Decoder in(cursor->value());
    damaged.damage.generation = in.Varint();
    while (in.ok() && !in.rest().empty()) {
      DamagedVideo::Range range;
      range.offset = in.Varint();
      range.length = in.Varint();
      damaged.damage.ranges.push_back(range);
    }
    found.push_back(std::move(damaged));
  }
  REEL_RETURN_IF_ERROR(cursor->status());
  return found;
}

Status ScrubState::ForgetVideo(uint32_t namespace_id, std::string_view key) {
  RowBatch batch;
  batch.Delete(Family::kScrub, DamageRowKey(namespace_id, key));
  return database_->Write(batch, /*sync=*/false);
}

}  // namespace reel

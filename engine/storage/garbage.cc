#include "storage/garbage.h"

#include <memory>
#include <string>
#include <utility>

#include "base/coding.h"
#include "format/row_key.h"

namespace reel {

void ListGarbage(const Garbage& garbage, RowBatch* batch) {
  std::string value;
  value.push_back(static_cast<char>(garbage.family));
  PutFixed32(&value, garbage.page_count);
  PutFixed64(&value, garbage.bytes);
  batch->Put(Family::kGarbage, GarbageRowKey(garbage.extent), std::move(value));
}

void UnlistGarbage(uint64_t extent, RowBatch* batch) {
  batch->Delete(Family::kGarbage, GarbageRowKey(extent));
}

void ForgetExtent(uint64_t extent, RowBatch* batch) {
  UnlistGarbage(extent, batch);
  batch->Delete(Family::kScrub, VerifiedRowKey(extent));
}

Result<std::vector<Garbage>> ListedGarbage(const Database& database) {
  return ListedGarbage(*database.NewSnapshot());
}

Result<std::vector<Garbage>> ListedGarbage(const RowSnapshot& rows) {
  std::vector<Garbage> listed;
  const std::unique_ptr<RowCursor> cursor = rows.NewCursor(Family::kGarbage, "");
  for (; cursor->Valid(); cursor->Next()) {
    Decoder value(cursor->value());
    Garbage garbage;
    garbage.family = static_cast<PageFamily>(value.Byte());
    garbage.page_count = value.Fixed32();
    garbage.bytes = value.Fixed64();
    if (!value.ok() || cursor->key().size() != sizeof(uint64_t)) {
      return {Code::kCorruption, "a garbage row is damaged (restore the store from a copy)"};
    }
    garbage.extent = ReadBigEndian64(cursor->key().data());
    listed.push_back(garbage);
  }
  REEL_RETURN_IF_ERROR(cursor->status());
  return listed;
}

}  // namespace reel

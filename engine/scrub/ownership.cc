#include "scrub/ownership.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "format/record.h"
#include "format/row_key.h"
#include "scrub/extent_set.h"
#include "storage/garbage.h"

namespace reel {
namespace {

// 16 MiB of bits: a store that has seen more ids is walked once for each so many of them.
constexpr uint64_t kExtentsAtOnce = uint64_t{128} << 20;
constexpr uint64_t kRowsBetweenQuestions = 4096;

// An extent that has pages, and the table file where it has one of its own.
struct Present {
  uint64_t extent = 0;
  std::string file;
};

// Calls `take(extent, key)` for every extent that a base entry of the index names; false where not
// all of them can be read.
template <typename Take>
Result<bool> ForEachOwned(const RowSnapshot& rows, const std::function<bool()>& go_on,
                          const Take& take) {
  bool complete = true;
  const auto cursor = rows.NewCursor(Family::kIndex, "");
  for (uint64_t seen = 0; cursor->Valid(); cursor->Next()) {
    if (++seen % kRowsBetweenQuestions == 0 && !go_on()) {
      return Status(Code::kAborted, "stopped");
    }
    const auto head = PeekRecord(cursor->value());
    if (head && head->kind == EntryKind::kChunk) {
      continue;
    }
    const std::string_view key = KvKeyOfIndexRow(cursor->key());
    const auto record = DecodeRecord(cursor->value(), key);
    if (!record.ok()) {
      complete = false;  // told of where the record was looked at
      continue;
    }
    for (const uint64_t extent : ExtentsOf(*record)) {
      take(extent, key);
    }
  }
  if (cursor->status().code() == Code::kCorruption) {
    return false;
  }
  REEL_RETURN_IF_ERROR(cursor->status());
  return complete;
}

// Calls `take(Present)` for every extent below `newest` that has pages, or for fewer where tables
// are damaged. Small ones are found by skipping from each to the next.
template <typename Take>
Status ForEachPresent(const Database& database, uint64_t newest, const std::function<bool()>& go_on,
                      const Take& take) {
  for (const Family family : {Family::kPages, Family::kSharedPages}) {
    for (const SegmentInfo& segment : database.ListSegments(family)) {
      // One that does not tell has a finding of its own.
      const auto shares = database.ExtentsIn(family, segment);
      for (const ExtentShare& share : shares.value_or(std::vector<ExtentShare>())) {
        if (share.extent < newest) {
          take(Present{share.extent, "db" + segment.name});
        }
      }
      if (!go_on()) {
        return {Code::kAborted, "stopped"};
      }
    }
  }
  const auto rows = database.NewSnapshot();
  const auto cursor = rows->NewCursor(Family::kSmallPages, "");
  for (uint64_t seen = 0; cursor->Valid();) {
    if (++seen % kRowsBetweenQuestions == 0 && !go_on()) {
      return {Code::kAborted, "stopped"};
    }
    if (cursor->key().size() != kPageRowKeyBytes) {
      cursor->Next();
      continue;
    }
    const uint64_t extent = ParsePageRowKey(cursor->key()).extent;
    if (extent >= newest) {
      break;
    }
    take(Present{extent, ""});
    cursor->Seek(PageRowKey(extent + 1, 0));
  }
  return cursor->status().code() == Code::kCorruption ? Status::Ok() : cursor->status();
}

// Of the extents [begin, begin + kExtentsAtOnce): those that are nobody's, and those that are
// somebody's twice.
struct Suspects {
  std::map<uint64_t, Present> unowned;
  std::set<uint64_t> doubled;
  bool complete = true;
};

Result<Suspects> Look(const Database& database, uint64_t begin, uint64_t newest,
                      const std::function<bool()>& go_on) {
  Suspects suspects;
  const uint64_t count = std::min(kExtentsAtOnce, newest - begin);
  // Present first: whatever has pages was listed before it had any, so at a later moment it is
  // listed, owned or gone.
  ExtentSet has_pages(begin, count);
  REEL_RETURN_IF_ERROR(ForEachPresent(database, newest, go_on, [&](const Present& each) {
    if (has_pages.Covers(each.extent)) {
      has_pages.Add(each.extent);
    }
  }));
  const auto rows = database.NewSnapshot();
  ExtentSet owned(begin, count);
  const auto own = [&](uint64_t extent) {
    if (owned.Covers(extent) && !owned.Add(extent)) {
      suspects.doubled.insert(extent);
    }
  };
  const auto garbage = ListedGarbage(*rows);
  REEL_RETURN_IF_ERROR(garbage.status());
  for (const Garbage& each : *garbage) {
    own(each.extent);
  }
  const auto complete =
      ForEachOwned(*rows, go_on, [&](uint64_t extent, std::string_view /*key*/) { own(extent); });
  REEL_RETURN_IF_ERROR(complete.status());
  suspects.complete = *complete;
  if (owned.Contains(has_pages)) {
    return suspects;
  }
  REEL_RETURN_IF_ERROR(ForEachPresent(database, newest, go_on, [&](const Present& each) {
    if (has_pages.Has(each.extent) && !owned.Has(each.extent)) {
      suspects.unowned.emplace(each.extent, each);
    }
  }));
  return suspects;
}

}  // namespace

Result<Ownership> FindStrayExtents(const Database& database, uint64_t newest,
                                   const std::function<bool()>& go_on) {
  Ownership found;
  for (uint64_t begin = 0; begin < newest; begin += kExtentsAtOnce) {
    const auto first = Look(database, begin, newest, go_on);
    REEL_RETURN_IF_ERROR(first.status());
    found.complete = found.complete && first->complete;
    if (first->unowned.empty() && first->doubled.empty()) {
      continue;
    }
    const auto second = Look(database, begin, newest, go_on);
    REEL_RETURN_IF_ERROR(second.status());
    for (const auto& [extent, present] : second->unowned) {
      if (first->unowned.contains(extent) && first->complete && second->complete) {
        found.strays.push_back({extent, {}, present.file});
      }
    }
    std::map<uint64_t, std::vector<std::string>> owners;
    const auto rows = database.NewSnapshot();
    const auto walked = ForEachOwned(*rows, go_on, [&](uint64_t extent, std::string_view key) {
      if (first->doubled.contains(extent) && second->doubled.contains(extent)) {
        owners[extent].emplace_back(key);
      }
    });
    REEL_RETURN_IF_ERROR(walked.status());
    for (auto& [extent, keys] : owners) {
      found.strays.push_back({extent, std::move(keys), ""});
    }
  }
  return found;
}

}  // namespace reel

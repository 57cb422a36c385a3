#include "scrub/table_checks.h"

#include <algorithm>
#include <cstdint>

namespace reel {

Status TableChecks::CheckAll() {
  CheckManifest();
  for (const Family family : kFamilies) {
    for (const SegmentInfo& segment : database_.ListSegments(family)) {
      Check(family, segment);
      if (!ledger_.Pace(HoldsPageTables(family) ? 0 : segment.bytes)) {
        return ScrubLedger::Stopped();
      }
    }
  }
  return Status::Ok();
}

void TableChecks::CheckManifest() {
  const Status manifest = database_.VerifyManifest();
  if (manifest.ok()) {
    return;
  }
  ScrubFinding finding;
  finding.kind = FindingKind::kTable;
  finding.file = "db/CURRENT";
  finding.message =
      "the database's list of its files is damaged: " + manifest.message() +
      " (copy what you need out of the store while it is open: it will not open again)";
  ledger_.Tell(finding);
}

Status TableChecks::LookAt(Family family, const SegmentInfo& segment) const {
  if (!HoldsPageTables(family)) {
    return database_.VerifySegment(family, segment);
  }
  const auto rows = database_.VerifyFrame(family, segment);
  REEL_RETURN_IF_ERROR(rows.status());
  const auto shares = database_.ExtentsIn(family, segment);
  if (!shares) {
    return {Code::kCorruption, "it does not tell where its rows lie"};
  }
  uint64_t bytes = 0;
  for (const ExtentShare& share : *shares) {
    bytes += share.bytes;
  }
  return bytes == *rows ? Status::Ok()
                        : Status(Code::kCorruption, std::to_string(*rows) + " bytes of rows, of " +
                                                        std::to_string(bytes) + " that it tells");
}

bool TableChecks::IsThere(Family family, const SegmentInfo& segment) const {
  const auto now = database_.ListSegments(family);
  return std::any_of(now.begin(), now.end(),
                     [&](const SegmentInfo& each) { return each.name == segment.name; });
}

void TableChecks::Check(Family family, const SegmentInfo& segment) {
  if (LookAt(family, segment).ok()) {
    return;
  }
  const Status again = LookAt(family, segment);
  // A file that is merged into another is gone.
  if (again.ok() || !IsThere(family, segment)) {
    return;
  }
  damaged_.emplace_back(family, segment);
  ScrubFinding finding;
  finding.kind = FindingKind::kTable;
  finding.file = "db" + segment.name;
  finding.length = segment.bytes;
  finding.message = "a table file of the family " + std::string(FamilyName(family)) +
                    " is damaged: " + again.message() +
                    (HoldsPageTables(family) ? " (findings of its videos tell which to store again)"
                                             : " (restore the store from a copy)");
  ledger_.Tell(finding);
}

Status TableChecks::PassOver(Family family, const Status& failure, std::string* row) const {
  const SegmentInfo* nearest = nullptr;
  for (const auto& [of, segment] : damaged_) {
    if (of == family && segment.last_key > *row &&
        (nearest == nullptr || segment.last_key < nearest->last_key)) {
      nearest = &segment;
    }
  }
  if (nearest == nullptr) {
    return failure.WithContext("reading the family " + std::string(FamilyName(family)));
  }
  *row = nearest->last_key;
  return Status::Ok();
}

}  // namespace reel

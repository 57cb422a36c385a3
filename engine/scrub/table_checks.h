// RocksDB's table files against its own checksums, and what of them cannot be read.
#pragma once

#include <reel/status.h>

#include <string>
#include <utility>
#include <vector>

#include "scrub/ledger.h"
#include "storage/database.h"

namespace reel {

/// One thread.
class TableChecks {
 public:
  TableChecks(Database* database, ScrubLedger* ledger) : database_(*database), ledger_(*ledger) {}

  /// All table files: wholly, or of those of pages all but the pages, which are checked with their
  /// values. kAborted: stopped.
  Status CheckAll();

  /// Rows behind `row` cannot be read, as `failure` says: moves `row` to the last one of the
  /// damaged file that is passed first. `failure` where it is in no file that CheckAll found
  /// damaged.
  Status PassOver(Family family, const Status& failure, std::string* row) const;

 private:
  [[nodiscard]] Status LookAt(Family family, const SegmentInfo& segment) const;
  [[nodiscard]] bool IsThere(Family family, const SegmentInfo& segment) const;
  void Check(Family family, const SegmentInfo& segment);
  void CheckManifest();

  Database& database_;
  ScrubLedger& ledger_;
  std::vector<std::pair<Family, SegmentInfo>> damaged_;
};

}  // namespace reel

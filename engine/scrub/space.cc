#include "scrub/space.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "storage/garbage.h"

namespace reel {
namespace {

namespace fs = std::filesystem;

struct Table {
  Family family;
  SegmentInfo segment;
};

bool IsDatabasesOwn(std::string_view name) {
  return name == "CURRENT" || name == "IDENTITY" || name == "LOCK" || name.starts_with("LOG") ||
         name.starts_with("MANIFEST") || name.starts_with("OPTIONS-") || name.ends_with(".log") ||
         name.ends_with(".dbtmp");
}

bool IsStores(std::string_view path) {
  return path == "REEL" || path == "REEL.new" || path == "reel.json";
}

class Accountant {
 public:
  Accountant(const Database& database, const ScrubState& state, const SpaceQuestion& question)
      : database_(database), state_(state), question_(question) {}

  Result<SpaceReport> Run() {
    const auto garbage = ListedGarbage(database_);
    REEL_RETURN_IF_ERROR(garbage.status());
    for (const Garbage& each : *garbage) {
      garbage_.push_back(each.extent);
    }
    for (const Family family : kFamilies) {
      for (SegmentInfo& segment : database_.ListSegments(family)) {
        const std::string path = "db" + segment.name;
        tables_[path] = {family, std::move(segment)};
      }
    }
    const fs::path root = database_.options().path;
    std::error_code error;
    for (fs::recursive_directory_iterator at(root, error), end; !error && at != end;
         at.increment(error)) {
      std::error_code gone;
      if (!at->is_regular_file(gone)) {
        continue;
      }
      const uint64_t bytes = at->file_size(gone);
      if (!gone) {
        Take(at->path().lexically_relative(root).string(), bytes);
      }
    }
    if (error) {
      return Status(Code::kIoError, "cannot look through " + root.string() + ": " +
                                        error.message() + " (look at the directory)");
    }
    return std::move(report_);
  }

 private:
  void Take(const std::string& path, uint64_t bytes) {
    ScrubAccounts& accounts = report_.accounts;
    accounts.total += bytes;
    const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
    if (const auto table = tables_.find(path); table != tables_.end()) {
      TakeTable(table->second, bytes);
    } else if (path.starts_with("staging/")) {
      accounts.newer += bytes;
    } else if (path.starts_with("db/") && (name.ends_with(".sst") || name.ends_with(".trash"))) {
      accounts.garbage += bytes;
    } else {
      accounts.other += bytes;
      if (!IsStores(path) && !(path.starts_with("db/") && IsDatabasesOwn(name))) {
        ScrubFinding finding;
        finding.kind = FindingKind::kSpace;
        finding.invariant = 4;
        finding.file = path;
        finding.length = bytes;
        finding.message = "the file is none of the store's (move it away)";
        report_.findings.push_back(std::move(finding));
      }
    }
  }

  void TakeTable(const Table& table, uint64_t bytes) {
    ScrubAccounts& accounts = report_.accounts;
    if (!HoldsPageTables(table.family)) {
      accounts.verified += bytes;
      return;
    }
    const auto shares = database_.ExtentsIn(table.family, table.segment);
    if (!shares) {
      accounts.not_verified += bytes;  // the table has a finding of its own
      return;
    }
    uint64_t left = bytes;
    for (const ExtentShare& share : *shares) {
      const uint64_t taken = std::min(left, share.bytes);
      *AccountOf(share.extent) += taken;
      left -= taken;
    }
    accounts.verified += left;  // what is beside the rows
  }

  uint64_t* AccountOf(uint64_t extent) {
    ScrubAccounts& accounts = report_.accounts;
    if (std::binary_search(garbage_.begin(), garbage_.end(), extent)) {
      return &accounts.garbage;
    }
    if (extent >= question_.newest_extent) {
      return &accounts.newer;
    }
    const auto verified = state_.VerifiedAt(extent);
    if (verified && verified->at >= question_.started) {
      return &accounts.verified;
    }
    if (verified && question_.since_s && verified->at >= question_.started - *question_.since_s) {
      return &accounts.verified_earlier;
    }
    return &accounts.not_verified;
  }

  const Database& database_;
  const ScrubState& state_;
  SpaceQuestion question_;
  std::vector<uint64_t> garbage_;  // rising, as the rows are
  std::map<std::string, Table> tables_;
  SpaceReport report_;
};

}  // namespace

Result<SpaceReport> AccountForSpace(const Database& database, const ScrubState& state,
                                    const SpaceQuestion& question) {
  return Accountant(database, state, question).Run();
}

}  // namespace reel

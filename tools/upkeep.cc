#include "tools/upkeep.h"

#include <chrono>
#include <cstdint>

#include "tools/exit_status.h"
#include "tools/scrub_report.h"

namespace reel::cli {
namespace {

void ReportFinding(const ScrubFinding& finding) {
  if (!finding.repaired) {
    Report(Status(Code::kCorruption, ToText(finding)).WithContext("scrub"));
  }
}

}  // namespace

Status CheckUpkeep(const CommandLine& line) {
  return line.Has(FlagId::kScrubRate) && !line.Has(FlagId::kScrubEvery)
             ? Status(Code::kInvalidArgument,
                      "--scrub-rate is of scrubs that --scrub-every asks for (give both)")
             : Status::Ok();
}

Upkeep::Upkeep(Store* store, const CommandLine& line,
               const std::function<void(const Status&)>& report)
    // What expires must not fill the disk.
    : sweeper_(store, std::chrono::minutes(1), report) {
  if (const auto every = line.Number(FlagId::kScrubEvery)) {
    const BackgroundScrubOptions pace{.every_s = static_cast<int64_t>(*every),
                                      .bytes_per_second = line.Number(FlagId::kScrubRate)};
    scrub_.emplace(store, pace, ReportFinding, report);
  }
}

}  // namespace reel::cli

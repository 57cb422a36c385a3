#include <string>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/describe.h"
#include "tools/exit_status.h"
#include "tools/output.h"

namespace reel::cli {
namespace {

Status Stats(const Session& session, const CommandLine& line) {
  const auto open = OpenStore(session, line, Missing::kIsAnError);
  if (!open.ok()) {
    return open.status();
  }
  const auto stats = open->store->Stats();
  if (!stats.ok()) {
    return stats.status();
  }
  Output output = Output::Standard(session);
  REEL_RETURN_IF_ERROR(
      output.Print(line.Has(FlagId::kJson) ? ToJsonLine(*stats) : ToLines(*stats)));
  return output.Finish();
}

}  // namespace

int RunStats(const Session& session, const CommandLine& line) {
  return Report(session, Stats(session, line).WithContext("stats"));
}

}  // namespace reel::cli

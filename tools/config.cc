#include <algorithm>
#include <string>
#include <vector>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/describe.h"
#include "tools/exit_status.h"
#include "tools/output.h"
#include "tools/settings.h"

namespace reel::cli {
namespace {

Status Config(const Session& session, const CommandLine& line) {
  const auto path = StorePath(session, line);
  if (!path.ok()) {
    return path.status();
  }
  const auto builder = ReadSettings(session, line, *path);
  if (!builder.ok()) {
    return builder.status();
  }
  REEL_RETURN_IF_ERROR(builder->Build().status());
  const std::vector<Setting> settings = builder->Settings();
  Output output = Output::Standard(session);
  REEL_RETURN_IF_ERROR(
      output.Print(line.Has(FlagId::kJson) ? ToJsonLines(settings) : ToTable(settings)));
  return output.Finish();
}

}  // namespace

int RunConfig(const Session& session, const CommandLine& line) {
  return Report(session, Config(session, line).WithContext("config"));
}

}  // namespace reel::cli

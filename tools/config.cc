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

Status Config(const CommandLine& line) {
  const auto path = StorePath(line);
  if (!path.ok()) {
    return path.status();
  }
  const auto builder = ReadSettings(line, *path);
  if (!builder.ok()) {
    return builder.status();
  }
  REEL_RETURN_IF_ERROR(builder->Build().status());
  const std::vector<Setting> settings = builder->Settings();
  Output output = Output::Standard();
  if (line.Has(FlagId::kJson)) {
    for (const Setting& setting : settings) {
      REEL_RETURN_IF_ERROR(output.Print(EncodeSetting(setting) + "\n"));
    }
  } else {
    REEL_RETURN_IF_ERROR(output.Print(ToTable(settings)));
  }
  return output.Finish();
}

}  // namespace

int RunConfig(const CommandLine& line) {
  return Report(Config(line).WithContext("config"));
}

}  // namespace reel::cli

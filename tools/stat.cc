#include <string>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/describe.h"
#include "tools/exit_status.h"
#include "tools/keys.h"
#include "tools/output.h"

namespace reel::cli {
namespace {

Status Stat(const Session& session, const CommandLine& line) {
  const std::string& key = line.operands().front();
  REEL_RETURN_IF_ERROR(CheckKey(key));
  auto context = Context::Open(session, line, Missing::kIsAnError);
  if (!context.ok()) {
    return context.status();
  }
  const auto video = context->library().Stat(key);
  if (!video.ok()) {
    return video.status();
  }
  Output output = Output::Standard(session);
  REEL_RETURN_IF_ERROR(
      output.Print(line.Has(FlagId::kJson) ? ToJson(*video) + "\n" : ToLines(*video)));
  return output.Finish();
}

}  // namespace

int RunStat(const Session& session, const CommandLine& line) {
  return Report(session, Stat(session, line).WithContext("stat " + line.operands().front()));
}

}  // namespace reel::cli

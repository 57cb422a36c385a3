#include <reel/json.h>

#include <string>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/exit_status.h"
#include "tools/keys.h"
#include "tools/output.h"

namespace reel::cli {
namespace {

// Shows the version, or bumps it first.
Status Version(const Session& session, const CommandLine& line, bool bump) {
  const std::string& key = line.operands().front();
  REEL_RETURN_IF_ERROR(CheckKey(key));
  auto context = Context::Open(session, line, Missing::kIsAnError,
                               bump ? Versions::kAreCreated : Versions::kAreReadIfAny);
  if (!context.ok()) {
    return context.status();
  }
  const auto version = bump ? context->library().BumpVersion(key) : context->library().Version(key);
  if (!version.ok()) {
    return version.status();
  }
  Output output = Output::Standard(session);
  REEL_RETURN_IF_ERROR(output.Print(
      (line.Has(FlagId::kJson) ? JsonObject().Add("key", key).Add("version", *version).ToString()
                               : std::to_string(*version)) +
      "\n"));
  return output.Finish();
}

int Run(const Session& session, const CommandLine& line, bool bump) {
  return Report(
      session,
      Version(session, line, bump).WithContext(line.words() + " " + line.operands().front()));
}

}  // namespace

int RunVersionShow(const Session& session, const CommandLine& line) {
  return Run(session, line, false);
}

int RunVersionBump(const Session& session, const CommandLine& line) {
  return Run(session, line, true);
}

}  // namespace reel::cli

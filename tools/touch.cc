#include <string>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/exit_status.h"
#include "tools/keys.h"

namespace reel::cli {
namespace {

Status Touch(const Session& session, const CommandLine& line) {
  const std::string& key = line.operands().front();
  REEL_RETURN_IF_ERROR(CheckKey(key));
  const auto ttl = line.Number(FlagId::kTtl);
  if (!ttl) {
    return {Code::kInvalidArgument, "the time that it has left is missing (give --ttl SECONDS)"};
  }
  auto context = Context::Open(session, line, Missing::kIsAnError);
  return context.ok() ? context->library().Touch(key, static_cast<int64_t>(*ttl))
                      : context.status();
}

}  // namespace

int RunTouch(const Session& session, const CommandLine& line) {
  return Report(session, Touch(session, line).WithContext("touch " + line.operands().front()));
}

}  // namespace reel::cli

#include <algorithm>
#include <string>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/exit_status.h"
#include "tools/keys.h"

namespace reel::cli {
namespace {

Status Delete(const Session& session, Context* context, const std::string& key) {
  if (session.Interrupted()) {
    return {Code::kAborted, "interrupted (it is still there)"};
  }
  return context->entries().Delete(key).status();
}

}  // namespace

int RunKvDelete(const Session& session, const CommandLine& line) {
  // A command line that is wrong removes nothing.
  for (const std::string& key : line.operands()) {
    if (const Status valid = CheckKey(key); !valid.ok()) {
      return Report(session, valid.WithContext("kv delete " + key));
    }
  }
  auto context = Context::Open(session, line, Missing::kIsAnError);
  if (!context.ok()) {
    return Report(session, context.status().WithContext("kv delete"));
  }
  int exit_status = 0;
  for (const std::string& key : line.operands()) {
    exit_status =
        std::max(exit_status,
                 Report(session, Delete(session, &*context, key).WithContext("kv delete " + key)));
  }
  return exit_status;
}

}  // namespace reel::cli

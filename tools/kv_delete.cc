#include <algorithm>
#include <string>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/exit_status.h"
#include "tools/interrupt.h"
#include "tools/keys.h"

namespace reel::cli {
namespace {

Status Delete(Context* context, const std::string& key) {
  if (Interrupted()) {
    return {Code::kAborted, "interrupted (it is still there)"};
  }
  return context->entries().Delete(key).status();
}

}  // namespace

int RunKvDelete(const CommandLine& line) {
  // A command line that is wrong removes nothing.
  for (const std::string& key : line.operands()) {
    if (const Status valid = CheckKey(key); !valid.ok()) {
      return Report(valid.WithContext("kv delete " + key));
    }
  }
  auto context = Context::Open(line, Missing::kIsAnError);
  if (!context.ok()) {
    return Report(context.status().WithContext("kv delete"));
  }
  int exit_status = 0;
  for (const std::string& key : line.operands()) {
    exit_status =
        std::max(exit_status, Report(Delete(&*context, key).WithContext("kv delete " + key)));
  }
  return exit_status;
}

}  // namespace reel::cli

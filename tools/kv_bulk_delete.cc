#include <string>

#include "tools/bulk_keys.h"
#include "tools/commands.h"
#include "tools/context.h"
#include "tools/exit_status.h"

namespace reel::cli {
namespace {

Status KvBulkDelete(const Session& session, const CommandLine& line) {
  const auto keys = ReadBulkKeys(session, line.operands().front());
  if (!keys.ok()) {
    return keys.status();
  }
  auto context = Context::Open(session, line, Missing::kIsAnError);
  if (!context.ok()) {
    return context.status();
  }
  size_t done = 0;
  // In the order of the file, one by one: a chunk that stands behind its manifest is gone by then.
  for (const std::string& key : *keys) {
    const Status removed = session.Interrupted() ? Status(Code::kAborted, "interrupted")
                                                 : context->entries().Delete(key).status();
    if (!removed.ok()) {
      return {removed.code(),
              "keys removed: " + std::to_string(done) + "; " + key + ": " + removed.message()};
    }
    ++done;
  }
  return Status::Ok();
}

}  // namespace

int RunKvBulkDelete(const Session& session, const CommandLine& line) {
  return Report(
      session,
      KvBulkDelete(session, line).WithContext("kv bulk delete " + line.operands().front()));
}

}  // namespace reel::cli

#include <string>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/copy.h"
#include "tools/exit_status.h"
#include "tools/keys.h"
#include "tools/target.h"

namespace reel::cli {
namespace {

Status KvGet(const CommandLine& line) {
  const std::string& key = line.operands().front();
  REEL_RETURN_IF_ERROR(CheckKey(key));
  auto context = Context::Open(line, Missing::kIsAnError);
  if (!context.ok()) {
    return context.status();
  }
  const auto view = context->entries().Open(key);
  if (!view.ok()) {
    return view.status();
  }
  auto target = Target::Open(line.Text(FlagId::kOutput).value_or("-"));
  if (!target.ok()) {
    return target.status();
  }
  return CopyTo(&*target, {0, (*view)->entry().size},
                [&](uint64_t offset, uint64_t length, BorrowedBytes* bytes) {
                  return (*view)->ReadValue(offset, length, bytes);
                });
}

}  // namespace

int RunKvGet(const CommandLine& line) {
  return Report(KvGet(line).WithContext("kv get " + line.operands().front()));
}

}  // namespace reel::cli

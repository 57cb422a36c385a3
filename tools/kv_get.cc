#include <algorithm>
#include <string>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/exit_status.h"
#include "tools/keys.h"
#include "tools/progress.h"
#include "tools/target.h"

namespace reel::cli {
namespace {

// Writes the value and shows progress. kAborted when interrupted.
Status Copy(const Session& session, const EntryView& view, Output* output) {
  constexpr uint64_t kBlockBytes = 1ULL << 20;
  const uint64_t size = view.entry().size;
  Progress progress(session, size);
  BorrowedBytes bytes;
  for (uint64_t at = 0; at < size; at += bytes.size()) {
    if (session.Interrupted()) {
      return {Code::kAborted, "interrupted"};
    }
    bytes.Clear();
    REEL_RETURN_IF_ERROR(view.ReadValue(at, std::min(size - at, kBlockBytes), &bytes));
    REEL_RETURN_IF_ERROR(output->Write(bytes.slices()));
    progress.Add(bytes.size());
  }
  return Status::Ok();
}

Status KvGet(const Session& session, const CommandLine& line) {
  const std::string& key = line.operands().front();
  REEL_RETURN_IF_ERROR(CheckKey(key));
  auto context = Context::Open(session, line, Missing::kIsAnError);
  if (!context.ok()) {
    return context.status();
  }
  const auto view = context->entries().Open(key);
  if (!view.ok()) {
    return view.status();
  }
  auto target = Target::Open(session, line.Text(FlagId::kOutput).value_or("-"));
  if (!target.ok()) {
    return target.status();
  }
  return target->Finish(Copy(session, **view, &target->output()));
}

}  // namespace

int RunKvGet(const Session& session, const CommandLine& line) {
  return Report(session, KvGet(session, line).WithContext("kv get " + line.operands().front()));
}

}  // namespace reel::cli

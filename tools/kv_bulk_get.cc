#include <reel/bulk.h>
#include <reel/json.h>

#include <string>

#include "tools/bulk_keys.h"
#include "tools/commands.h"
#include "tools/context.h"
#include "tools/exit_status.h"
#include "tools/target.h"
#include "tools/terminal_text.h"

namespace reel::cli {
namespace {

// What is known of one key: {value}, null for what is missing. Bytes that JSON cannot hold come as
// in a file for kv bulk put.
Result<std::string> AnswerFor(const Session& session, const KvNamespace& entries,
                              const std::string& key) {
  auto found = ReadWhole(session, entries, key);
  if (found.code() == Code::kNotFound) {
    return JsonObject().AddRaw("value", "").ToString();
  }
  if (!found.ok()) {
    return found.status();
  }
  if (IsUtf8(found->value)) {
    JsonObject answer;
    answer.Add("value", found->value);
    if (!found->entry.metadata.empty()) {
      answer.AddRaw("metadata", found->entry.metadata);
    }
    return answer.ToString();
  }
  BulkEntry binary;
  binary.key = key;
  binary.value = std::move(found->value);
  binary.metadata = std::move(found->entry.metadata);
  return EncodeBulkEntry(binary);
}

Status WriteAnswers(const Session& session, const KvNamespace& entries,
                    const std::vector<std::string>& keys, Output* output) {
  // Field by field, never all of the object: it may be larger than memory.
  std::string before = "{\n";
  for (const std::string& key : keys) {
    const auto answer = AnswerFor(session, entries, key);
    if (!answer.ok()) {
      return answer.code() == Code::kAborted ? answer.status() : answer.status().WithContext(key);
    }
    const std::string field = JsonObject().AddRaw(key, *answer).ToString();
    REEL_RETURN_IF_ERROR(output->Print(before + field.substr(1, field.size() - 2)));
    before = ",\n";
  }
  return output->Print(keys.empty() ? "{}\n" : "\n}\n");
}

Status KvBulkGet(const Session& session, const CommandLine& line) {
  const auto keys = ReadBulkKeys(session, line.operands().front());
  if (!keys.ok()) {
    return keys.status();
  }
  auto context = Context::Open(session, line, Missing::kIsAnError);
  if (!context.ok()) {
    return context.status();
  }
  auto target = Target::Open(session, line.Text(FlagId::kOutput).value_or("-"));
  if (!target.ok()) {
    return target.status();
  }
  return target->Finish(WriteAnswers(session, context->entries(), *keys, &target->output()));
}

}  // namespace

int RunKvBulkGet(const Session& session, const CommandLine& line) {
  return Report(session,
                KvBulkGet(session, line).WithContext("kv bulk get " + line.operands().front()));
}

}  // namespace reel::cli

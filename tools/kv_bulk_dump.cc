#include <reel/bulk.h>

#include <string>
#include <utility>

#include "tools/bulk_keys.h"
#include "tools/commands.h"
#include "tools/context.h"
#include "tools/exit_status.h"
#include "tools/progress.h"
#include "tools/target.h"

namespace reel::cli {
namespace {

Result<std::string> ElementOf(const Session& session, const KvNamespace& entries,
                              const std::string& key) {
  auto found = ReadWhole(session, entries, key);
  if (!found.ok()) {
    return found.status();
  }
  BulkEntry element;
  element.key = key;
  element.value = std::move(found->value);
  element.expiration = found->entry.expires;
  element.metadata = std::move(found->entry.metadata);
  return EncodeBulkEntry(element);
}

Status WriteElements(const Session& session, const KvNamespace& entries, ListOptions options,
                     Output* output) {
  Progress progress(session, std::nullopt);
  std::string before = "[\n";
  bool more = true;
  while (more) {
    const auto page = entries.List(options);
    if (!page.ok()) {
      return page.status();
    }
    for (const Entry& entry : page->entries) {
      const auto element = ElementOf(session, entries, entry.key);
      if (element.code() == Code::kNotFound) {
        continue;  // it has expired since it was listed
      }
      if (!element.ok()) {
        return element.code() == Code::kAborted ? element.status()
                                                : element.status().WithContext(entry.key);
      }
      REEL_RETURN_IF_ERROR(output->Print(before + *element));
      progress.Add(entry.size);
      before = ",\n";
    }
    more = page->next.has_value();
    options.start_after = page->next.value_or("");
  }
  return output->Print(before == "[\n" ? "[]\n" : "\n]\n");
}

Status KvBulkDump(const Session& session, const CommandLine& line) {
  auto context = Context::Open(session, line, Missing::kIsAnError);
  if (!context.ok()) {
    return context.status();
  }
  auto target = Target::Open(session, line.Text(FlagId::kOutput).value_or("-"));
  if (!target.ok()) {
    return target.status();
  }
  ListOptions options;
  options.prefix = line.Text(FlagId::kPrefix).value_or("");
  options.include_chunks = true;
  return target->Finish(WriteElements(session, context->entries(), options, &target->output()));
}

}  // namespace

int RunKvBulkDump(const Session& session, const CommandLine& line) {
  return Report(session, KvBulkDump(session, line).WithContext("kv bulk dump"));
}

}  // namespace reel::cli

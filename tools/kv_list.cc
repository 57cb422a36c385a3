#include <reel/bulk.h>

#include <algorithm>
#include <string>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/exit_status.h"
#include "tools/output.h"
#include "tools/terminal_text.h"

namespace reel::cli {
namespace {

constexpr uint64_t kPageRows = 1000;

Status KvList(const Session& session, const CommandLine& line) {
  auto context = Context::Open(session, line, Missing::kIsAnError);
  if (!context.ok()) {
    return context.status();
  }
  const bool json = line.Has(FlagId::kJson);
  Output output = Output::Standard(session);
  ListOptions options;
  options.prefix = line.Text(FlagId::kPrefix).value_or("");
  options.include_chunks = true;
  uint64_t left = line.Number(FlagId::kLimit).value_or(UINT64_MAX);
  bool more = true;
  while (more && left > 0) {
    if (session.Interrupted()) {
      return {Code::kAborted, "interrupted (the listing is not complete)"};
    }
    options.limit = static_cast<uint32_t>(std::min(left, kPageRows));
    const auto page = context->entries().List(options);
    if (!page.ok()) {
      return page.status();
    }
    for (const Entry& entry : page->entries) {
      REEL_RETURN_IF_ERROR(
          output.Print((json ? EncodeKeyRow(entry) : EscapeControls(entry.key)) + "\n"));
    }
    left -= page->entries.size();
    more = page->next.has_value();
    options.start_after = page->next.value_or("");
  }
  return output.Finish();
}

}  // namespace

int RunKvList(const Session& session, const CommandLine& line) {
  return Report(session, KvList(session, line).WithContext("kv list"));
}

}  // namespace reel::cli

#include <optional>
#include <string>
#include <utility>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/describe.h"
#include "tools/exit_status.h"
#include "tools/output.h"
#include "tools/progress.h"

namespace reel::cli {
namespace {

// Nothing: what has expired.
Result<std::optional<PurgeSelector>> SelectorOf(const CommandLine& line) {
  PurgeSelector selector{line.Text(FlagId::kTag), line.Text(FlagId::kPrefix)};
  const bool selects = selector.tag || selector.prefix;
  if (line.Has(FlagId::kExpired)) {
    return selects ? Result<std::optional<PurgeSelector>>(
                         Code::kInvalidArgument,
                         "--expired stands alone (leave out --tag and --prefix, or purge twice)")
                   : std::optional<PurgeSelector>();
  }
  if (!selects) {
    return {Code::kInvalidArgument,
            "nothing says which videos (give --tag TAG, --prefix P or --expired)"};
  }
  // Most likely a shell variable that is not set.
  for (const auto& [flag, value] :
       {std::pair("--tag", &selector.tag), {"--prefix", &selector.prefix}}) {
    if (*value && (*value)->empty()) {
      return {Code::kInvalidArgument, std::string(flag) + " is empty (say which videos are meant)"};
    }
  }
  return std::optional(std::move(selector));
}

Status Purge(const Session& session, const CommandLine& line) {
  const auto selector = SelectorOf(line);
  if (!selector.ok()) {
    return selector.status();
  }
  auto context = Context::Open(session, line, Missing::kIsAnError);
  if (!context.ok()) {
    return context.status();
  }
  Progress progress(session, std::nullopt);
  PurgeReport so_far;
  const auto advance = [&](const PurgeReport& report) {
    progress.Add(report.bytes - so_far.bytes);
    so_far = report;
    return !session.Interrupted();
  };
  VideoLibrary& library = context->library();
  const auto purged =
      *selector ? library.Purge(**selector, advance) : library.PurgeExpired(advance);
  if (purged.code() == Code::kAborted) {
    return {Code::kAborted,
            "interrupted (gone so far: " + ToText(so_far) + "; the same command goes on)"};
  }
  if (!purged.ok()) {
    return purged.status();
  }
  Output output = Output::Standard(session);
  REEL_RETURN_IF_ERROR(
      output.Print((line.Has(FlagId::kJson) ? ToJson(*purged) : ToText(*purged)) + "\n"));
  return output.Finish();
}

}  // namespace

int RunPurge(const Session& session, const CommandLine& line) {
  return Report(session, Purge(session, line).WithContext("purge"));
}

}  // namespace reel::cli

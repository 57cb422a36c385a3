#include <reel/scrub.h>

#include <algorithm>
#include <string>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/describe.h"
#include "tools/exit_status.h"
#include "tools/output.h"
#include "tools/scrub_report.h"
#include "tools/terminal_text.h"

namespace reel::cli {
namespace {

std::string RowOf(const VideoInfo& video, const CommandLine& line) {
  if (line.Has(FlagId::kJson)) {
    return ToJson(video) + "\n";
  }
  return line.Has(FlagId::kLong) ? ToLongRow(video) : EscapeControls(video.key) + "\n";
}

bool HasAll(const VideoInfo& video, const std::vector<std::string>& tags) {
  return std::all_of(tags.begin(), tags.end(), [&](const std::string& tag) {
    return std::find(video.tags.begin(), video.tags.end(), tag) != video.tags.end();
  });
}

std::string PrefixOf(const CommandLine& line) {
  return line.operands().empty() ? "" : line.operands().front();
}

Status LsDamaged(const Session& session, const CommandLine& line) {
  if (line.Has(FlagId::kTag) || line.Has(FlagId::kLong)) {
    return {Code::kInvalidArgument, "--damaged stands without --tag and --long (leave them out)"};
  }
  const auto open = OpenStore(session, line, Missing::kIsAnError);
  if (!open.ok()) {
    return open.status();
  }
  const auto damaged = ListDamaged(open->store, NamespaceNameOf(line), PrefixOf(line));
  if (!damaged.ok()) {
    return damaged.status();
  }
  Output output = Output::Standard(session);
  for (const DamagedVideo& video : *damaged) {
    REEL_RETURN_IF_ERROR(
        output.Print(line.Has(FlagId::kJson) ? ToJson(video) + "\n" : ToRow(video)));
  }
  return output.Finish();
}

Status Ls(const Session& session, const CommandLine& line) {
  if (line.Has(FlagId::kDamaged)) {
    return LsDamaged(session, line);
  }
  auto context = Context::Open(session, line, Missing::kIsAnError);
  if (!context.ok()) {
    return context.status();
  }
  const std::vector<std::string> tags = line.Texts(FlagId::kTag);
  Output output = Output::Standard(session);
  ListOptions options;
  options.prefix = PrefixOf(line);
  bool more = true;
  while (more) {
    if (session.Interrupted()) {
      return {Code::kAborted, "interrupted (the listing is not complete)"};
    }
    const auto page = context->library().List(options);
    if (!page.ok()) {
      return page.status();
    }
    for (const VideoInfo& video : page->videos) {
      if (HasAll(video, tags)) {
        REEL_RETURN_IF_ERROR(output.Print(RowOf(video, line)));
      }
    }
    more = page->next.has_value();
    options.start_after = page->next.value_or("");
  }
  return output.Finish();
}

}  // namespace

int RunLs(const Session& session, const CommandLine& line) {
  return Report(session, Ls(session, line).WithContext("ls"));
}

}  // namespace reel::cli

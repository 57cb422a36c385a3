#include <algorithm>
#include <string>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/describe.h"
#include "tools/exit_status.h"
#include "tools/interrupt.h"
#include "tools/output.h"
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

Status Ls(const CommandLine& line) {
  auto context = Context::Open(line, Missing::kIsAnError);
  if (!context.ok()) {
    return context.status();
  }
  const std::vector<std::string> tags = line.Texts(FlagId::kTag);
  Output output = Output::Standard();
  ListOptions options;
  options.prefix = line.operands().empty() ? "" : line.operands().front();
  bool more = true;
  while (more) {
    if (Interrupted()) {
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

int RunLs(const CommandLine& line) {
  return Report(Ls(line).WithContext("ls"));
}

}  // namespace reel::cli

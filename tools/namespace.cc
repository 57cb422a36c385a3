#include <reel/json.h>
#include <reel/video_namespaces.h>

#include <string>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/exit_status.h"
#include "tools/output.h"
#include "tools/terminal_text.h"

namespace reel::cli {
namespace {

Status NamespaceList(const CommandLine& line) {
  const auto open = OpenStore(line, Missing::kIsAnError);
  if (!open.ok()) {
    return open.status();
  }
  const auto names = open->store->Namespaces();
  if (!names.ok()) {
    return names.status();
  }
  Output output = Output::Standard();
  for (const std::string& name : *names) {
    REEL_RETURN_IF_ERROR(
        output.Print((line.Has(FlagId::kJson) ? JsonObject().Add("name", name).ToString()
                                              : EscapeControls(name)) +
                     "\n"));
  }
  return output.Finish();
}

Status NamespaceRename(const CommandLine& line) {
  const auto open = OpenStore(line, Missing::kIsAnError);
  return open.ok() ? RenameWithVersions(open->store.get(), line.operands()[0], line.operands()[1])
                   : open.status();
}

Status NamespaceDrop(const CommandLine& line) {
  const auto open = OpenStore(line, Missing::kIsAnError);
  return open.ok() ? DropWithVersions(open->store.get(), line.operands().front()) : open.status();
}

}  // namespace

int RunNamespaceList(const CommandLine& line) {
  return Report(NamespaceList(line).WithContext("namespace list"));
}

int RunNamespaceRename(const CommandLine& line) {
  return Report(NamespaceRename(line).WithContext("namespace rename " + line.operands().front()));
}

int RunNamespaceDrop(const CommandLine& line) {
  return Report(NamespaceDrop(line).WithContext("namespace drop " + line.operands().front()));
}

}  // namespace reel::cli

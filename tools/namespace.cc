#include <reel/json.h>
#include <reel/video_namespaces.h>

#include <mutex>
#include <shared_mutex>
#include <string>

#include "tools/commands.h"
#include "tools/context.h"
#include "tools/exit_status.h"
#include "tools/output.h"
#include "tools/shared_store.h"
#include "tools/terminal_text.h"

namespace reel::cli {
namespace {

Status NamespaceList(const Session& session, const CommandLine& line) {
  const auto open = OpenStore(session, line, Missing::kIsAnError);
  if (!open.ok()) {
    return open.status();
  }
  const auto names = open->store->Namespaces();
  if (!names.ok()) {
    return names.status();
  }
  Output output = Output::Standard(session);
  for (const std::string& name : *names) {
    REEL_RETURN_IF_ERROR(
        output.Print((line.Has(FlagId::kJson) ? JsonObject().Add("name", name).ToString()
                                              : EscapeControls(name)) +
                     "\n"));
  }
  return output.Finish();
}

// Whoever else works on the session's store finds no namespace meanwhile.
std::unique_lock<std::shared_mutex> NamesAlone(const Session& session) {
  return session.store == nullptr ? std::unique_lock<std::shared_mutex>()
                                  : std::unique_lock(*session.store->names);
}

Status NamespaceRename(const Session& session, const CommandLine& line) {
  const auto open = OpenStore(session, line, Missing::kIsAnError);
  const auto alone = NamesAlone(session);
  return open.ok() ? RenameWithVersions(open->store, line.operands()[0], line.operands()[1])
                   : open.status();
}

Status NamespaceDrop(const Session& session, const CommandLine& line) {
  const auto open = OpenStore(session, line, Missing::kIsAnError);
  const auto alone = NamesAlone(session);
  return open.ok() ? DropWithVersions(open->store, line.operands().front()) : open.status();
}

}  // namespace

int RunNamespaceList(const Session& session, const CommandLine& line) {
  return Report(session, NamespaceList(session, line).WithContext("namespace list"));
}

int RunNamespaceRename(const Session& session, const CommandLine& line) {
  return Report(
      session,
      NamespaceRename(session, line).WithContext("namespace rename " + line.operands().front()));
}

int RunNamespaceDrop(const Session& session, const CommandLine& line) {
  return Report(
      session,
      NamespaceDrop(session, line).WithContext("namespace drop " + line.operands().front()));
}

}  // namespace reel::cli

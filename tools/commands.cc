#include "tools/commands.h"

#include "tools/exit_status.h"
#include "tools/help.h"
#include "tools/interrupt.h"
#include "tools/output.h"
#include "tools/owner_client.h"

namespace reel::cli {
namespace {

int PrintText(const Session& session, const std::string& text) {
  Output output = Output::Standard(session);
  Status status = output.Print(text);
  if (status.ok()) {
    status = output.Finish();
  }
  return Report(session, status);
}

int RunHelp(const Session& session, const CommandLine& line) {
  if (line.Has(FlagId::kMan)) {
    return PrintText(session, ManualPage());
  }
  if (line.Has(FlagId::kCompletion)) {
    return PrintText(session, BashCompletion());
  }
  std::string name;
  for (const std::string& word : line.operands()) {
    name += (name.empty() ? "" : " ") + word;
  }
  const Command* command = FindCommand(name);
  if (command == nullptr && !IsCommandGroup(name)) {
    return Report(session, NoSuchCommand(name).WithContext("help"));
  }
  return PrintText(session, command == nullptr ? HelpText(name) : HelpText(*command));
}

}  // namespace

int RunCommand(const Session& session, const CommandLine& line) {
  switch (line.command()->id) {
    case CommandId::kPut:
      return RunPut(session, line);
    case CommandId::kGet:
      return RunGet(session, line);
    case CommandId::kLs:
      return RunLs(session, line);
    case CommandId::kStat:
      return RunStat(session, line);
    case CommandId::kRm:
      return RunRm(session, line);
    case CommandId::kPurge:
      return RunPurge(session, line);
    case CommandId::kTouch:
      return RunTouch(session, line);
    case CommandId::kVersionShow:
      return RunVersionShow(session, line);
    case CommandId::kVersionBump:
      return RunVersionBump(session, line);
    case CommandId::kMount:
      return RunMount(session, line);
    case CommandId::kServe:
      return RunServe(session, line);
    case CommandId::kScrub:
      return RunScrub(session, line);
    case CommandId::kKvGet:
      return RunKvGet(session, line);
    case CommandId::kKvPut:
      return RunKvPut(session, line);
    case CommandId::kKvList:
      return RunKvList(session, line);
    case CommandId::kKvDelete:
      return RunKvDelete(session, line);
    case CommandId::kKvBulkPut:
      return RunKvBulkPut(session, line);
    case CommandId::kKvBulkGet:
      return RunKvBulkGet(session, line);
    case CommandId::kKvBulkDelete:
      return RunKvBulkDelete(session, line);
    case CommandId::kKvBulkDump:
      return RunKvBulkDump(session, line);
    case CommandId::kNamespaceList:
      return RunNamespaceList(session, line);
    case CommandId::kNamespaceRename:
      return RunNamespaceRename(session, line);
    case CommandId::kNamespaceDrop:
      return RunNamespaceDrop(session, line);
    case CommandId::kStats:
      return RunStats(session, line);
    case CommandId::kConfig:
      return RunConfig(session, line);
    case CommandId::kHelp:
      return RunHelp(session, line);
  }
  return 2;
}

int RunCommandLine(std::span<const std::string> arguments) {
  const Session session = SessionOfProcess();
  const auto line = CommandLine::Parse(arguments);
  if (!line.ok()) {
    return Report(session, line.status());
  }
  if (line->Has(FlagId::kHelp)) {
    return PrintText(
        session, line->command() == nullptr ? HelpText(line->words()) : HelpText(*line->command()));
  }
  if (line->Has(FlagId::kVersion)) {
    return PrintText(session, VersionText() + "\n");
  }
  if (line->command()->id != CommandId::kMount) {  // a mount hears signals in its own way
    NoteInterrupts();
  }
  if (RunsInOwner(line->command()->id)) {
    if (const auto exit_status = RunInOwner(session, arguments, *line)) {
      return *exit_status;
    }
  }
  return RunCommand(session, *line);
}

}  // namespace reel::cli

#include "tools/commands.h"

#include "tools/exit_status.h"
#include "tools/help.h"
#include "tools/interrupt.h"
#include "tools/output.h"

namespace reel::cli {
namespace {

int PrintText(const std::string& text) {
  Output output = Output::Standard();
  Status status = output.Print(text);
  if (status.ok()) {
    status = output.Finish();
  }
  return Report(status);
}

int RunHelp(const CommandLine& line) {
  if (line.Has(FlagId::kMan)) {
    return PrintText(ManualPage());
  }
  if (line.Has(FlagId::kCompletion)) {
    return PrintText(BashCompletion());
  }
  std::string name;
  for (const std::string& word : line.operands()) {
    name += (name.empty() ? "" : " ") + word;
  }
  const Command* command = FindCommand(name);
  if (command == nullptr && !IsCommandGroup(name)) {
    return Report(NoSuchCommand(name).WithContext("help"));
  }
  return PrintText(command == nullptr ? HelpText(name) : HelpText(*command));
}

}  // namespace

int RunCommandLine(std::span<const std::string> arguments) {
  const auto line = CommandLine::Parse(arguments);
  if (!line.ok()) {
    return Report(line.status());
  }
  if (line->Has(FlagId::kHelp)) {
    return PrintText(line->command() == nullptr ? HelpText(line->words())
                                                : HelpText(*line->command()));
  }
  if (line->Has(FlagId::kVersion)) {
    return PrintText(VersionText() + "\n");
  }
  const CommandId command = line->command()->id;
  if (command != CommandId::kMount) {  // a mount hears signals in its own way
    NoteInterrupts();
  }
  switch (command) {
    case CommandId::kPut:
      return RunPut(*line);
    case CommandId::kGet:
      return RunGet(*line);
    case CommandId::kLs:
      return RunLs(*line);
    case CommandId::kStat:
      return RunStat(*line);
    case CommandId::kRm:
      return RunRm(*line);
    case CommandId::kPurge:
      return RunPurge(*line);
    case CommandId::kTouch:
      return RunTouch(*line);
    case CommandId::kVersionShow:
      return RunVersionShow(*line);
    case CommandId::kVersionBump:
      return RunVersionBump(*line);
    case CommandId::kMount:
      return RunMount(*line);
    case CommandId::kKvGet:
      return RunKvGet(*line);
    case CommandId::kKvPut:
      return RunKvPut(*line);
    case CommandId::kKvList:
      return RunKvList(*line);
    case CommandId::kKvDelete:
      return RunKvDelete(*line);
    case CommandId::kKvBulkPut:
      return RunKvBulkPut(*line);
    case CommandId::kKvBulkGet:
      return RunKvBulkGet(*line);
    case CommandId::kKvBulkDelete:
      return RunKvBulkDelete(*line);
    case CommandId::kKvBulkDump:
      return RunKvBulkDump(*line);
    case CommandId::kNamespaceList:
      return RunNamespaceList(*line);
    case CommandId::kNamespaceRename:
      return RunNamespaceRename(*line);
    case CommandId::kNamespaceDrop:
      return RunNamespaceDrop(*line);
    case CommandId::kStats:
      return RunStats(*line);
    case CommandId::kConfig:
      return RunConfig(*line);
    case CommandId::kHelp:
      return RunHelp(*line);
  }
  return 2;
}

}  // namespace reel::cli

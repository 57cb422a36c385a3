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
  if (line.operands().empty()) {
    return PrintText(HelpText());
  }
  const Command* command = FindCommand(line.operands().front());
  if (command == nullptr) {
    return Report({Code::kInvalidArgument, "help: there is no command \"" +
                                               line.operands().front() +
                                               "\" (choose from: " + CommandNames() + ")"});
  }
  return PrintText(HelpText(*command));
}

}  // namespace

int RunCommandLine(std::span<const std::string> arguments) {
  const auto line = CommandLine::Parse(arguments);
  if (!line.ok()) {
    return Report(line.status());
  }
  if (line->Has(FlagId::kHelp)) {
    return PrintText(line->command() == nullptr ? HelpText() : HelpText(*line->command()));
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
    case CommandId::kMount:
      return RunMount(*line);
    case CommandId::kHelp:
      return RunHelp(*line);
  }
  return 2;
}

}  // namespace reel::cli

#include "tools/help.h"

#include <algorithm>
#include <array>
#include <map>

namespace reel::cli {
namespace {

constexpr std::string_view kPurpose = "keep videos of any size in a key-value store";
constexpr std::string_view kSynopsis =
    "reel [--store DIR] [--namespace NS] [--config FILE] COMMAND ...";

struct Note {
  std::string_view title;
  std::string_view text;
};

constexpr std::array<Note, 3> kNotes = {{
    {"Flags",
     "A value follows its flag as the next argument or behind =. -- ends the flags; - as a file is "
     "standard input or output. A flag given twice has its last value; --tag and mount -o add up."},
    {"Units",
     "Sizes take K, M, G, T or KiB, MiB, GiB, TiB, where K and KiB are both 1,024. Times take s, "
     "m, "
     "h, d and are seconds without one."},
    {"Exit status",
     "0: done. 1: it failed, or found something (not found, corruption, no space and so on). 2: "
     "the "
     "command line or a setting is wrong."},
}};

constexpr size_t kWidth = 80;

// `text` broken between words, each line indented, ending with a line end.
std::string Wrapped(std::string_view text, size_t indent) {
  std::string out;
  std::string line;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (!line.empty() && indent + line.size() + 1 + end > kWidth) {
      out += std::string(indent, ' ') + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + std::string(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + std::string(indent, ' ') + line + "\n";
}

std::string Row(const std::string& left, std::string_view right) {
  constexpr size_t kColumn = 24;
  const std::string wrapped = Wrapped(right, kColumn);
  const std::string begin = "  " + left;
  if (begin.size() + 2 > kColumn) {
    return begin + "\n" + wrapped;
  }
  return begin + std::string(kColumn - begin.size(), ' ') + wrapped.substr(kColumn);
}

std::string NameAndOperands(const Command& command) {
  return std::string(command.name) + (command.operands.empty() ? "" : " ") +
         std::string(command.operands);
}

std::string Spelled(const Flag& flag) {
  return std::string(flag.spelling) +
         (flag.value_name.empty() ? "" : " " + std::string(flag.value_name));
}

std::string GlobalFlagRows() {
  std::string out = "\nFlags of every command\n";
  for (const Flag& flag : Flags()) {
    if (flag.IsGlobal()) {
      out += Row(Spelled(flag), flag.help);
    }
  }
  return out;
}

std::string Troff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  // A line that begins with one of these would be a request.
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

std::string TroffFlag(const Flag& flag) {
  return ".TP\n\\fB" + Troff(flag.spelling) + "\\fR" +
         (flag.value_name.empty() ? "" : " \\fI" + Troff(flag.value_name) + "\\fR") + "\n" +
         Troff(flag.help) + "\n";
}

// The flags of one command, or (null) the global ones, that `wanted` accepts; with a blank behind
// each.
template <typename Predicate>
std::string FlagWords(const Command* command, Predicate wanted) {
  std::string words;
  for (const Flag& flag : Flags()) {
    const bool belongs = command == nullptr ? flag.IsGlobal() : flag.IsOf(command->id);
    if (belongs && wanted(flag)) {
      words += std::string(flag.spelling) + " ";
    }
  }
  return words;
}

std::string CompgenOption(ValueKind kind) {
  switch (kind) {
    case ValueKind::kFile:
      return "-f";
    case ValueKind::kDirectory:
      return "-d";
    case ValueKind::kCommand:
      return "-W \"${next[$topic]}\"";
    default:
      return "";
  }
}

// For each beginning of a command's name, "reel" before it, the words that can follow.
std::string NextWordsTable() {
  std::map<std::string, std::string> table;
  for (const Command& command : Commands()) {
    const std::string_view name = command.name;
    for (size_t end = 0; end != std::string_view::npos; end = name.find(' ', end + 1)) {
      const std::string_view group = name.substr(0, end);
      std::string& words =
          table["reel" + std::string(group.empty() ? "" : " ") + std::string(group)];
      words.clear();
      for (const std::string_view word : NextWords(group)) {
        words += (words.empty() ? "" : " ") + std::string(word);
      }
    }
  }
  std::string out;
  for (const auto& [group, words] : table) {
    out += (out.empty() ? "['" : " ['") + group + "']='" + words + "'";
  }
  return out;
}

}  // namespace

std::string HelpText(std::string_view group) {
  std::string out = group.empty() ? "reel: " + std::string(kPurpose) + "\n\nUsage\n  " +
                                        std::string(kSynopsis) +
                                        "\n\nCommands (reel help COMMAND tells more)\n"
                                  : "Commands of reel " + std::string(group) + "\n";
  for (const Command& command : Commands()) {
    if (group.empty() || command.name.starts_with(std::string(group) + " ")) {
      out += Row(NameAndOperands(command), command.summary);
    }
  }
  out += GlobalFlagRows();
  if (group.empty()) {
    for (const Note& note : kNotes) {
      out += "\n" + std::string(note.title) + "\n" + Wrapped(note.text, 2);
    }
  }
  return out;
}

std::string HelpText(const Command& command) {
  std::string out = "reel " + std::string(command.name) + ": " + std::string(command.summary) +
                    "\n\nUsage\n  " + UsageLine(command) + "\n";
  if (!command.details.empty()) {
    out += "\n" + Wrapped(command.details, 2);
  }
  std::string flags;
  for (const Flag& flag : Flags()) {
    if (flag.IsOf(command.id)) {
      flags += Row(Spelled(flag), flag.help);
    }
  }
  return out + (flags.empty() ? "" : "\nFlags\n" + flags) + GlobalFlagRows();
}

std::string ManualPage() {
  std::string out = ".TH REEL 1 \"\" \"" + VersionText() +
                    "\" \"User Commands\"\n.SH NAME\nreel \\- " + Troff(kPurpose) +
                    "\n.SH SYNOPSIS\n" + Troff(kSynopsis) + "\n.SH COMMANDS\n";
  for (const Command& command : Commands()) {
    out += ".SS " + Troff(UsageLine(command)) + "\n" + Troff(command.summary) + ".\n";
    out += command.details.empty() ? "" : Troff(command.details) + "\n";
    for (const Flag& flag : Flags()) {
      out += flag.IsOf(command.id) ? TroffFlag(flag) : "";
    }
  }
  out += ".SH OPTIONS\nThese stand before or behind any command.\n";
  for (const Flag& flag : Flags()) {
    out += flag.IsGlobal() ? TroffFlag(flag) : "";
  }
  for (const Note& note : kNotes) {
    out += ".SH " + Troff(note.title) + "\n" + Troff(note.text) + "\n";
  }
  return out;
}

std::string BashCompletion() {
  const auto any = [](const Flag&) { return true; };
  const auto takes = [](ValueKind kind) {
    return [kind](const Flag& flag) { return flag.kind == kind; };
  };
  const auto takes_value = [](const Flag& flag) { return flag.kind != ValueKind::kNone; };

  std::string out =
      "# bash completion for reel: source it, or keep it in "
      "~/.local/share/bash-completion/completions/reel\n"
      "_reel() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  local -A next=(" +
      NextWordsTable() +
      ")\n"
      "  local globals='" +
      FlagWords(nullptr, any) +
      "'\n"
      "  local valued=' " +
      FlagWords(nullptr, takes_value) +
      "'\n"
      "  local directories=' " +
      FlagWords(nullptr, takes(ValueKind::kDirectory)) +
      "'\n"
      "  local files=' " +
      FlagWords(nullptr, takes(ValueKind::kFile)) +
      "'\n"
      "  local command=reel topic=reel flags= operand= i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    if [[ $valued == *\" ${COMP_WORDS[i]} \"* ]]; then\n"
      "      ((i++))\n"
      "    elif [[ ${COMP_WORDS[i]} != -* && -n ${next[$command]} ]]; then\n"
      "      command+=\" ${COMP_WORDS[i]}\"\n"
      "    elif [[ ${COMP_WORDS[i]} != -* ]]; then\n"
      "      topic+=\" ${COMP_WORDS[i]}\"\n"
      "    fi\n"
      "  done\n"
      "  case $command in\n";
  for (const Command& command : Commands()) {
    out += "    'reel " + std::string(command.name) + "')\n      flags='" +
           FlagWords(&command, any) + "'\n      valued+='" + FlagWords(&command, takes_value) +
           "'\n      files+='" + FlagWords(&command, takes(ValueKind::kFile)) +
           "'\n      operand='" + CompgenOption(command.operand_kind) + "' ;;\n";
  }
  return out +
         "  esac\n"
         "  local kind=\n"
         "  if [[ $directories == *\" $before \"* ]]; then\n"
         "    kind=-d\n"
         "  elif [[ $files == *\" $before \"* ]]; then\n"
         "    kind=-f\n"
         "  elif [[ $valued == *\" $before \"* ]]; then\n"
         "    kind=\n"
         "  elif [[ $word == -* ]]; then\n"
         "    kind='-W \"$globals$flags\"'\n"
         "  elif [[ -n ${next[$command]} ]]; then\n"
         "    kind='-W \"${next[$command]}\"'\n"
         "  else\n"
         "    kind=$operand\n"
         "  fi\n"
         "  COMPREPLY=()\n"
         "  [[ -z $kind ]] || mapfile -t COMPREPLY < <(eval \"compgen $kind\" '-- \"$word\"')\n"
         "}\n"
         "complete -o filenames -F _reel reel\n";
}

std::string VersionText() {
  return "reel " REEL_VERSION;
}

}  // namespace reel::cli

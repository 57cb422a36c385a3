// The command line: one table of commands and flags, and the parser that it makes. Help, the man
// page and the completion (help.h) come from the same table.
#pragma once

#include <reel/status.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reel::cli {

enum class CommandId : uint8_t {
  kPut,
  kGet,
  kLs,
  kStat,
  kRm,
  kPurge,
  kTouch,
  kVersionShow,
  kVersionBump,
  kMount,
  kServe,
  kScrub,
  kKvGet,
  kKvPut,
  kKvList,
  kKvDelete,
  kKvBulkPut,
  kKvBulkGet,
  kKvBulkDelete,
  kKvBulkDump,
  kNamespaceList,
  kNamespaceRename,
  kNamespaceDrop,
  kStats,
  kConfig,
  kHelp,
};

enum class FlagId : uint8_t {
  kStore,
  kNamespace,
  kConfig,
  kHelp,
  kVersion,
  kKey,
  kContentType,
  kTtl,
  kTag,
  kMode,
  kWidth,
  kHeight,
  kDerivative,
  kFormat,
  kQuality,
  kCompression,
  kTime,
  kDuration,
  kCols,
  kRows,
  kInterval,
  kJson,
  kLong,
  kOutput,
  kRange,
  kDegrade,
  kLog,
  kPrefix,
  kExpired,
  kLimit,
  kMetadata,
  kExpiration,
  kForeground,
  kMountOptions,
  kMountAt,
  kSample,
  kSince,
  kRate,
  kNice,
  kResume,
  kRepair,
  kRepairFrom,
  kScrubEvery,
  kScrubRate,
  kDamaged,
  kListen,
  kTokenFile,
  kAccessLog,
  kAccessLogFormat,
  kFault,
  kKv,
  kMan,
  kCompletion,
};

/// What a value, or an operand, is; completion offers files and directories.
enum class ValueKind : uint8_t {
  kNone,
  kText,
  kFile,
  kDirectory,
  kCommand,
  kNumber,
  kSeconds,
  kSize,
};

struct Command {
  CommandId id;
  /// One to three words with a blank between: "put", "kv bulk put". None begins with another.
  std::string_view name;
  /// As in a usage line.
  std::string_view operands;
  ValueKind operand_kind;
  size_t operands_min;
  size_t operands_max;
  /// One line.
  std::string_view summary;
  /// A paragraph, or nothing.
  std::string_view details;
};

struct Flag {
  FlagId id;
  /// With its dashes: "--key", or "-o" of one letter.
  std::string_view spelling;
  ValueKind kind;
  /// The value's name; empty for kNone.
  std::string_view value_name;
  /// Bit N: stands behind the command with CommandId N. 0: global, before or behind any command.
  uint32_t commands;
  /// Least value of a kNumber, kSeconds or kSize.
  uint64_t least;
  std::string_view help;

  [[nodiscard]] bool IsGlobal() const { return commands == 0; }
  [[nodiscard]] bool IsOf(CommandId command) const {
    return (commands >> static_cast<unsigned>(command) & 1U) != 0;
  }
};

/// The table, in the order that help shows.
std::span<const Command> Commands();
std::span<const Flag> Flags();

/// The command of that name; null if there is none.
const Command* FindCommand(std::string_view name);

/// Whether commands have more words behind `words` in their names, as with "kv", "kv bulk" and "".
bool IsCommandGroup(std::string_view words);

/// The words that can follow `words` in a command's name, in the table's order: "put", "get", … for
/// "", "show" and "bump" for "version".
std::vector<std::string_view> NextWords(std::string_view words);

/// That there is no command `name`, and what can stand in its place: kInvalidArgument.
Status NoSuchCommand(std::string_view name);

/// "reel put FILE|- [flags]".
std::string UsageLine(const Command& command);

/// What one command line says.
class CommandLine {
 public:
  /// Reads the arguments behind the program's name. kInvalidArgument names the argument that is
  /// wrong and what is allowed. --help and --version leave everything else unchecked.
  static Result<CommandLine> Parse(std::span<const std::string> arguments);

  /// Null only with --help or --version.
  [[nodiscard]] const Command* command() const { return command_; }
  /// The command's name, or as much of it as was given.
  [[nodiscard]] const std::string& words() const { return words_; }
  [[nodiscard]] const std::vector<std::string>& operands() const { return operands_; }

  [[nodiscard]] bool Has(FlagId flag) const { return values_.contains(flag); }
  /// Of a flag that was given several times, the last value.
  [[nodiscard]] std::optional<std::string> Text(FlagId flag) const;
  [[nodiscard]] std::vector<std::string> Texts(FlagId flag) const;
  /// REQUIRES: the flag's kind is kNumber, kSeconds or kSize.
  [[nodiscard]] std::optional<uint64_t> Number(FlagId flag) const;

 private:
  Status TakeWord(const std::string& word);
  Result<bool> TakeFlag(std::string_view argument, const std::string* next);
  Status CheckOperands() const;
  [[nodiscard]] Status Refuse(const std::string& why) const;

  const Command* command_ = nullptr;
  std::string words_;
  std::vector<std::string> operands_;
  std::map<FlagId, std::vector<std::string>> values_;
};

}  // namespace reel::cli

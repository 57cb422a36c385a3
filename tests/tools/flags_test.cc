#include "tools/flags.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace reel::cli {
namespace {

using Arguments = std::vector<std::string>;

constexpr const char* kAllCommands =
    "put, get, ls, stat, rm, purge, touch, version, mount, serve, scrub, kv, namespace, stats, "
    "config, "
    "help)";

std::string RefusalOf(const Arguments& arguments) {
  const auto line = CommandLine::Parse(arguments);
  EXPECT_EQ(line.code(), Code::kInvalidArgument) << ::testing::PrintToString(arguments);
  return line.status().message();
}

TEST(FlagsTest, ValuesFollowOrAreAttached) {
  for (const Arguments& arguments : {Arguments{"put", "f", "--key", "k", "--ttl", "2h"},
                                     Arguments{"put", "--key=k", "--ttl=7200", "f"},
                                     Arguments{"put", "--ttl=120m", "--key=k", "--", "f"}}) {
    const auto line = CommandLine::Parse(arguments);
    ASSERT_TRUE(line.ok()) << line.status().message();
    EXPECT_EQ(line->command()->id, CommandId::kPut);
    EXPECT_EQ(line->operands(), Arguments{"f"});
    EXPECT_EQ(line->Text(FlagId::kKey), "k");
    EXPECT_EQ(line->Number(FlagId::kTtl), 7200U);
    EXPECT_FALSE(line->Has(FlagId::kJson));
    EXPECT_FALSE(line->Text(FlagId::kMode).has_value());
  }
}

TEST(FlagsTest, SizesHaveUnits) {
  EXPECT_EQ(CommandLine::Parse(Arguments{"scrub", "--rate", "50M"})->Number(FlagId::kRate),
            50U << 20);
}

TEST(FlagsTest, GlobalFlagsStandOnEitherSideOfTheCommand) {
  for (const Arguments& arguments : {Arguments{"--store", "s", "--namespace=n", "ls"},
                                     Arguments{"ls", "--namespace", "n", "--store=s"},
                                     Arguments{"--store=s", "ls", "--namespace", "n"}}) {
    const auto line = CommandLine::Parse(arguments);
    ASSERT_TRUE(line.ok()) << line.status().message();
    EXPECT_EQ(line->Text(FlagId::kStore), "s");
    EXPECT_EQ(line->Text(FlagId::kNamespace), "n");
  }
}

TEST(FlagsTest, TheSameLetterMeansWhatItsCommandSays) {
  const auto get = CommandLine::Parse(Arguments{"get", "k", "-o", "file"});
  ASSERT_TRUE(get.ok());
  EXPECT_EQ(get->Text(FlagId::kOutput), "file");
  const auto mount =
      CommandLine::Parse(Arguments{"mount", "d", "-f", "-o", "ro", "-oallow_other", "-o=x"});
  ASSERT_TRUE(mount.ok());
  EXPECT_TRUE(mount->Has(FlagId::kForeground));
  EXPECT_EQ(mount->Texts(FlagId::kMountOptions), (Arguments{"ro", "allow_other", "x"}));
  EXPECT_FALSE(mount->Has(FlagId::kOutput));
}

TEST(FlagsTest, RepeatedFlagsAddUpOrTheLastOneCounts) {
  const auto line =
      CommandLine::Parse(Arguments{"put", "f", "--tag", "a", "--tag=b", "--key=1", "--key=2"});
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(line->Texts(FlagId::kTag), (Arguments{"a", "b"}));
  EXPECT_EQ(line->Text(FlagId::kKey), "2");
}

TEST(FlagsTest, WhatLooksLikeAFlagCanBeAValueOrAnOperand) {
  const auto range = CommandLine::Parse(Arguments{"get", "k", "--range", "-5", "-o", "-"});
  ASSERT_TRUE(range.ok());
  EXPECT_EQ(range->Text(FlagId::kRange), "-5");
  EXPECT_EQ(range->Text(FlagId::kOutput), "-");
  EXPECT_EQ(CommandLine::Parse(Arguments{"put", "-", "--key", "k"})->operands(), Arguments{"-"});
  EXPECT_EQ(CommandLine::Parse(Arguments{"rm", "--", "--a", "-b", "--"})->operands(),
            (Arguments{"--a", "-b", "--"}));
  EXPECT_EQ(CommandLine::Parse(Arguments{"get", ""})->operands(), Arguments{""});
}

TEST(FlagsTest, CommandsOfSeveralWords) {
  struct Case {
    Arguments arguments;
    CommandId command;
    Arguments operands;
  };
  const std::vector<Case> cases = {
      {{"kv", "get", "k"}, CommandId::kKvGet, {"k"}},
      {{"kv", "bulk", "get", "f"}, CommandId::kKvBulkGet, {"f"}},
      {{"--store", "s", "kv", "--namespace=n", "bulk", "--config", "c", "put", "-"},
       CommandId::kKvBulkPut,
       {"-"}},
      {{"kv", "put", "put", "get"}, CommandId::kKvPut, {"put", "get"}},
      {{"kv", "--", "delete", "--prefix"}, CommandId::kKvDelete, {"--prefix"}},
      {{"version", "bump", "show"}, CommandId::kVersionBump, {"show"}},
      {{"stats"}, CommandId::kStats, {}},
  };
  for (const Case& test : cases) {
    const auto line = CommandLine::Parse(test.arguments);
    ASSERT_TRUE(line.ok()) << line.status().message();
    EXPECT_EQ(line->command()->id, test.command);
    EXPECT_EQ(line->words(), line->command()->name);
    EXPECT_EQ(line->operands(), test.operands);
  }
  const auto help = CommandLine::Parse(Arguments{"kv", "bulk", "--help"});
  ASSERT_TRUE(help.ok());
  EXPECT_EQ(help->command(), nullptr);
  EXPECT_EQ(help->words(), "kv bulk");
}

TEST(FlagsTest, HelpAndVersionNeedNothingElse) {
  EXPECT_TRUE(CommandLine::Parse(Arguments{"--help"})->Has(FlagId::kHelp));
  EXPECT_TRUE(CommandLine::Parse(Arguments{"--version"})->Has(FlagId::kVersion));
  const auto line = CommandLine::Parse(Arguments{"put", "--help"});
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(line->command()->id, CommandId::kPut);
}

TEST(FlagsTest, RefusalsNameWhatIsWrongAndWhatIsAllowed) {
  struct Case {
    Arguments arguments;
    std::vector<std::string> words;
  };
  const std::vector<Case> cases = {
      {{}, {"the command is missing", kAllCommands}},
      {{""}, {"\"\"", kAllCommands}},
      {{"fetch"}, {"\"fetch\"", kAllCommands}},
      {{"fetch", "get"}, {"\"fetch\"", kAllCommands}},
      {{"kv"}, {"kv: the command is missing", "from: get, put, list, delete, bulk)"}},
      {{"kv", "rename", "x"}, {"\"kv rename\"", "from: get, put, list, delete, bulk)"}},
      {{"kv", ""}, {"\"kv \"", "from: get, put, list, delete, bulk)"}},
      {{"kv", "bulk"}, {"kv bulk: the command is missing", "from: put, get, delete, dump)"}},
      {{"kv", "bulk", "list"}, {"\"kv bulk list\"", "from: put, get, delete, dump)"}},
      {{"kv", "--json", "list"}, {"kv: ", "\"--json\"", "before the command"}},
      {{"version", "k"}, {"\"version k\"", "from: show, bump)"}},
      {{"kv", "put", "k"}, {"kv put: KEY FILE|- is missing", "reel kv put KEY FILE|- [flags]"}},
      {{"kv", "list", "--limit", "0"}, {"kv list: --limit is \"0\"", "from 1"}},
      {{"kv", "put", "k", "f", "--expiration", "1d"}, {"--expiration is \"1d\""}},
      {{"touch", "k", "--ttl", "59"}, {"touch: --ttl is \"59\"", "from 60"}},
      {{"purge", "x"}, {"\"x\" is too much", "reel purge [flags]"}},
      {{"--json", "ls"}, {"\"--json\"", "before the command", "--store, --namespace"}},
      {{"ls", "--ttl", "60"}, {"ls: ", "\"--ttl\"", "--tag, --long, --damaged, --json"}},
      {{"put", "f", "-x"}, {"put: ", "\"-x\"", "--key"}},
      {{"put", "f", "--keys=3"}, {"\"--keys=3\"", "--key"}},
      {{"put", "f", "--key"}, {"--key needs a value", "--key KEY"}},
      {{"get", "k", "-o"}, {"-o needs a value", "-o FILE|-"}},
      {{"--store"}, {"--store needs a value"}},
      {{"ls", "--long=yes"}, {"--long takes no value", "\"yes\""}},
      {{"mount", "d", "-fo"}, {"\"-fo\""}},
      {{"put", "f", "--width", "abc"}, {"--width is \"abc\"", "whole number from 1"}},
      {{"put", "f", "--width", "0"}, {"--width is \"0\""}},
      {{"put", "f", "--width", "-1"}, {"--width is \"-1\""}},
      {{"put", "f", "--cols="}, {"--cols is \"\""}},
      {{"put", "f", "--ttl", "59"}, {"--ttl is \"59\"", "from 60", "s, m, h or d"}},
      {{"put", "f", "--ttl", "1w"}, {"--ttl is \"1w\""}},
      {{"put", "f", "--ttl", "99999999999999999999"}, {"--ttl is"}},
      {{"scrub", "--rate", "0"}, {"scrub: --rate is \"0\"", "bytes from 1 on", "K, M, G, T"}},
      {{"scrub", "--rate", "fast"}, {"--rate is \"fast\""}},
      {{"scrub", "video:v"}, {"\"video:v\" is too much", "reel scrub [flags]"}},
      {{"put"}, {"FILE|- is missing", "reel put FILE|- [flags]"}},
      {{"get"}, {"KEY is missing"}},
      {{"rm"}, {"KEY... is missing"}},
      {{"mount"}, {"DIR is missing"}},
      {{"get", "a", "b"}, {"\"b\" is too much", "reel get KEY [flags]"}},
      {{"ls", "a", "b"}, {"\"b\" is too much"}},
  };
  for (const Case& test : cases) {
    const std::string message = RefusalOf(test.arguments);
    for (const std::string& word : test.words) {
      EXPECT_NE(message.find(word), std::string::npos) << message << " lacks " << word;
    }
    EXPECT_TRUE(message.ends_with(')')) << message;
  }
}

TEST(FlagsTest, NoCommandBeginsWithAnother) {
  for (const Command& command : Commands()) {
    EXPECT_FALSE(IsCommandGroup(command.name)) << command.name;
    EXPECT_EQ(FindCommand(command.name), &command);
  }
}

TEST(FlagsTest, TheTableHasNoTwoFlagsOfOneSpelling) {
  for (const Command& command : Commands()) {
    std::set<std::string_view> seen;
    for (const Flag& flag : Flags()) {
      if (flag.IsGlobal() || flag.IsOf(command.id)) {
        EXPECT_TRUE(seen.insert(flag.spelling).second) << command.name << " " << flag.spelling;
        EXPECT_EQ(flag.value_name.empty(), flag.kind == ValueKind::kNone) << flag.spelling;
        EXPECT_FALSE(flag.help.empty()) << flag.spelling;
      }
    }
  }
}

}  // namespace
}  // namespace reel::cli

#include "tools/help.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

namespace reel::cli {
namespace {

std::string RunScript(const std::string& script) {
  std::string path = ::testing::TempDir() + "reel-help-XXXXXX";
  const int fd = mkstemp(path.data());
  EXPECT_GE(fd, 0);
  close(fd);
  std::ofstream(path) << script;
  FILE* pipe = popen(("bash " + path + " 2>&1").c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  std::string out;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
    out += static_cast<char>(c);
  }
  EXPECT_EQ(pclose(pipe), 0) << out;
  unlink(path.c_str());
  return out;
}

TEST(HelpTest, EveryCommandAndFlagIsInAllTexts) {
  const std::string man = ManualPage();
  const std::string completion = BashCompletion();
  for (const Command& command : Commands()) {
    const std::string name(command.name);
    EXPECT_NE(HelpText("").find("\n  " + name), std::string::npos) << name;
    EXPECT_NE(man.find(".SS reel " + name), std::string::npos) << name;
    EXPECT_NE(completion.find("'reel " + name + "')"), std::string::npos) << name;
    const std::string help = HelpText(command);
    for (const Flag& flag : Flags()) {
      const std::string row =
          "  " + std::string(flag.spelling) + (flag.value_name.empty() ? "" : " ");
      if (flag.IsGlobal() || flag.IsOf(command.id)) {
        EXPECT_NE(help.find("\n" + row), std::string::npos) << name << " " << flag.spelling;
      } else {
        EXPECT_EQ(help.find(flag.help), std::string::npos) << name << " " << flag.spelling;
      }
      EXPECT_NE(completion.find(flag.spelling), std::string::npos) << flag.spelling;
    }
  }
}

TEST(HelpTest, AGroupShowsItsCommands) {
  const std::string kv = HelpText("kv");
  const std::string bulk = HelpText("kv bulk");
  for (const Command& command : Commands()) {
    const std::string row = "\n  " + std::string(command.name);
    EXPECT_EQ(kv.find(row) != std::string::npos, command.name.starts_with("kv ")) << row;
    EXPECT_EQ(bulk.find(row) != std::string::npos, command.name.starts_with("kv bulk ")) << row;
  }
}

TEST(HelpTest, LinesFitATerminal) {
  std::string all = HelpText("") + HelpText("kv") + HelpText("version");
  for (const Command& command : Commands()) {
    all += HelpText(command);
  }
  std::istringstream lines(all);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 80U) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

TEST(HelpTest, UnitsAndExitStatusAreStated) {
  EXPECT_NE(HelpText("").find("KiB are both 1,024"), std::string::npos);
  EXPECT_NE(HelpText("").find("Exit status"), std::string::npos);
}

TEST(HelpTest, TheManualPageIsTroff) {
  const std::string man = ManualPage();
  EXPECT_TRUE(man.starts_with(".TH REEL 1 "));
  EXPECT_NE(man.find("\\fB\\-\\-key\\fR \\fIKEY\\fR"), std::string::npos);
  EXPECT_NE(man.find("such as \\en;"), std::string::npos);
}

struct CompletionCase {
  std::string words;
  std::string expected;
};

TEST(HelpTest, BashCompletes) {
  const CompletionCase cases[] = {
      {"reel p", "put purge"},
      {"reel --store /tmp st", "stat stats"},
      {"reel put --comp", "--compression"},
      {"reel put --st", "--store"},
      {"reel ls --ke", ""},
      {"reel help mo", "mount"},
      {"reel help kv li", "list"},
      {"reel help kv bulk du", "dump"},
      {"reel help put x", ""},
      {"reel help --comp", "--completion"},
      {"reel k", "kv"},
      {"reel kv ''", "get put list delete bulk"},
      {"reel --namespace bulk kv d", "delete"},
      {"reel kv bulk d", "delete dump"},
      {"reel version b", "bump"},
      {"reel kv put k --exp", "--expiration"},
      {"reel kv put k /proc/cpuinf", "/proc/cpuinfo"},
      {"reel kv list --lo", ""},
      {"reel kv --sto", "--store"},
      {"reel nonsense l", ""},
      {"reel --config /proc/cpuinf", "/proc/cpuinfo"},
      {"reel --sto", "--store"},
      {"reel put --key --j", ""},
      {"reel put /etc/host[n]", ""},
      {"reel put /proc/cpuinf", "/proc/cpuinfo"},
      {"reel --store /et", "/etc"},
      {"reel get k -o /proc/cpuinf", "/proc/cpuinfo"},
      {"reel mount d -o /proc/cpuinf", ""},
      {"reel sc", "scrub"},
      {"reel scrub --repair-from /proc/cpuinf", "/proc/cpuinfo"},
  };
  for (const CompletionCase& test : cases) {
    EXPECT_EQ(
        RunScript(BashCompletion() + "COMP_WORDS=(" + test.words +
                  ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_reel\necho \"${COMPREPLY[*]}\"\n"),
        test.expected + "\n")
        << test.words;
  }
}

}  // namespace
}  // namespace reel::cli

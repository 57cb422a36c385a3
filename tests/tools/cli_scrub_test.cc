// reel scrub: what it finds, says and exits with; reel ls --damaged.
#include <reel/store.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <regex>

#include "tests/support/bit_rot.h"
#include "tests/support/test_bytes.h"
#include "tests/tools/cli_fixture.h"

namespace reel::test {
namespace {

namespace fs = std::filesystem;

constexpr size_t kChunk = 5 * kMiB;
constexpr size_t kPage = 16U << 10;

// The number in a field of a JSON object that has it once.
uint64_t NumberIn(const std::string& json, const std::string& name) {
  std::smatch found;
  const bool is_there = std::regex_search(json, found, std::regex("\"" + name + "\":(\\d+)"));
  EXPECT_TRUE(is_there) << name << " in " << json;
  return is_there ? std::stoull(found[1]) : 0;
}

std::string LastLine(const std::string& lines) {
  const size_t end = lines.find_last_not_of('\n');
  const size_t before = lines.rfind('\n', end);
  return lines.substr(before == std::string::npos ? 0 : before + 1);
}

class CliScrubTest : public CliTest {
 protected:
  // Of a video with one damaged page.
  void ExpectFoundAt(size_t damage, const Outcome& outcome) {
    EXPECT_EQ(outcome.exit_status, 1);
    EXPECT_EQ(outcome.err, "");
    const std::regex line(
        "damaged: page, videos:video:v, chunk (\\d+), bytes (\\d+) to (\\d+), "
        "page \\d+ of extent \\d+, db/.*\\.sst: page .* \\(reel scrub "
        "--repair-from a copy, or store this video again\\)\n");
    std::smatch found;
    ASSERT_TRUE(std::regex_search(outcome.out, found, line)) << outcome.out;
    EXPECT_EQ(found.position(), 0);
    EXPECT_EQ(std::stoull(found[1]), damage / kChunk);
    first_ = std::stoull(found[2]);
    last_ = std::stoull(found[3]);
    EXPECT_EQ(first_, damage / kPage * kPage);
    EXPECT_EQ(last_, first_ + kPage - 1);
    EXPECT_NE(outcome.out.find("\ndamaged: 1 finding, 0 repaired, 1 remains\n"), std::string::npos)
        << outcome.out;
    EXPECT_NE(outcome.out.find("\nnext:        "), std::string::npos) << outcome.out;
  }

  size_t first_ = 0;
  size_t last_ = 0;
};

TEST_F(CliScrubTest, ACleanStore) {
  StoreSentinel();
  EXPECT_EQ(Out({"put", File("large", RandomBytes(21 * kMiB, 1)), "--namespace", "other"}), "");
  const std::string text = Out({"scrub"});
  EXPECT_TRUE(
      std::regex_search(text, std::regex("^clean: nothing is damaged\n"
                                         "checked:     7 entries, 2 videos, 21\\.1 MiB of values\n"
                                         "time:        \\d+s, \\d+\\.\\d .iB/s\n"
                                         "bytes:       on disk, in files of the store's directory\n"
                                         " +\\d+ +\\d+\\.\\d MiB  verified\n")))
      << text;
  EXPECT_TRUE(std::regex_search(text, std::regex("\n +\\d+ +\\d+\\.\\d MiB  in all\n$"))) << text;

  const std::string json = LastLine(Out({"scrub", "--json"}));
  EXPECT_TRUE(json.starts_with(R"({"event":"summary","finished":true,"resumed":false,"started":)"))
      << json;
  EXPECT_EQ(NumberIn(json, "entries"), 7U);
  EXPECT_EQ(NumberIn(json, "videos"), 2U);
  EXPECT_GT(NumberIn(json, "valueBytes"), 21 * kMiB);
  for (const char* none : {"findings", "repaired", "remaining", "repairedPages", "rereads",
                           "verifiedEarlier", "notVerified"}) {
    EXPECT_EQ(NumberIn(json, none), 0U) << none;
  }
  EXPECT_GT(NumberIn(json, "verified"), 21 * kMiB);
  EXPECT_EQ(NumberIn(json, "verified") + NumberIn(json, "garbage") + NumberIn(json, "newer") +
                NumberIn(json, "other"),
            NumberIn(json, "total"));
  EXPECT_EQ(Out({"ls", "--damaged"}), "");
}

TEST_F(CliScrubTest, ADamagedPageIsFoundAndListed) {
  const size_t damage = 17 * kMiB + 4321;
  StoreDamaged(21 * kMiB, {damage});
  StoreSentinel();
  EXPECT_EQ(Out({"ls", "--damaged"}), "");
  ExpectFoundAt(damage, Reel({"scrub"}));

  const std::string range = std::to_string(first_) + "-" + std::to_string(last_);
  EXPECT_EQ(Out({"ls", "--damaged"}), "video:v  " + range + "\n");
  EXPECT_EQ(Out({"ls", "--damaged", "video:", "--json"}),
            R"({"key":"video:v","ranges":[{"offset":)" + std::to_string(first_) +
                R"(,"length":16384}]})" + "\n");
  EXPECT_EQ(Out({"ls", "--damaged", "video:w"}), "");
  // All bytes but those are there.
  ExpectRefused(Reel({"get", "video:v", "--range", range}), 1, "video:v");
  ExpectSameBytes(Out({"get", "video:v", "--range", "0-" + std::to_string(first_ - 1)}),
                  std::string_view(bytes_).substr(0, first_));
  ExpectSameBytes(Out({"get", "video:v", "--range", std::to_string(last_ + 1) + "-"}),
                  std::string_view(bytes_).substr(last_ + 1));

  // What is stored again is damaged no more.
  ASSERT_EQ(Out({"put", directory_ / "v"}), "");
  EXPECT_EQ(Out({"ls", "--damaged"}), "");
  EXPECT_TRUE(Out({"scrub"}).starts_with("clean: nothing is damaged\n"));
}

TEST_F(CliScrubTest, FindingsAsJson) {
  const size_t damage = kMiB + 4321;
  StoreDamaged(2 * kMiB, {damage});
  const Outcome outcome = Reel({"scrub", "--json"});
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_EQ(outcome.err, "");
  const std::string first = outcome.out.substr(0, outcome.out.find('\n'));
  EXPECT_TRUE(std::regex_match(
      first, std::regex(R"re(\{"event":"finding","kind":"page","invariant":2,)re"
                        R"re("namespace":"videos","key":"video:v","chunk":null,"extent":\d+,)re"
                        R"re("page":\d+,"pages":1,"offset":\d+,"length":16384,)re"
                        R"re("inManifest":false,"file":"db/.*\.sst","message":".*",)re"
                        R"re("repaired":false\})re")))
      << first;
  EXPECT_EQ(NumberIn(first, "offset"), damage / kPage * kPage);
  const std::string summary = LastLine(outcome.out);
  EXPECT_EQ(NumberIn(summary, "findings"), 1U);
  EXPECT_EQ(NumberIn(summary, "remaining"), 1U);
}

TEST_F(CliScrubTest, KeysAreShownSafely) {
  const std::string bytes = RandomBytes(3 * kMiB, 4);
  ASSERT_EQ(Out({"put", File("v", bytes), "--key", "a\n\x1b[2J"}), "");
  ASSERT_TRUE(FlipABit(store_, std::string_view(bytes).substr(kMiB, 64)));
  const Outcome outcome = Reel({"scrub"});
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_TRUE(outcome.out.starts_with("damaged: page, videos:a\\n\\x1b[2J, bytes ")) << outcome.out;
  EXPECT_TRUE(Out({"ls", "--damaged"}).starts_with("a\\n\\x1b[2J  "));
  EXPECT_TRUE(
      Out({"ls", "--damaged", "--json"}).starts_with(R"({"key":"a\n\u001b[2J","ranges":[)"));
}

TEST_F(CliScrubTest, OfOneKeyOrOneTag) {
  const size_t damage = kMiB + 99;
  StoreDamaged(2 * kMiB, {damage});
  ASSERT_EQ(Out({"put", File("w", RandomBytes(kMiB, 3)), "--tag", "t"}), "");
  for (const std::vector<std::string>& choice :
       {std::vector<std::string>{"--key", "video:w"}, {"--tag", "t"}}) {
    std::vector<std::string> command = {"scrub", "--json"};
    command.insert(command.end(), choice.begin(), choice.end());
    const std::string summary = LastLine(Out(command));
    EXPECT_EQ(NumberIn(summary, "videos"), 1U);
    EXPECT_EQ(NumberIn(summary, "valueBytes"), kMiB);
    EXPECT_TRUE(summary.ends_with("\"accounts\":null}\n")) << summary;
  }
  EXPECT_EQ(Reel({"scrub", "--key", "video:v"}).exit_status, 1);
  EXPECT_TRUE(Out({"scrub", "--tag", "none"}).starts_with("clean: nothing of what was read"));
  ExpectRefused(Reel({"scrub", "--key", "video:x"}), 2, "video:x");
  ExpectRefused(Reel({"scrub", "--key", "video:v", "--namespace", "x"}), 2, "\"x\"");
}

TEST_F(CliScrubTest, WhatIsPassedOverIsAccountedFor) {
  StoreDamaged(2 * kMiB, {});
  ASSERT_TRUE(Out({"scrub"}).starts_with("clean: nothing is damaged\n"));
  const std::string since = LastLine(Out({"scrub", "--since", "1d", "--json"}));
  EXPECT_EQ(NumberIn(since, "valueBytes"), 0U);
  // Within one second the two scrubs are one moment.
  EXPECT_GT(NumberIn(since, "verified") + NumberIn(since, "verifiedEarlier"), 2 * kMiB);
  EXPECT_EQ(NumberIn(since, "notVerified"), 0U);
  EXPECT_TRUE(Out({"scrub", "--since", "1d"}).starts_with("clean: nothing is damaged\n"));

  ASSERT_EQ(Out({"put", directory_ / "v", "--key", "video:w"}), "");
  const std::string sample = Out({"scrub", "--sample", "0.0000001%"});
  EXPECT_TRUE(sample.starts_with("clean: nothing of what was read is damaged\n")) << sample;
  EXPECT_NE(sample.find("  not verified\n"), std::string::npos) << sample;
}

TEST_F(CliScrubTest, WithARateAndLittlePriority) {
  StoreDamaged(2 * kMiB, {});
  EXPECT_TRUE(Out({"scrub", "--rate", "1G", "--nice"}).starts_with("clean: nothing is damaged\n"));
}

TEST_F(CliScrubTest, AFileOfNobodysIsFoundAndStays) {
  StoreSentinel();
  const std::string foreign = store_ + "/db/notes.txt";
  WriteWholeFile(foreign, "12345");
  const Outcome outcome = Reel({"scrub", "--repair"});
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_TRUE(outcome.out.starts_with("damaged: space, db/notes.txt: ")) << outcome.out;
  EXPECT_EQ(ReadWholeFile(foreign), "12345");
  fs::remove(foreign);
  EXPECT_TRUE(Out({"scrub", "--repair"}).starts_with("clean: nothing is damaged\n"));
}

TEST_F(CliScrubTest, InterruptedAndResumed) {
  const size_t damage = kMiB + 99;
  StoreDamaged(2 * kMiB, {damage});
  StoreSentinel();
  const auto interrupted = [&](std::vector<std::string> arguments, int signal) {
    arguments.insert(arguments.begin(), {"scrub", "--rate", "1"});
    // At a byte a second it cannot come to its end.
    Process process(Command(arguments));
    EXPECT_TRUE(WaitUntil([&] { return process.Catches(signal) || process.Ended(); }));
    process.Signal(signal);
    return process.Wait();
  };
  for (const int signal : {SIGINT, SIGTERM}) {
    const Outcome stopped = interrupted({}, signal);
    EXPECT_EQ(stopped.exit_status, 2);
    EXPECT_EQ(stopped.err, "reel: scrub: interrupted (reel scrub --resume goes on)\n");
    EXPECT_TRUE(std::regex_search(stopped.out, std::regex("^stopped: \\d findings? so far")))
        << stopped.out;
  }
  const Outcome json = interrupted({"--json"}, SIGINT);
  EXPECT_EQ(json.exit_status, 2);
  EXPECT_NE(LastLine(json.out).find(R"("finished":false)"), std::string::npos) << json.out;
  const Outcome of_one = interrupted({"--key", "video:sentinel"}, SIGINT);
  EXPECT_EQ(of_one.exit_status, 2);
  EXPECT_EQ(of_one.err, "reel: scrub: interrupted (the same command begins anew)\n");

  const Outcome resumed = Reel({"scrub", "--resume", "--json"});
  EXPECT_EQ(resumed.exit_status, 1);
  const std::string summary = LastLine(resumed.out);
  EXPECT_NE(summary.find(R"("finished":true,"resumed":true)"), std::string::npos) << summary;
  EXPECT_EQ(NumberIn(summary, "findings"), 1U);
  EXPECT_EQ(NumberIn(summary, "videos"), 2U);
}

TEST_F(CliScrubTest, Refusals) {
  StoreSentinel();
  struct Case {
    std::vector<std::string> arguments;
    std::string words;
  };
  const std::vector<Case> cases = {
      {{"--key", "k", "--tag", "t"}, "--key and --tag are both given"},
      {{"--tag", "a", "--tag", "b"}, "--tag is given several times"},
      {{"--key", "k", "--resume"}, "leave out --key and --tag"},
      {{"--tag", "t", "--resume"}, "leave out --key and --tag"},
      {{"--key", "k", "--sample", "5%"}, "--sample is of many videos"},
      {{"--key", ""}, "scrub: "},
      {{"--tag", ""}, "--tag is empty"},
      {{"--repair-from", ""}, "--repair-from is empty"},
      {{"--sample", "5"}, "--sample is \"5\" (allowed: a percentage"},
      {{"--sample", "0%"}, "--sample is \"0%\""},
      {{"--rate", "0"}, "--rate is \"0\""},
      {{"--rate", "1.5M"}, "--rate is \"1.5M\""},
      {{"--since", "0"}, "--since is \"0\""},
      {{"--since", "soon"}, "--since is \"soon\""},
      {{"--repair-from", directory_ / "none"}, directory_ / "none"},
      {{"--repair-from", directory_ / "sentinel"}, "is a file (say with --key KEY"},
      {{"--repair-from", store_}, "is the store itself"},
      {{"video:v"}, "\"video:v\" is too much"},
  };
  for (const Case& test : cases) {
    std::vector<std::string> command = {"scrub"};
    command.insert(command.end(), test.arguments.begin(), test.arguments.end());
    ExpectRefused(Reel(command), 2, test.words);
  }
  ExpectRefused(Reel({"ls", "--damaged", "--long"}), 2, "--damaged stands without");
  ExpectRefused(Reel({"ls", "--damaged", "--tag", "t"}), 2, "--damaged stands without");
  ExpectRefused(Reel({"ls", "--damaged", "--namespace", "x"}), 1, "\"x\"");

  ProcessOptions full = Command({"scrub"});
  full.output = "/dev/full";
  ExpectRefused(Process(full).Wait(), 2, "standard output");
  fs::remove_all(store_);
  ExpectRefused(Reel({"scrub"}), 2, store_);
}

TEST_F(CliScrubTest, AStoreThatAnotherProcessOwnsIsBusy) {
  StoreSentinel();
  {
    StoreOptions options;
    options.path = store_;
    const auto store = Store::Open(options);
    ASSERT_TRUE(store.ok()) << store.status().message();
    ExpectRefused(Reel({"scrub"}), 2, std::to_string(getpid()));
  }
  EXPECT_TRUE(Out({"scrub"}).starts_with("clean: nothing is damaged\n"));
}

}  // namespace
}  // namespace reel::test

// reel purge and reel touch: videos that go by tag or prefix, and the time that they have left.
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <optional>
#include <random>
#include <regex>

#include "tests/support/test_bytes.h"
#include "tests/tools/cli_fixture.h"
#include "tests/tools/many_videos.h"

namespace reel::test {
namespace {

class CliPurgeTest : public CliTest {
 protected:
  void Put(const std::string& key, const std::string& bytes,
           const std::vector<std::string>& flags = {}) {
    std::vector<std::string> all = {"put", File("v", bytes), "--key", key};
    all.insert(all.end(), flags.begin(), flags.end());
    EXPECT_EQ(Out(all), "");
  }

  int64_t ExpiresOf(const std::string& key) {
    const std::string record = Out({"stat", key, "--json"});
    std::smatch found;
    return std::regex_search(record, found, std::regex("\"expires\":(\\d+)")) ? std::stoll(found[1])
                                                                              : 0;
  }
};

TEST_F(CliPurgeTest, ByTagByPrefixAndByBoth) {
  const auto store = [&] {
    Put("a:1", "12345", {"--tag", "x"});
    Put("a:2", "1234567", {"--tag", "y", "--tag", "x"});
    Put("a:3", "1", {"--tag", "xy"});
    Put("b:1", "12", {"--tag", "x"});
    Put("b:large", RandomBytes(21 * kMiB, 1), {"--tag", "large"});
  };
  struct Case {
    std::vector<std::string> flags;
    std::string videos_and_bytes;
    std::string people;
    std::string left;
  };
  const std::vector<Case> cases = {
      {{"--tag", "x"}, R"({"videos":3,"bytes":14})", "3 videos, 14 B", "a:3\nb:large\n"},
      {{"--prefix", "a:"}, R"({"videos":3,"bytes":13})", "3 videos, 13 B", "b:1\nb:large\n"},
      {{"--tag", "x", "--prefix", "a:"},
       R"({"videos":2,"bytes":12})",
       "2 videos, 12 B",
       "a:3\nb:1\nb:large\n"},
      {{"--tag=large"},
       R"({"videos":1,"bytes":22020096})",
       "1 video, 21.0 MiB",
       "a:1\na:2\na:3\nb:1\n"},
      {{"--tag", "none"},
       R"({"videos":0,"bytes":0})",
       "0 videos, 0 B",
       "a:1\na:2\na:3\nb:1\nb:large\n"},
  };
  for (const Case& test : cases) {
    for (const bool json : {true, false}) {
      store();
      std::vector<std::string> arguments = {"purge"};
      arguments.insert(arguments.end(), test.flags.begin(), test.flags.end());
      if (json) {
        arguments.emplace_back("--json");
      }
      EXPECT_EQ(Out(arguments), (json ? test.videos_and_bytes : test.people) + "\n");
      EXPECT_EQ(Out({"ls"}), test.left);
      if (test.left.find("large") == std::string::npos) {
        EXPECT_EQ(Out({"kv", "list", "--prefix", "b:large"}), "");
      }
    }
  }
}

TEST_F(CliPurgeTest, WhatIsNotSaidPurgesNothing) {
  StoreSentinel();
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"purge"},
                                                    {"purge", "--tag", ""},
                                                    {"purge", "--prefix="},
                                                    {"purge", "video:"},
                                                    {"purge", "--expired", "--tag", "x"},
                                                    {"purge", "--expired", "--prefix", "v"},
                                                    {"purge", "--expired=1"},
                                                    {"purge", "--tag"}}) {
    ExpectRefused(Reel(arguments), 2, "reel: purge: ");
  }
  ExpectRefused(Reel({"purge", "--tag", "x", "--namespace", "none"}), 1, "\"none\"");
  ExpectIntact();
}

// Whole videos are left, and the same command goes on.
TEST_F(CliPurgeTest, CtrlCEndsItBetweenVideos) {
  constexpr int kCount = 300;
  ManyVideos(store_, std::nullopt).Store(kCount);
  Process process(Command({"purge", "--prefix", "v:"}));
  ASSERT_TRUE(WaitUntil([&] { return process.Catches(SIGINT) || process.Ended(); }));
  process.Signal(SIGINT);
  const Outcome outcome = process.Wait();
  std::smatch found;
  ASSERT_TRUE(
      std::regex_match(outcome.err, found,
                       std::regex("reel: purge: interrupted \\(gone so far: (\\d+) videos?, "
                                  "\\d+ B; the same command goes on\\)\n")))
      << outcome.err;
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_EQ(outcome.out, "");
  const std::string left = Out({"ls"});
  const auto left_count = std::count(left.begin(), left.end(), '\n');
  EXPECT_EQ(left_count, kCount - std::stoi(found[1]));
  const std::string entries = Out({"kv", "list"});
  EXPECT_EQ(std::count(entries.begin(), entries.end(), '\n'), 4 * left_count);
  EXPECT_EQ(Out({"purge", "--prefix", "v:", "--json"}),
            "{\"videos\":" + std::to_string(left_count) +
                ",\"bytes\":" + std::to_string(3 * left_count) + "}\n");
  EXPECT_EQ(Out({"kv", "list"}), "");
}

TEST_F(CliPurgeTest, WhatHasExpired) {
  ManyVideos(store_, 60).Store(20);
  Put("stays", "12345", {"--ttl", "1h"});
  EXPECT_EQ(Out({"ls"}), "stays\n");
  const auto expired = [&] {
    const std::string stats = Out({"stats", "--json"});
    const size_t at = stats.find("\"expired\":");
    return stats.substr(at, stats.find('}', at) + 1 - at);
  };
  EXPECT_TRUE(expired().starts_with(R"("expired":{"keys":80,"videos":20,)")) << expired();
  EXPECT_EQ(Out({"purge", "--expired", "--json"}), "{\"videos\":20,\"bytes\":60}\n");
  EXPECT_EQ(expired(), R"("expired":{"keys":0,"videos":0,"bytes":0})");
  EXPECT_EQ(Out({"purge", "--expired"}), "0 videos, 0 B\n");
  EXPECT_EQ(Out({"get", "stays"}), "12345");
}

// kill -9 at any moment leaves whole videos and no part of one, and the same command goes on.
TEST_F(CliPurgeTest, KilledItLeavesWholeVideos) {
  constexpr int kCount = 200;
  constexpr int kRounds = 6;
  std::mt19937_64 random(TestSeed());
  for (const auto& [ttl, flags] : {std::pair(std::optional<int64_t>(), "--prefix=v:"),
                                   {std::optional<int64_t>(60), "--expired"}}) {
    SCOPED_TRACE(flags);
    const ManyVideos videos(store_, ttl);
    const auto purge = [&, flags = flags](auto while_it_runs) {
      Process process(Command({"purge", flags}));
      EXPECT_TRUE(WaitUntil([&] { return process.Catches(SIGINT) || process.Ended(); }));
      while_it_runs(&process);
      return process.Wait();
    };
    videos.Store(kCount);
    using Time = std::chrono::steady_clock;
    Time::time_point begin;
    EXPECT_EQ(purge([&](Process* /*whole*/) { begin = Time::now(); }).exit_status, 0);
    const Time::duration whole = Time::now() - begin;
    EXPECT_EQ(videos.CountWhole(), 0);
    int killed_midway = 0;
    for (int round = 0; round < kRounds; ++round) {
      int before = videos.CountWhole();
      if (before < kCount / 2) {
        videos.Store(kCount);
        before = kCount;
      }
      const Outcome outcome = purge([&](Process* process) {
        const auto moment = Time::now() + whole * static_cast<int>(random() % 1000) / 1000;
        WaitUntil([&] { return Time::now() >= moment; });
        process->Signal(SIGKILL);
      });
      EXPECT_TRUE(outcome.signal == SIGKILL || outcome.exit_status == 0);
      const int left = videos.CountWhole();
      killed_midway += left > 0 && left < before ? 1 : 0;
    }
    RecordProperty("killed_midway", killed_midway);
    EXPECT_EQ(purge([](Process* /*whole*/) {}).exit_status, 0);
    EXPECT_EQ(videos.CountWhole(), 0);
    EXPECT_EQ(Out({"kv", "list"}), "");
  }
}

TEST_F(CliPurgeTest, TouchSetsTheTimeOfAllParts) {
  Put("v", RandomBytes(21 * kMiB, 2), {"--ttl", "10m"});
  const int64_t before = std::time(nullptr);
  EXPECT_EQ(Out({"touch", "v", "--ttl", "2h"}), "");
  const int64_t after = std::time(nullptr);
  const int64_t expires = ExpiresOf("v");
  EXPECT_GE(expires, before + 7200);
  EXPECT_LE(expires, after + 7200);
  const std::string rows = Out({"kv", "list", "--json"});
  const std::regex expiration("\"expiration\":" + std::to_string(expires) + ",");
  EXPECT_EQ(std::distance(std::sregex_iterator(rows.begin(), rows.end(), expiration),
                          std::sregex_iterator()),
            6);
  ExpectSameBytes(Out({"get", "v"}), RandomBytes(21 * kMiB, 2));

  Put("for ever", "x");
  EXPECT_EQ(Out({"touch", "for ever", "--ttl", "60"}), "");
  EXPECT_GE(ExpiresOf("for ever"), before + 60);
}

TEST_F(CliPurgeTest, TouchRefusals) {
  StoreSentinel();
  ExpectRefused(Reel({"touch", "video:sentinel"}), 2, "--ttl");
  ExpectRefused(Reel({"touch", "video:sentinel", "--ttl", "59"}), 2, "--ttl");
  ExpectRefused(Reel({"touch", "video:sentinel", "--ttl", "0"}), 2, "--ttl");
  ExpectRefused(Reel({"touch", "video:sentinel", "--ttl", "9223372036854775807"}), 2, "");
  ExpectRefused(Reel({"touch", "", "--ttl", "60"}), 2, "");
  ExpectRefused(Reel({"touch", "missing", "--ttl", "60"}), 1, "reel: touch missing: ");
  EXPECT_EQ(ExpiresOf("video:sentinel"), 0);
  ExpectIntact();
}

}  // namespace
}  // namespace reel::test

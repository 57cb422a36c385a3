// get --log: which lines are appended, and what becomes of get when they cannot be.
#include <filesystem>
#include <map>
#include <optional>
#include <regex>
#include <sstream>

#include "tests/support/bit_rot.h"
#include "tests/support/test_bytes.h"
#include "tests/tools/cli_fixture.h"

namespace reel::test {
namespace {

namespace fs = std::filesystem;

constexpr size_t kSize = 26 * kMiB;
constexpr size_t kChunk = 5 * kMiB;
constexpr size_t kDamage = 17 * kMiB + 4321;

struct Event {
  std::string name;
  std::string key;
  uint64_t chunk = 0;
  uint64_t offset = 0;
  uint64_t length = 0;
  uint64_t attempt = 0;
  std::string detail;
};

// All fields of a line as engine/include/reel/event_log.h has them.
std::optional<Event> ParseEvent(const std::string& line) {
  static const std::regex form(
      R"re(\{"time":[1-9][0-9]{9},"event":"([a-z]+\.[A-Za-z]+)","key":"([^"]*)","chunk":([0-9]+))re"
      R"re(,"offset":([0-9]+),"length":([0-9]+),"attempt":([0-9]+),"milliseconds":[0-9]+)re"
      R"re((?:,"detail":"((?:[^"\\]|\\.)+)")?\})re");
  std::smatch found;
  if (!std::regex_match(line, found, form)) {
    return std::nullopt;
  }
  return Event{found[1],
               found[2],
               std::stoull(found[3]),
               std::stoull(found[4]),
               std::stoull(found[5]),
               std::stoull(found[6]),
               found[7]};
}

class CliLogTest : public CliTest {
 protected:
  void SetUp() override {
    StoreSentinel();
    bytes_ = RandomBytes(kSize, 12);
    ASSERT_EQ(Out({"put", File("v", bytes_)}), "");
  }

  void Damage() { ASSERT_TRUE(FlipABit(store_, std::string_view(bytes_).substr(kDamage, 64))); }

  [[nodiscard]] static std::vector<Event> EventsOf(const std::string& log) {
    std::vector<Event> events;
    const std::string text = ReadWholeFile(log);
    EXPECT_TRUE(text.empty() || text.ends_with('\n')) << text;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const auto event = ParseEvent(line);
      EXPECT_TRUE(event) << line;
      events.push_back(event.value_or(Event()));
    }
    return events;
  }

  [[nodiscard]] std::string FaultsOnly() const {
    return File("faults.json", R"({"kvChunking": {"logChunkOperations": false}})");
  }

  std::string bytes_;
  const std::string log_ = directory_ / "log";
};

TEST_F(CliLogTest, FetchesThatCoverTheVideo) {
  ExpectSameBytes(Out({"get", "video:v", "--log", log_}), bytes_);
  uint64_t next = 0;
  std::map<uint64_t, uint64_t> fetched;
  for (const Event& event : EventsOf(log_)) {
    EXPECT_EQ(event.name, "chunk.fetched");
    EXPECT_EQ(event.key, "video:v");
    EXPECT_EQ(event.chunk, event.offset / kChunk);
    EXPECT_EQ(event.attempt, 1U);
    EXPECT_EQ(event.detail, "");
    fetched[event.offset] = event.length;
  }
  for (const auto& [offset, length] : fetched) {
    EXPECT_EQ(offset, next);
    next = offset + length;
  }
  EXPECT_EQ(next, kSize);
}

TEST_F(CliLogTest, DamageIsToldWithItsKeyAndChunk) {
  Damage();
  const Outcome outcome = Reel({"get", "video:v", "--log", log_, "--config", FaultsOnly()});
  EXPECT_EQ(outcome.exit_status, 1);
  const std::vector<Event> events = EventsOf(log_);
  ASSERT_FALSE(events.empty());
  for (const Event& event : events) {
    EXPECT_EQ(event.name, "chunk.failed");
    EXPECT_EQ(event.key, "video:v");
    EXPECT_EQ(event.chunk, kDamage / kChunk);
    EXPECT_LE(event.offset, kDamage);
    EXPECT_GT(event.offset + event.length, kDamage);
    EXPECT_NE(event.detail, "");
  }
  EXPECT_EQ(events.front().attempt, 1U);
}

TEST_F(CliLogTest, WhatIsFilledIsToldToo) {
  Damage();
  EXPECT_EQ(Reel({"get", "video:v", "--degrade", "--log", log_}).exit_status, 1);
  std::map<std::string, int> names;
  for (const Event& event : EventsOf(log_)) {
    ++names[event.name];
    if (event.name == "chunk.filled") {
      EXPECT_EQ(event.chunk, kDamage / kChunk);
      EXPECT_LE(event.offset, kDamage);
      EXPECT_EQ(event.offset + event.length, (kDamage / kChunk + 1) * kChunk);
    }
  }
  EXPECT_EQ(names["chunk.filled"], 1);
  EXPECT_GE(names["chunk.failed"], 1);
  EXPECT_GE(names["chunk.fetched"], 1);
}

TEST_F(CliLogTest, WithoutFaultsAndFetchesThereIsNothingToTell) {
  ExpectSameBytes(Out({"get", "video:v", "--log", log_, "--config", FaultsOnly()}), bytes_);
  EXPECT_EQ(ReadWholeFile(log_), "");
}

TEST_F(CliLogTest, IsAppendedTo) {
  EXPECT_EQ(
      Out({"get", "video:sentinel", "--range", "0-9", "--log", File("log", "older\n")}).size(),
      10U);
  const std::string once = ReadWholeFile(log_);
  EXPECT_TRUE(once.starts_with("older\n{")) << once;
  EXPECT_EQ(Out({"get", "video:sentinel", "--range", "0-9", "--log", log_}).size(), 10U);
  const std::string twice = ReadWholeFile(log_);
  EXPECT_TRUE(twice.starts_with(once)) << twice;
  EXPECT_GT(twice.size(), once.size());
}

TEST_F(CliLogTest, WhereItCannotBeOpenedNothingIsDone) {
  struct Case {
    std::string log;
    int exit_status;
    std::string words;
  };
  const std::vector<Case> cases = {
      {directory_ / "no/where", 1, "no/where cannot be opened: No such file or directory"},
      {directory_.path(), 1, "Is a directory"},
      {directory_ / "v/log", 1, "Not a directory"},
      {"", 2, "--log is empty"},
  };
  const std::string target = File("target", "precious");
  for (const Case& test : cases) {
    SCOPED_TRACE(test.log);
    ExpectRefused(Reel({"get", "video:v", "--log", test.log, "-o", target}), test.exit_status,
                  "reel: get video:v: --log");
    ExpectRefused(Reel({"get", "video:v", "--log", test.log}), test.exit_status, test.words);
    EXPECT_EQ(ReadWholeFile(target), "precious");
  }
  ExpectRefused(Reel({"get", "video:v", "--log"}), 2, "--log needs a value");
}

TEST_F(CliLogTest, OnlyCommandsThatFetchHaveIt) {
  for (const auto& arguments :
       {std::vector<std::string>{"stat", "video:v"}, {"ls"}, {"kv", "get", "video:v"}}) {
    std::vector<std::string> with = arguments;
    with.insert(with.end(), {"--log", log_});
    ExpectRefused(Reel(with), 2, "there is no flag \"--log\"");
  }
  ExpectRefused(Reel({"stat", "video:v", "--degrade"}), 2, "there is no flag \"--degrade\"");
  EXPECT_FALSE(fs::exists(log_));
}

TEST_F(CliLogTest, AFullDiskIsToldOnceAndKeepsNobodyFromReading) {
  const Outcome outcome = Reel({"get", "video:v", "--log", "/dev/full"});
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_EQ(outcome.err,
            "reel: cannot write to --log /dev/full: No space left on device (free some space and "
            "try again)\n");
  ExpectSameBytes(outcome.out, bytes_);
}

}  // namespace
}  // namespace reel::test

#include <gtest/gtest.h>
#include <reel/event_log.h>

#include <latch>

#include "format/json.h"
#include "tests/support/collected_lines.h"
#include "tests/support/fake_clock.h"

namespace reel {
namespace {

using Strings = std::vector<std::string>;

class EventLogTest : public testing::Test {
 protected:
  EventLog::Write Collect() {
    return [this](std::string_view line) { lines_.Add(line); };
  }

  static LogEvent Numbered(uint32_t attempt) {
    LogEvent event;
    event.event = "e";
    event.attempt = attempt;
    return event;
  }

  // What the lines say in short: attempts, and s and the count of what was suppressed.
  static Strings Short(const Strings& lines) {
    Strings words;
    for (const std::string& line : lines) {
      const auto json = ParseJson(line);
      EXPECT_TRUE(json.ok()) << line;
      const auto number = [&](std::string_view name) {
        for (size_t i = 0; i < json->names.size(); ++i) {
          if (json->names[i] == name) {
            return json->items[i].text;
          }
        }
        return std::string();
      };
      words.push_back(FindTextField(line, "event") == "log.suppressed" ? "s" + number("count")
                                                                       : number("attempt"));
    }
    return words;
  }

  test::FakeClock clock_{1'800'000'000};
  test::CollectedLines lines_;
};

TEST_F(EventLogTest, LinesSayWhatHappened) {
  {
    EventLog log(Collect(), {}, clock_);
    log.Add({.event = "chunk.fetched",
             .key = "video:a \"b\"\n\\é日",
             .chunk = 3,
             .offset = 15'728'640,
             .length = 18'446'744'073'709'551'615U,
             .attempt = 2,
             .milliseconds = -1});
    clock_.Advance(1);
    log.Add({.event = "chunk.failed", .detail = std::string("bad \xFF\xC3 byte\0", 11)});
  }
  EXPECT_EQ(lines_.lines(),
            (Strings{R"({"time":1800000000,"event":"chunk.fetched","key":"video:a \"b\"\n\\é日",)"
                     R"("chunk":3,"offset":15728640,"length":18446744073709551615,)"
                     R"("attempt":2,"milliseconds":-1})",
                     R"({"time":1800000001,"event":"chunk.failed","key":"","chunk":0,"offset":0,)"
                     R"("length":0,"attempt":0,"milliseconds":0,)"
                     "\"detail\":\"bad \xEF\xBF\xBD\xEF\xBF\xBD byte\"}"}));
}

TEST_F(EventLogTest, TheTimeIsThatOfTheEvent) {
  std::latch writing(1);
  std::latch go_on(1);
  {
    EventLog log(
        [&](std::string_view line) {
          if (line.find("\"attempt\":0") != line.npos) {
            writing.count_down();
            go_on.wait();
          }
          lines_.Add(line);
        },
        {}, clock_);
    log.Add(Numbered(0));
    writing.wait();
    log.Add(Numbered(1));
    clock_.Advance(50);
    go_on.count_down();
  }
  EXPECT_EQ(lines_.lines().at(1).find("{\"time\":1800000000,"), 0U) << lines_.lines().at(1);
}

TEST_F(EventLogTest, NoMoreThanSoManyInASecond) {
  EventLog log(Collect(), {.lines_per_second_max = 3}, clock_);
  for (uint32_t i = 0; i < 5; ++i) {
    log.Add(Numbered(i));
  }
  clock_.AdvanceMillis(999);
  log.Add(Numbered(5));
  EXPECT_EQ(Short(lines_.WaitFor(3)), (Strings{"0", "1", "2"}));
  // Told although nothing more is added.
  clock_.AdvanceMillis(1);
  EXPECT_EQ(Short(lines_.WaitFor(4)), (Strings{"0", "1", "2", "s3"}));
  EXPECT_EQ(lines_.lines()[3], R"({"time":1800000001,"event":"log.suppressed","count":3})");
  // The next second begins with the next event.
  clock_.AdvanceMillis(700);
  for (uint32_t i = 6; i < 10; ++i) {
    log.Add(Numbered(i));
  }
  clock_.AdvanceMillis(999);
  log.Add(Numbered(10));
  EXPECT_EQ(Short(lines_.WaitFor(7)), (Strings{"0", "1", "2", "s3", "6", "7", "8"}));
  // Ahead of what is added when there is room again.
  clock_.AdvanceMillis(1);
  log.Add(Numbered(11));
  EXPECT_EQ(Short(lines_.WaitFor(9)), (Strings{"0", "1", "2", "s3", "6", "7", "8", "s2", "11"}));
}

// What goes well, a hundred times a second, does not hide what went wrong.
TEST_F(EventLogTest, RoutineLeavesRoomForFaults) {
  EventLog log(Collect(), {.lines_per_second_max = 6}, clock_);
  const auto add = [&](uint32_t number, bool is_routine) {
    LogEvent event = Numbered(number);
    event.is_routine = is_routine;
    log.Add(event);
  };
  for (uint32_t i = 0; i < 10; ++i) {
    add(i, true);
  }
  EXPECT_EQ(Short(lines_.WaitFor(3)), (Strings{"0", "1", "2"}));
  for (uint32_t i = 10; i < 14; ++i) {
    add(i, false);
  }
  EXPECT_EQ(Short(lines_.WaitFor(7)), (Strings{"0", "1", "2", "s7", "10", "11", "12"}));
  clock_.AdvanceMillis(1000);
  EXPECT_EQ(Short(lines_.WaitFor(8)), (Strings{"0", "1", "2", "s7", "10", "11", "12", "s1"}));
}

TEST_F(EventLogTest, AWriterThatBlocksHoldsNobodyUp) {
  std::latch writing(1);
  std::latch go_on(1);
  {
    EventLog log(
        [&](std::string_view line) {
          lines_.Add(line);
          if (lines_.lines().size() == 1) {
            writing.count_down();
            go_on.wait();
          }
        },
        {.queue_max = 4}, clock_);
    log.Add(Numbered(0));
    writing.wait();
    for (uint32_t i = 1; i < 11; ++i) {
      log.Add(Numbered(i));
    }
    EXPECT_EQ(lines_.lines().size(), 1U);
    go_on.count_down();
    EXPECT_EQ(Short(lines_.WaitFor(6)), (Strings{"0", "1", "2", "3", "4", "s6"}));
    log.Add(Numbered(11));
  }
  EXPECT_EQ(Short(lines_.lines()), (Strings{"0", "1", "2", "3", "4", "s6", "11"}));
}

TEST_F(EventLogTest, TheEndWritesWhatIsQueuedAndWhatIsToBeTold) {
  std::latch writing(1);
  std::latch go_on(1);
  auto log = std::make_unique<EventLog>(
      [&](std::string_view line) {
        if (lines_.lines().empty()) {
          writing.count_down();
          go_on.wait();
        }
        lines_.Add(line);
      },
      EventLogOptions{.lines_per_second_max = 5}, clock_);
  log->Add(Numbered(0));
  writing.wait();
  for (uint32_t i = 1; i < 8; ++i) {
    log->Add(Numbered(i));
  }
  std::thread ends([&] { log.reset(); });
  go_on.count_down();
  ends.join();
  EXPECT_EQ(Short(lines_.lines()), (Strings{"0", "1", "2", "3", "4", "s3"}));
}

}  // namespace
}  // namespace reel

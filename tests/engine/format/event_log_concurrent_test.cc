// Many threads report to one log.
#include <gtest/gtest.h>
#include <reel/event_log.h>

#include <thread>
#include <vector>

#include "format/json.h"
#include "tests/support/collected_lines.h"
#include "tests/support/fake_clock.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

// Every event is written, in its thread's order, or counted.
TEST(EventLogConcurrent, NothingIsLostUncounted) {
  constexpr uint32_t kThreads = 4;
  const uint64_t events = test::CampaignLength("REEL_CONCURRENT_ROUNDS", 2000);
  test::FakeClock clock;
  test::CollectedLines lines;
  {
    EventLog log([&](std::string_view line) { lines.Add(line); },
                 {.lines_per_second_max = 50, .queue_max = 20}, clock);
    std::vector<std::thread> threads;
    for (uint32_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (uint64_t i = 0; i < events; ++i) {
          log.Add({.event = "e", .chunk = t, .offset = i});
          if (i % 16 == t) {
            clock.AdvanceMillis(300);
          }
        }
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
  }
  uint64_t told = 0;
  std::vector<int64_t> next(kThreads, 0);
  for (const std::string& line : lines.lines()) {
    const auto json = ParseJson(line);
    ASSERT_TRUE(json.ok()) << line;
    const auto number = [&](size_t item) {
      return ExactInteger(json->items.at(item)).value_or(-1);
    };
    if (json->items.at(1).text == "log.suppressed") {
      EXPECT_GT(number(2), 0);
      told += static_cast<uint64_t>(number(2));
    } else {
      int64_t& from = next.at(static_cast<size_t>(number(3)));
      EXPECT_GE(number(4), from);
      from = number(4) + 1;
      ++told;
    }
  }
  EXPECT_EQ(told, kThreads * events);
}

}  // namespace
}  // namespace reel

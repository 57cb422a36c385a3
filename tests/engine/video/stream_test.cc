// How a stream goes on and how it ends: order, fetching ahead, time limits, stops.
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <random>

#include "tests/engine/video/faulted_library.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

using test::Backend;
using test::Collect;

class StreamTest : public testing::TestWithParam<Backend> {
 protected:
  test::FaultedLibrary videos_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(, StreamTest, testing::Values(Backend::kMemory, Backend::kDisk),
                         test::BackendName);

TEST_P(StreamTest, EveryRangeOfASmallVideo) {
  videos_.set_chunk_size(7);
  const std::string bytes = test::RandomBytes(40, 1);
  videos_.Put("v", bytes);
  videos_.Open("");
  const auto reader = videos_.Reader("v");
  for (size_t offset = 0; offset <= bytes.size(); ++offset) {
    for (size_t length = 0; offset + length <= bytes.size(); ++length) {
      const auto sent = Collect(*reader, {offset, length});
      ASSERT_EQ(sent.bytes, bytes.substr(offset, length)) << offset << "+" << length;
      ASSERT_EQ(sent.result.end, StreamEnd::kComplete);
      ASSERT_TRUE(sent.result.status.ok());
    }
  }
}

TEST_P(StreamTest, ARangeThatTheVideoDoesNotHaveIsRefused) {
  videos_.Put("v", "0123456789");
  videos_.Open("");
  const auto reader = videos_.Reader("v");
  for (const ByteRange range : {ByteRange{0, 11}, ByteRange{11, 0}, ByteRange{5, UINT64_MAX}}) {
    const auto sent = Collect(*reader, range);
    EXPECT_EQ(sent.result.end, StreamEnd::kFailed);
    EXPECT_EQ(sent.result.status.code(), Code::kOutOfRange);
    EXPECT_EQ(sent.bytes, "");
  }
}

// Without faults, so on the path of a local store.
TEST_P(StreamTest, RandomRangesOfALargeVideo) {
  test::NamespaceUnderTest entries(GetParam());
  VideoLibrary library(entries.get());
  std::mt19937_64 random(test::TestSeed());
  const std::string bytes = test::RandomBytes((26 << 20) + 77, 2);
  const auto writer = library.NewWriter("v", {});
  ASSERT_TRUE((*writer)->Append(bytes).ok());
  ASSERT_TRUE((*writer)->Commit().ok());
  const auto reader = *library.Open("v");
  for (int i = 0; i < 100; ++i) {
    const uint64_t offset = random() % bytes.size();
    const uint64_t length =
        std::min(random() % (i < 20 ? 27'000'000 : 300'000), bytes.size() - offset);
    const auto sent = Collect(*reader, {offset, length});
    ASSERT_TRUE(sent.bytes == std::string_view(bytes).substr(offset, length))
        << offset << "+" << length;
    ASSERT_EQ(sent.result.end, StreamEnd::kComplete);
  }
}

// Chunk 2 comes after chunks 3 and 4, and is sent before them.
TEST_P(StreamTest, SendsInOrderWhateverComesFirst) {
  const std::string bytes = test::RandomBytes(5'500, 3);
  videos_.Put("v", bytes);
  videos_.Open(R"({"fault":"delay","milliseconds":500,"chunk":2})");
  const auto reader = videos_.Reader("v");
  videos_.WhileTimeGoesBy(
      [&] {
        EXPECT_TRUE(Collect(*reader, {100, 5'300}).bytes == bytes.substr(100, 5'300));
      },
      500);
  // Where the processors are busy the clock runs ahead of the delay, which is tried once more.
  EXPECT_GE(videos_.faults().counts()[0].struck, 1U);
}

// The first bytes leave while the second fetch still hangs.
TEST_P(StreamTest, FirstBytesDoNotWaitForTheSecondFetch) {
  const std::string bytes = test::RandomBytes(3'000, 4);
  videos_.Put("v", bytes);
  videos_.Open(R"({"fault":"hang","chunk":1})");
  const auto reader = videos_.Reader("v");
  std::string sent;
  const auto result = reader->Stream({0, 3'000}, [&](std::span<const std::string_view> slices) {
    for (const std::string_view slice : slices) {
      sent += slice;
    }
    videos_.AwaitWaiting(1);
    return false;
  });
  EXPECT_EQ(result.end, StreamEnd::kClosed);
  EXPECT_TRUE(result.status.ok());
  EXPECT_TRUE(sent == bytes.substr(0, 1'000));
}

// With parallelFetches 3 and a consumer that has taken one chunk, three more are fetched, not four.
TEST_P(StreamTest, FetchesAsManyAheadAsItMayAndNoMore) {
  videos_.Put("v", test::RandomBytes(10'000, 5));
  std::string faults;
  for (int chunk = 1; chunk < 10; ++chunk) {
    faults +=
        (chunk > 1 ? "," : "") + (R"({"fault":"hang","chunk":)" + std::to_string(chunk)) + "}";
  }
  videos_.Open(faults);
  const auto reader = videos_.Reader("v");
  const auto result = reader->Stream({0, 10'000}, [&](std::span<const std::string_view>) {
    videos_.AwaitWaiting(3);
    return false;
  });
  EXPECT_EQ(result.end, StreamEnd::kClosed);
  uint64_t struck = 0;
  for (const FaultCount& count : videos_.faults().counts()) {
    struck += count.struck;
  }
  EXPECT_EQ(struck, 3U);
}

TEST_P(StreamTest, NothingIsSentOrFetchedOnceTheSinkRefused) {
  videos_.Put("v", test::RandomBytes(50'000, 6));
  videos_.Open(R"({"fault":"delay","milliseconds":0})");
  const auto reader = videos_.Reader("v");
  int calls = 0;
  const auto result =
      reader->Stream({0, 50'000}, [&](std::span<const std::string_view>) { return ++calls < 5; });
  EXPECT_EQ(calls, 5);
  EXPECT_EQ(result.end, StreamEnd::kClosed);
  EXPECT_EQ(result.bytes_sent, 4'000U);
  EXPECT_LE(videos_.faults().counts()[0].matched, 9U) << "the manifest, five taken, three ahead";
}

TEST_P(StreamTest, AStopRequestWakesAStreamThatWaits) {
  const std::string bytes = test::RandomBytes(5'000, 7);
  videos_.Put("v", bytes);
  videos_.Open(R"({"fault":"hang","chunk":2})");
  const auto reader = videos_.Reader("v");
  std::stop_source stop;
  std::thread stopper([&] {
    videos_.AwaitWaiting(1);
    stop.request_stop();
  });
  const auto sent = Collect(*reader, {0, 5'000}, stop.get_token());
  stopper.join();
  EXPECT_EQ(sent.result.end, StreamEnd::kAborted);
  EXPECT_EQ(sent.result.status.code(), Code::kAborted);
  EXPECT_TRUE(sent.bytes == bytes.substr(0, sent.bytes.size()));
  EXPECT_LE(sent.bytes.size(), 2'000U);
}

TEST_P(StreamTest, AStopRequestedBeforehandSendsNothing) {
  videos_.Put("v", test::RandomBytes(5'000, 8));
  videos_.Open("");
  const auto reader = videos_.Reader("v");
  std::stop_source stop;
  stop.request_stop();
  const auto sent = Collect(*reader, {0, 5'000}, stop.get_token());
  EXPECT_EQ(sent.result.end, StreamEnd::kAborted);
  EXPECT_EQ(sent.bytes, "");
}

// A paused player is no fault: the original took it for one (lessons.md, 8).
TEST_P(StreamTest, ASlowConsumerIsNoTimeout) {
  const std::string bytes = test::RandomBytes(6'000, 9);
  videos_.Put("v", bytes);
  videos_.Open("");
  const auto reader = videos_.Reader("v");
  std::string sent;
  const auto result = reader->Stream({0, 6'000}, [&](std::span<const std::string_view> slices) {
    for (const std::string_view slice : slices) {
      sent += slice;
    }
    videos_.clock().Advance(3600);
    return true;
  });
  EXPECT_EQ(result.end, StreamEnd::kComplete) << result.status.message();
  EXPECT_TRUE(sent == bytes);
}

// What hung comes back when nobody waits for it any more: thrown away, and never sent.
TEST_P(StreamTest, LateResultsAreThrownAway) {
  const std::string bytes = test::RandomBytes(4'000, 10);
  videos_.Put("v", bytes);
  videos_.Open(R"({"fault":"hang","chunk":1,"times":1})");
  const auto reader = videos_.Reader("v");
  videos_.WhileTimeGoesBy([&] {
    const auto sent = Collect(*reader, {0, 4'000});
    EXPECT_EQ(sent.result.end, StreamEnd::kComplete) << sent.result.status.message();
    EXPECT_TRUE(sent.bytes == bytes);
  });
  EXPECT_EQ(videos_.faults().waiting(), 1U) << "the first attempt still hangs";
  EXPECT_EQ(videos_.pool().Stats().late_fetches, 0U);
  videos_.faults().Release();
  while (videos_.pool().Stats().late_fetches == 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(videos_.pool().Stats().late_fetches, 1U);
}

TEST_P(StreamTest, TimesOutAfterTwoAttempts) {
  const std::string bytes = test::RandomBytes(4'000, 11);
  videos_.Put("v", bytes);
  videos_.options().fetch.timeout_ms = 250;
  videos_.Open(R"({"fault":"hang","chunk":1})");
  const auto reader = videos_.Reader("v");
  const int64_t begin_ms = videos_.clock().SteadyMillis();
  videos_.WhileTimeGoesBy(
      [&] {
        const auto sent = Collect(*reader, {0, 4'000});
        EXPECT_EQ(sent.result.end, StreamEnd::kFailed);
        EXPECT_EQ(sent.result.status.code(), Code::kTimedOut);
        EXPECT_NE(sent.result.status.message().find("250 ms"), std::string::npos)
            << sent.result.status.message();
        EXPECT_TRUE(sent.bytes == bytes.substr(0, 1'000));
      },
      50);
  EXPECT_GE(videos_.clock().SteadyMillis() - begin_ms, 500);
}

TEST(ReadPoolOptions, NamesWhatIsOutOfBounds) {
  EXPECT_TRUE(ReadPoolOptions().Validate().ok());
  const Status memory = ReadPoolOptions{.memory_bytes = 1000}.Validate();
  EXPECT_EQ(memory.code(), Code::kInvalidArgument);
  EXPECT_EQ(memory.message(), "memory_bytes is 1000 (at least 83886080)");
  const Status threads = ReadPoolOptions{.threads_max = 0}.Validate();
  EXPECT_EQ(threads.code(), Code::kInvalidArgument);
  EXPECT_EQ(threads.message(), "threads_max is 0 (at least 1)");
}

// Paused streams do not keep another from going on, and all stay within the memory.
TEST_P(StreamTest, PausedStreamsDoNotStarveOthers) {
  videos_.set_chunk_size(2 << 20);
  const std::string bytes = test::RandomBytes(8 << 20, 12);
  videos_.Put("v", bytes);
  ReadPoolOptions pool;
  pool.memory_bytes = size_t{80} << 20;
  videos_.Open("", pool);
  const auto reader = videos_.Reader("v");
  std::mutex mutex;
  std::condition_variable changed;
  int paused = 0;
  bool go_on = false;
  std::vector<std::thread> threads;
  constexpr int kPaused = 8;
  for (int i = 0; i < kPaused; ++i) {
    threads.emplace_back([&] {
      bool first = true;
      std::string sent;
      const auto result =
          reader->Stream({0, bytes.size()}, [&](std::span<const std::string_view> slices) {
            for (const std::string_view slice : slices) {
              sent += slice;
            }
            if (std::exchange(first, false)) {
              std::unique_lock lock(mutex);
              ++paused;
              changed.notify_all();
              changed.wait(lock, [&] { return go_on; });
            }
            return true;
          });
      EXPECT_EQ(result.end, StreamEnd::kComplete) << result.status.message();
      EXPECT_TRUE(sent == bytes);
    });
  }
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return paused == kPaused; });
  }
  EXPECT_TRUE(Collect(*reader, {0, bytes.size()}).bytes == bytes);
  {
    const std::lock_guard lock(mutex);
    go_on = true;
  }
  changed.notify_all();
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_LE(videos_.pool().Stats().memory_bytes_peak, pool.memory_bytes);
}

}  // namespace
}  // namespace reel

// What sequential reads set off, what a seek drops, and what the cache answers.
#include <gtest/gtest.h>

#include "tests/engine/video/faulted_library.h"
#include "tests/support/collected_lines.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

using test::Backend;

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kSize = 12 * kMiB + 123;

class ReadAheadTest : public testing::Test {
 protected:
  ReadAheadTest() {
    videos_.set_chunk_size(kMiB);
    videos_.Put("v", bytes_);
    videos_.options().fetch.use_edge_cache = false;
  }

  /// Reads [from, to) in pieces, and compares.
  void ReadOn(const VideoReader& reader, uint64_t from, uint64_t to, uint64_t piece = 100'000) {
    std::string buffer(piece, '\0');
    while (from < to) {
      const auto count = reader.Read(from, std::span(buffer).first(std::min(piece, to - from)));
      ASSERT_TRUE(count.ok()) << count.status().message();
      ASSERT_TRUE(std::string_view(buffer).substr(0, *count) ==
                  std::string_view(bytes_).substr(from, *count))
          << "at " << from;
      from += *count;
    }
  }

  /// Chunks that the store was asked for so far: all reads but that of the manifest.
  uint64_t Asked() { return videos_.faults().counts()[0].matched - 1; }

  const std::string bytes_ = test::RandomBytes(kSize, 1);
  test::FaultedLibrary videos_{Backend::kMemory};
};

constexpr const char* kCount = R"({"fault":"delay","milliseconds":0})";

// Media servers look into the head and the tail of every file: that fetches nothing ahead.
TEST_F(ReadAheadTest, HeadAndTailScansFetchNothingAhead) {
  videos_.Open(kCount);
  const auto reader = videos_.Reader("v");
  for (int i = 0; i < 3; ++i) {
    ReadOn(*reader, 0, 600'000);
    ReadOn(*reader, kSize - 300'000, kSize);
    ReadOn(*reader, 0, 70'000);
  }
  while (videos_.pool().Stats().pending_fetches > 0) {
    std::this_thread::yield();
  }
  // 6 reads of the head, 3 of the tail of which one crosses a chunk, 1 of the head again.
  EXPECT_LE(Asked(), 3U * (6 + 4 + 1));
  EXPECT_EQ(videos_.pool().Stats().late_fetches, 0U);
}

TEST_F(ReadAheadTest, ReadsThatFollowEachOtherAreFetchedAhead) {
  videos_.Open(kCount);
  const auto reader = videos_.Reader("v");
  ReadOn(*reader, 0, 2 * kMiB + 200'000);
  while (Asked() == 0 || videos_.pool().Stats().pending_fetches > 0) {
    std::this_thread::yield();
  }
  const uint64_t before = Asked();
  ReadOn(*reader, 2 * kMiB + 200'000, 3 * kMiB);
  EXPECT_EQ(Asked(), before) << "these were here already";
  ReadOn(*reader, 3 * kMiB, kSize);
  EXPECT_LE(Asked(), before + 10) << "each chunk once, however small the reads";
}

TEST_F(ReadAheadTest, ASeekDropsWhatWasFetchedAhead) {
  videos_.Open(R"({"fault":"hang","chunk":4,"times":1})");
  const auto reader = videos_.Reader("v");
  ReadOn(*reader, 0, 2 * kMiB + 200'000);  // the window has chunks 2 to 4
  videos_.AwaitWaiting(1);
  ReadOn(*reader, 7 * kMiB, 7 * kMiB + 1000);
  videos_.faults().Release();
  while (videos_.pool().Stats().late_fetches == 0) {
    std::this_thread::yield();
  }
  ReadOn(*reader, 4 * kMiB, 5 * kMiB);
}

TEST_F(ReadAheadTest, ManyThreadsOnOneReader) {
  videos_.Open("");
  const auto reader = videos_.Reader("v");
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] { ReadOn(*reader, i * 2 * kMiB, i * 2 * kMiB + 4 * kMiB); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

TEST_F(ReadAheadTest, HotPagesComeFromTheCacheUntilTheyAreTooOld) {
  videos_.options().fetch.use_edge_cache = true;
  videos_.options().fetch.edge_cache_ttl_s = 30;
  videos_.Open(kCount);
  const auto reader = videos_.Reader("v");
  ReadOn(*reader, 5 * kMiB, 5 * kMiB + 20'000);
  EXPECT_EQ(Asked(), 1U);
  ReadOn(*reader, 5 * kMiB, 5 * kMiB + 20'000);
  EXPECT_EQ(Asked(), 2U) << "what is read but once is not kept";
  ReadOn(*reader, 5 * kMiB, 5 * kMiB + 20'000);
  ReadOn(*reader, 5 * kMiB + 17'000, 5 * kMiB + 19'000);
  EXPECT_EQ(Asked(), 2U) << "the cache was not asked";
  ReadOn(*reader, 5 * kMiB + 19'000, 5 * kMiB + 60'000);
  EXPECT_EQ(Asked(), 3U) << "not all of it was there";
  videos_.clock().Advance(31);
  ReadOn(*reader, 5 * kMiB, 5 * kMiB + 20'000);
  EXPECT_EQ(Asked(), 4U) << "too old";
  EXPECT_LE(videos_.pool().Stats().cached_bytes, size_t{1} << 20);
}

// What was written here is read from then on, whatever the cache holds of the old generation; a
// reader of that goes on with it.
TEST_F(ReadAheadTest, TheCacheIsCoherentWithLocalWrites) {
  videos_.options().fetch.use_edge_cache = true;
  videos_.Open("");
  const auto old_reader = videos_.Reader("v");
  for (int i = 0; i < 3; ++i) {
    ReadOn(*old_reader, 0, 50'000);
  }
  const std::string second = test::RandomBytes(3 * kMiB, 2);
  videos_.Put("v", second);
  const auto reader = videos_.Reader("v");
  std::string buffer(50'000, '\0');
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(*reader->Read(0, buffer), 50'000U);
    EXPECT_TRUE(buffer == second.substr(0, 50'000));
    ReadOn(*old_reader, 0, 50'000);
  }
  ASSERT_TRUE(videos_.base().Delete("v").ok());
  EXPECT_EQ(videos_.library().Open("v").code(), Code::kNotFound);
}

TEST_F(ReadAheadTest, TheLogTellsOfFaultsAndOfFetchesIfItShould) {
  for (const bool operations : {true, false}) {
    test::CollectedLines lines;
    {
      EventLog log([&](std::string_view line) { lines.Add(line); }, {}, videos_.clock());
      videos_.options().log = &log;
      videos_.options().fetch.log_chunk_operations = operations;
      videos_.Open(R"({"fault":"error","code":"ioError","chunk":1,"times":1})");
      EXPECT_TRUE(test::Collect(*videos_.Reader("v"), {kMiB, 2 * kMiB}).bytes ==
                  bytes_.substr(kMiB, 2 * kMiB));
      videos_.Open("");  // the library goes before its log
    }
    std::string failed;
    int fetched = 0;
    for (const std::string& line : lines.lines()) {
      fetched += line.find("\"event\":\"chunk.fetched\"") != std::string::npos ? 1 : 0;
      if (line.find("\"event\":\"chunk.failed\"") != std::string::npos) {
        failed += line;
      }
    }
    EXPECT_NE(failed.find(R"("key":"v")"), std::string::npos) << failed;
    EXPECT_NE(failed.find(R"("chunk":1)"), std::string::npos) << failed;
    EXPECT_NE(failed.find(R"("attempt":1)"), std::string::npos) << failed;
    EXPECT_EQ(failed.find(R"("attempt":2)"), std::string::npos) << failed;
    EXPECT_EQ(fetched, operations ? 2 : 0);
    videos_.options().log = nullptr;
  }
}

}  // namespace
}  // namespace reel

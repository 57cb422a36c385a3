// Many streams at once, most of which end early: nothing hangs, nothing is sent after the end,
// every byte is of one generation, and the memory is never exceeded. Runs under ThreadSanitizer.
#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "tests/engine/video/faulted_library.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

using test::Backend;

class StormTest : public testing::TestWithParam<Backend> {};

INSTANTIATE_TEST_SUITE_P(, StormTest, testing::Values(Backend::kMemory, Backend::kDisk),
                         test::BackendName);

/// Compares what a stream sends with the bytes that its range has.
class Comparer {
 public:
  explicit Comparer(std::string_view expected) : expected_(expected) {}

  bool Take(std::span<const std::string_view> slices) {
    for (const std::string_view slice : slices) {
      is_same_ = is_same_ && expected_.substr(sent_, slice.size()) == slice;
      sent_ += slice.size();
    }
    return is_same_;
  }

  [[nodiscard]] bool is_same() const { return is_same_; }
  [[nodiscard]] size_t sent() const { return sent_; }

 private:
  std::string_view expected_;
  size_t sent_ = 0;
  bool is_same_ = true;
};

// Delays and failures by the real clock; streams are stopped by their sinks, by stop requests from
// other threads, and by readers that go.
TEST_P(StormTest, StreamsThatEndAtAnyMoment) {
  const uint64_t seed = test::TestSeed();
  const uint64_t rounds = test::CampaignLength("REEL_CONCURRENT_ROUNDS", 60);
  const std::string bytes = test::RandomBytes(3'000'000, seed);
  test::NamespaceUnderTest entries(GetParam());
  ChunkingOptions chunking;
  chunking.size_threshold = 1;
  chunking.chunk_size = 200'000;
  {
    VideoLibrary direct(entries.get(), {.chunking = chunking, .tags = {.derived = false}});
    const auto writer = direct.NewWriter("v", {});
    ASSERT_TRUE((*writer)->Append(bytes).ok());
    ASSERT_TRUE((*writer)->Commit().ok());
  }
  auto faults =
      FaultNamespace::Create(entries.get(), Clock::System(),
                             R"({"faults":[{"fault":"delay","milliseconds":3,"probability":0.2},
                    {"fault":"delay","milliseconds":60,"probability":0.02},
                    {"fault":"error","code":"ioError","probability":0.05},
                    {"fault":"flipBit","probability":0.03}]})",
                             "script");
  ASSERT_TRUE(faults.ok()) << faults.status().message();
  ReadPoolOptions memory;
  memory.memory_bytes = size_t{80} << 20;
  const auto pool = std::make_shared<ReadPool>(memory);
  LibraryOptions options;
  options.fetch.timeout_ms = 20;
  options.reads = pool;
  VideoLibrary remote(faults->get(), options);
  VideoLibrary local(entries.get(), options);
  const auto storm = [&](uint64_t thread_seed) {
    std::mt19937_64 random(thread_seed);
    for (uint64_t i = 0; i < rounds; ++i) {
      const VideoLibrary& library = random() % 2 == 0 ? remote : local;
      const auto policy = random() % 2 == 0 ? FaultPolicy::kStrict : FaultPolicy::kDegrade;
      const auto reader = library.Open("v", {.policy = policy});
      ASSERT_TRUE(reader.ok()) << reader.status().message();
      const uint64_t offset = random() % bytes.size();
      const ByteRange range{offset, random() % (bytes.size() - offset) + 1};
      Comparer comparer(std::string_view(bytes).substr(range.offset, range.length));
      std::stop_source stop;
      const uint64_t kind = random() % 4;
      uint64_t takes = random() % 6;
      std::thread stopper;
      if (kind == 0) {
        stopper = std::thread([&stop, turns = random() % 40] {
          for (uint64_t turn = 0; turn < turns; ++turn) {
            std::this_thread::yield();
          }
          stop.request_stop();
        });
      }
      bool has_ended = false;
      const auto result = (*reader)->Stream(
          range,
          [&](std::span<const std::string_view> slices) {
            EXPECT_FALSE(has_ended);
            const bool is_zeros = !comparer.Take(slices);
            has_ended = is_zeros || (kind == 1 && takes-- == 0);
            return !has_ended;
          },
          stop.get_token());
      if (stopper.joinable()) {
        stopper.join();
      }
      // Only a filled range differs from the video, and it is reported.
      EXPECT_TRUE(comparer.is_same() || !result.filled.empty());
      EXPECT_TRUE(policy == FaultPolicy::kDegrade || result.filled.empty());
      if (result.end == StreamEnd::kComplete && comparer.is_same()) {
        EXPECT_EQ(comparer.sent(), range.length);
      }
      EXPECT_TRUE(result.end != StreamEnd::kAborted || kind == 0);
    }
  };
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 6; ++i) {
    threads.emplace_back(storm, seed + i);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_LE(pool->Stats().memory_bytes_peak, memory.memory_bytes);
}

// Seeks, overwrites, purges and expiry: each reader sees one generation from its first byte to its
// last, whichever way it reads. REEL_SOAK_SECONDS=30 is the campaign; in CI it is short.
TEST_P(StormTest, EveryByteIsOfOneGeneration) {
  const uint64_t seed = test::TestSeed();
  const auto until = std::chrono::steady_clock::now() +
                     std::chrono::seconds(test::CampaignLength("REEL_SOAK_SECONDS", 3));
  std::atomic<uint64_t> whole = 0;
  const auto goes_on = [&] {
    // However slow the machine is, somebody comes to an end.
    return std::chrono::steady_clock::now() < until || (whole == 0 && !HasFailure());
  };
  test::NamespaceUnderTest entries(GetParam());
  ChunkingOptions chunking;
  chunking.size_threshold = 300'000;
  chunking.chunk_size = 250'000;
  const auto pool = std::make_shared<ReadPool>(ReadPoolOptions{.memory_bytes = size_t{80} << 20});
  VideoLibrary library(entries.get(),
                       {.chunking = chunking, .tags = {.derived = false}, .reads = pool});
  // A generation's bytes are told by its tag: where in the source they begin.
  const std::string source = test::RandomBytes(6'000'000, seed);
  const std::string keys[] = {"a", "b", "c"};
  const auto write = [&](uint64_t thread_seed) {
    std::mt19937_64 random(thread_seed);
    while (goes_on()) {
      const std::string& key = keys[random() % 3];
      const uint64_t kind = random() % 10;
      if (kind == 0) {
        static_cast<void>(library.Remove(key));
      } else if (kind == 1) {
        EXPECT_TRUE(library.Purge({.tag = std::nullopt, .prefix = key}).ok());
      } else {
        const size_t from = random() % 1'000'000;
        const size_t size = random() % (kind < 4 ? 200'000 : 4'500'000) + 1;
        VideoAttributes attributes;
        attributes.tags = {std::to_string(from)};
        if (kind == 2) {
          attributes.ttl = 60;
        }
        const auto writer = library.NewWriter(key, attributes);
        ASSERT_TRUE(writer.ok());
        ASSERT_TRUE((*writer)->Append(std::string_view(source).substr(from, size)).ok());
        EXPECT_TRUE((*writer)->Commit().ok());
      }
      if (random() % 8 == 0) {
        entries.clock().Advance(61);
        static_cast<void>(entries->RemoveExpired(10));
      }
    }
  };
  const auto read = [&](uint64_t thread_seed) {
    std::mt19937_64 random(thread_seed);
    std::string buffer;
    BorrowedBytes lent;
    while (goes_on()) {
      const auto reader = library.Open(keys[random() % 3]);
      if (!reader.ok()) {
        ASSERT_EQ(reader.code(), Code::kNotFound) << reader.status().message();
        continue;
      }
      const VideoInfo& info = (*reader)->info();
      const std::string_view expected =
          std::string_view(source).substr(std::stoull(info.tags.front()), info.size);
      for (int seeks = 0; seeks < 12 && goes_on(); ++seeks) {
        const uint64_t offset = random() % info.size;
        const uint64_t length =
            std::min(random() % (random() % 3 == 0 ? 4'000'000 : 70'000), info.size - offset);
        const std::string_view part = expected.substr(offset, length);
        const uint64_t kind = random() % 3;
        if (kind == 0) {
          Comparer comparer(part);
          const auto sent = (*reader)->Stream({offset, length}, [&](auto slices) {
            return comparer.Take(slices) && random() % 30 != 0;
          });
          ASSERT_TRUE(sent.status.ok()) << sent.status.message();
          ASSERT_TRUE(comparer.is_same());
        } else if (kind == 1) {
          const Status borrowed = (*reader)->Borrow(offset, length, &lent);
          ASSERT_TRUE(borrowed.ok()) << borrowed.message();
          ASSERT_TRUE(lent.ToString() == part);
        } else {
          // In pieces, so that reads follow each other.
          std::string copied;
          buffer.resize(100'000);
          while (copied.size() < length) {
            const auto count = (*reader)->Read(offset + copied.size(), buffer);
            ASSERT_TRUE(count.ok()) << count.status().message();
            copied.append(buffer, 0, *count);
          }
          ASSERT_TRUE(copied.substr(0, length) == part);
        }
      }
      ++whole;
    }
  };
  std::vector<std::thread> threads;
  threads.emplace_back(write, seed);
  for (uint64_t i = 1; i < 5; ++i) {
    threads.emplace_back(read, seed + i);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_GT(whole, 0U);
  EXPECT_LE(pool->Stats().memory_bytes_peak, size_t{80} << 20);
}

}  // namespace
}  // namespace reel

// Readers, writers and removers of the same few keys at once: every byte that is read belongs to
// one generation (I1, I7), and nothing stays behind.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "base/hash.h"
#include "tests/engine/video/library_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

class ConcurrentTest : public test::LibraryTest {};

INSTANTIATE_TEST_SUITE_P(, ConcurrentTest,
                         testing::Values(test::Backend::kMemory, test::Backend::kDisk),
                         test::BackendName);

TEST_P(ConcurrentTest, EveryReadIsOfOneGeneration) {
  ChunkingOptions options;
  options.size_threshold = 500'000;
  options.chunk_size = 400'000;
  Configure(options);
  const uint64_t seed = test::TestSeed();
  const uint64_t rounds = test::CampaignLength("REEL_CONCURRENT_ROUNDS", 60);
  const std::string source = test::RandomBytes(4'000'000, seed);
  const std::string keys[] = {"a", "b"};
  std::atomic<int> writers = 2;
  std::atomic<uint64_t> reads = 0;

  const auto write = [&](uint64_t thread_seed) {
    std::mt19937_64 random(thread_seed);
    for (uint64_t i = 0; i < rounds; ++i) {
      const std::string& key = keys[random() % 2];
      const uint64_t kind = random() % 8;
      if (kind == 0) {
        static_cast<void>(library_->Remove(key));
      } else if (kind == 1) {
        const auto abandoned = library_->NewWriter(key, {});
        EXPECT_TRUE((*abandoned)->Append(std::string_view(source).substr(0, 2'000'000)).ok());
      } else {
        const size_t size = kind == 2 ? random() % 5'000 + 1 : random() % 3'000'000 + 1;
        const size_t from = random() % 1'000'000;
        EXPECT_TRUE(Put(key, std::string_view(source).substr(from, size)).ok());
      }
    }
    --writers;
  };
  const auto read = [&](uint64_t thread_seed) {
    std::mt19937_64 random(thread_seed);
    BorrowedBytes out;
    while (writers > 0) {
      const auto reader = library_->Open(keys[random() % 2]);
      if (!reader.ok()) {
        EXPECT_EQ(reader.code(), Code::kNotFound) << reader.status().message();
        continue;
      }
      Hasher128 whole;
      const uint64_t size = (*reader)->info().size;
      for (uint64_t at = 0; at < size; at += 100'000) {
        const Status borrowed = (*reader)->Borrow(at, 100'000, &out);
        ASSERT_TRUE(borrowed.ok()) << borrowed.message();
        for (const std::string_view slice : out.slices()) {
          whole.Update(slice);
        }
      }
      EXPECT_EQ(whole.Digest(), (*reader)->info().xxh3);
      ++reads;
    }
  };
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 2; ++i) {
    threads.emplace_back(write, seed + i);
    threads.emplace_back(read, seed + 10 + i);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_GT(reads, 0U);

  for (const std::string& key : keys) {
    static_cast<void>(library_->Remove(key));
  }
  entries_.Reopen();
  if (GetParam() == test::Backend::kDisk) {
    EXPECT_LT(test::DiskBytes(entries_.path()), 40U << 20) << "removed videos still occupy space";
  }
}

}  // namespace
}  // namespace reel

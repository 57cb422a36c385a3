// Scrubs beside readers and writers: nothing of a sound store is ever taken for damage.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "format/kv_key.h"
#include "tests/engine/kv/namespace_fixture.h"
#include "tests/engine/kv/whole_video.h"
#include "tests/engine/scrub/scrub_fixture.h"

namespace reel {
namespace {

using test::kMiB;

class ScrubConcurrentTest : public test::ScrubTest {
 protected:
  static std::string KeyOf(uint64_t number) { return "video:" + std::to_string(number); }

  // One of each thing that changes a store; what fails for being asked at the wrong time may.
  void ChangeSomething(std::mt19937_64& random) {
    const std::string key = KeyOf(random() % 12);
    switch (random() % 8) {
      case 0:
        static_cast<void>(library_->Remove(key));
        break;
      case 1:
        static_cast<void>(library_->Touch(key, 1000 + static_cast<int64_t>(random() % 1000)));
        break;
      case 2:
        static_cast<void>(library_->Rename(key, KeyOf(random() % 12)));
        break;
      case 3:
        static_cast<void>(library_->Purge({.tag = "t" + std::to_string(random() % 3)}));
        break;
      default: {
        VideoAttributes attributes;
        attributes.tags = {"t" + std::to_string(random() % 3)};
        if (random() % 2 == 0) {
          attributes.ttl = 600 + static_cast<int64_t>(random() % 600);
        }
        constexpr uint64_t kSizes[] = {100, 9000, 300'000, 2 * kMiB + 7, 5 * kMiB};
        auto writer = library_->NewWriter(key, attributes);
        ASSERT_TRUE(writer.ok()) << writer.status().message();
        ASSERT_TRUE((*writer)
                        ->Append(test::RandomBytes(kSizes[random() % std::size(kSizes)], random()))
                        .ok());
        const auto stored = (*writer)->Commit();
        ASSERT_TRUE(stored.ok()) << stored.status().message();
      }
    }
  }

  void ReadSomething(std::mt19937_64& random) {
    const auto reader = library_->Open(KeyOf(random() % 12));
    if (!reader.ok()) {
      return;
    }
    std::string bytes((*reader)->info().size, '\0');
    const auto count = (*reader)->Read(0, bytes);
    ASSERT_TRUE(count.ok()) << count.status().message();
  }
};

TEST_F(ScrubConcurrentTest, NothingSoundIsFound) {
  const uint64_t scrubs = test::CampaignLength("REEL_LIVE_SCRUBS", 6);
  const uint64_t seed = test::TestSeed();
  ASSERT_NO_FATAL_FAILURE(Open());
  std::atomic<bool> done = false;
  std::atomic<uint64_t> changes = 0;
  std::vector<std::thread> others;
  for (uint64_t i = 0; i < 3; ++i) {
    others.emplace_back([&, i] {
      std::mt19937_64 random(seed + i);
      while (!done && !HasFatalFailure()) {
        if (i == 0) {
          ReadSomething(random);
        } else {
          ChangeSomething(random);
          ++changes;
        }
      }
    });
  }
  for (uint64_t i = 0; i < scrubs; ++i) {
    const uint64_t before = changes;
    ScrubOptions options;
    options.repair = i % 2 == 1;  // nothing is dropped that is sound
    const Outcome outcome = RunScrub(options);
    ASSERT_TRUE(outcome.summary.ok()) << outcome.summary.status().message();
    EXPECT_EQ(Texts(outcome.findings), "");
    EXPECT_EQ(outcome.summary->rereads, 0U);
    clock_.Advance(100);
    while (changes < before + 20 && !HasFatalFailure()) {
      std::this_thread::yield();
    }
  }
  done = true;
  for (std::thread& other : others) {
    other.join();
  }
  ExpectClean();
  ASSERT_NO_FATAL_FAILURE(Open());
  const Outcome outcome = RunScrub();
  EXPECT_EQ(Texts(outcome.findings), "");
  EXPECT_EQ(outcome.summary->accounts->not_verified, 0U);
}

// Values and videos that displace each other and their chunks: each key holds what one put stored
// there, whole, and what the others left is accounted for.
TEST_F(ScrubConcurrentTest, AStoreIsSoundThatManyWrite) {
  const uint64_t rounds = test::CampaignLength("REEL_CONCURRENT_ROUNDS", 60);
  const uint64_t seed = test::TestSeed();
  ASSERT_NO_FATAL_FAILURE(Open());
  KvNamespace& entries = **store_->Namespace("videos", true);
  LibraryOptions look;
  look.chunking = {.size_threshold = 8000, .chunk_size = 5000};
  VideoLibrary library(&entries, look);
  const std::array<std::string, 2> videos = {"a", "b"};
  const std::array<std::string, 4> keys = {"a", "b", ChunkKey("a", 1), ChunkKey("b", 0)};
  std::atomic<uint64_t> stored = 0;
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      std::mt19937_64 random(seed + i);
      for (uint64_t round = 0; round < rounds; ++round) {
        Status status;
        // Who wrote it can be told from the bytes.
        const uint64_t source = i * rounds + round;
        const uint64_t action = random() % 8;
        if (action == 0) {
          status = entries.Delete(keys[random() % keys.size()]).status();
        } else if (action < 4) {
          auto writer = library.NewWriter(videos[random() % videos.size()], {});
          ASSERT_TRUE(writer.ok()) << writer.status().message();
          ASSERT_TRUE((*writer)->Append(test::RandomBytes(14'000, source)).ok());
          status = (*writer)->Commit().status();
        } else {
          status = test::PutSingle(entries, keys[random() % keys.size()],
                                   test::RandomBytes(action < 6 ? 100 : 9000, source))
                       .status();
        }
        EXPECT_TRUE(status.ok() || status.code() == Code::kConflict) << status.message();
        stored += status.ok() ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_GT(stored, rounds);
  for (const std::string& key : keys) {
    const auto view = entries.Open(key);
    if (!view.ok()) {
      EXPECT_EQ(view.status().code(), Code::kNotFound) << view.status().message();
      continue;
    }
    if ((*view)->entry().kind == EntryKind::kChunk) {
      continue;  // read with its video
    }
    const auto bytes = test::ReadVideo(**view);
    ASSERT_TRUE(bytes.ok()) << key << ": " << bytes.status().message();
    bool is_known = false;
    for (uint64_t source = 0; source < threads.size() * rounds && !is_known; ++source) {
      is_known = *bytes == test::RandomBytes(bytes->size(), source);
    }
    EXPECT_TRUE(is_known) << key << " holds what nobody stored";
  }
  ExpectClean();
}

}  // namespace
}  // namespace reel

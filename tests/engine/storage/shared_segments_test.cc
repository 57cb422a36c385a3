// Writers, readers and drops of extents while the files that they share are merged below them.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include "tests/engine/storage/storage_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

class SharedSegmentsTest : public test::StorageTest {
 protected:
  struct Live {
    PageRun run;
    uint64_t seed;
    uint64_t bytes;
    Reclaimer::Pin pin;
  };

  void WriteOne(std::mt19937_64& random) {
    const uint64_t seed = random();
    const uint64_t bytes = ExtentWriter::kSmallBytesMax + 1 + random() % 500'000;
    const PageRun run = WriteExtent(test::RandomBytes(bytes, seed), 700'000);
    Live live{run, seed, bytes, reclaimer_->NewPin()};
    live.pin.Add(run.extent);
    const std::lock_guard lock(mutex_);
    live_.push_back(std::move(live));
  }

  void DropOne(std::mt19937_64& random) {
    const std::lock_guard lock(mutex_);
    if (live_.size() < 5) {
      return;
    }
    const size_t at = random() % live_.size();
    Live& live = live_[at];
    const Garbage garbage{live.run.family, live.run.extent, live.run.PageCount(live.bytes),
                          live.bytes};
    RowBatch batch;
    ListGarbage(garbage, &batch);
    EXPECT_TRUE(database_->Write(batch, true).ok());
    reclaimer_->Retire({garbage});
    live_.erase(live_.begin() + static_cast<ptrdiff_t>(at));
  }

  void ReadOne(std::mt19937_64& random) {
    PageRun run;
    uint64_t seed = 0;
    uint64_t bytes = 0;
    Reclaimer::Pin pin = reclaimer_->NewPin();
    {
      const std::lock_guard lock(mutex_);
      if (live_.empty()) {
        return;
      }
      const Live& live = live_[random() % live_.size()];
      run = live.run;
      seed = live.seed;
      bytes = live.bytes;
      pin.Add(run.extent);
    }
    const ExtentReader reader(database_.get(), run, bytes, test::kCachings[random() % 2]);
    BorrowedBytes out;
    const Status read = reader.Read(0, bytes, &out);
    EXPECT_TRUE(read.ok()) << read.message();
    EXPECT_TRUE(out.ToString() == test::RandomBytes(bytes, seed));
  }

  std::mutex mutex_;
  std::vector<Live> live_;
};

TEST_F(SharedSegmentsTest, MergesDisturbNobody) {
  Open();
  const uint64_t seed = test::TestSeed();
  const uint64_t rounds = test::CampaignLength("REEL_CONCURRENT_ROUNDS", 60);
  std::atomic<int> writing = 2;
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937_64 random(seed + t);
      for (uint64_t i = 0; i < rounds; ++i) {
        WriteOne(random);
        if (i % 2 == 1) {
          DropOne(random);
        }
      }
      --writing;
    });
    threads.emplace_back([&, t] {
      std::mt19937_64 random(seed + 10 + t);
      while (writing > 0) {
        ReadOne(random);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  reclaimer_->WaitUntilIdle();
  EXPECT_LT(database_->ListSegments(Family::kSharedPages).size(), live_.size() / 2);
  std::mt19937_64 random(seed);
  for (size_t i = 0; i < live_.size(); ++i) {
    ReadOne(random);
  }
  live_.clear();
}

}  // namespace
}  // namespace reel

// Operations that are delayed or hang, and how they end.
#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "tests/engine/kv/fault_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

using test::PutChunked;
using test::PutSingle;

class FaultWaitsTest : public test::FaultTest {
 protected:
  void AwaitWaiting(size_t count) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (entries_->waiting() != count) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "nobody waits";
      std::this_thread::yield();
    }
  }
};

TEST_F(FaultWaitsTest, DelaysGoByTheClock) {
  const struct {
    const char* faults;
    int64_t milliseconds;
    const char* got;
  } kCases[] = {
      {R"({"fault":"delay","milliseconds":250})", 250, "value"},
      {R"({"fault":"delay","milliseconds":250},{"fault":"delay","milliseconds":50})", 300, "value"},
      {R"({"fault":"timeout","milliseconds":10000})", 10'000, "[timed out]"},
      {R"({"fault":"delay","milliseconds":5},{"fault":"error","code":"busy"})", 5, "[busy]"},
  };
  ASSERT_TRUE(PutSingle(*base_, "k", "value").ok());
  for (const auto& test : kCases) {
    Script(test.faults);
    std::atomic<bool> done = false;
    std::string got;
    std::thread reader([&] {
      got = Get("k");
      done = true;
    });
    AwaitWaiting(1);
    clock_.AdvanceMillis(test.milliseconds - 1);
    EXPECT_FALSE(done) << test.faults;
    clock_.AdvanceMillis(1);
    reader.join();
    EXPECT_EQ(got, test.got) << test.faults;
  }
}

TEST_F(FaultWaitsTest, ReleaseEndsTheWaitsUnderWayOnly) {
  ASSERT_TRUE(PutSingle(*base_, "k", "value").ok());
  for (const char* fault : {R"({"fault":"hang"})", R"({"fault":"delay","milliseconds":1})"}) {
    Script(fault);
    std::string got[3];
    std::vector<std::thread> readers;
    for (std::string& mine : got) {
      readers.emplace_back([&] { mine = Get("k"); });
    }
    AwaitWaiting(3);
    entries_->Release();
    for (std::thread& reader : readers) {
      reader.join();
    }
    for (const std::string& mine : got) {
      EXPECT_EQ(mine, "value");
    }
    std::thread late([&] { got[0] = Get("k"); });
    AwaitWaiting(1);
    entries_->Release();
    late.join();
    EXPECT_EQ(Struck(), 4U);
  }
}

TEST_F(FaultWaitsTest, HungWritesGoOnWhenReleased) {
  Script(R"({"fault":"hang","operation":"publish"})");
  std::thread writer([&] { EXPECT_TRUE(PutSingle(*entries_, "k", "value").ok()); });
  AwaitWaiting(1);
  EXPECT_EQ(base_->Stat("k").code(), Code::kNotFound);
  entries_->Release();
  writer.join();
  EXPECT_EQ(Get("k"), "value");
}

TEST_F(FaultWaitsTest, NothingWaitsOnceWaitsHaveEnded) {
  ASSERT_TRUE(PutSingle(*base_, "k", "value").ok());
  for (const char* fault : {R"({"fault":"hang"})", R"({"fault":"delay","milliseconds":1})"}) {
    Script(fault);
    std::string got;
    std::thread reader([&] { got = Get("k"); });
    AwaitWaiting(1);
    entries_->EndWaits();
    reader.join();
    EXPECT_EQ(got, "value");
    EXPECT_EQ(Get("k"), "value");
    EXPECT_EQ(Struck(), 2U);
  }
}

TEST_F(FaultWaitsTest, TheEndWaitsForCallsThatHang) {
  ASSERT_TRUE(PutSingle(*base_, "k", "value").ok());
  Script(R"({"fault":"hang"},{"fault":"delay","milliseconds":1000,"operation":"list"})");
  std::string got;
  Code listed = Code::kOk;
  const auto view = entries_->Open("k");
  std::thread reader([&] {
    const auto value = (*view)->ReadAll();
    got = value.status().message();
  });
  std::thread lister([&] { listed = entries_->List({}).code(); });
  AwaitWaiting(2);
  entries_.reset();
  reader.join();
  lister.join();
  EXPECT_EQ(listed, Code::kAborted);
  EXPECT_EQ(got,
            "\"k\": the namespace was closed during an injected wait (release the waits first)");
}

// Readers and writers of a few keys under every fault at once: each read is what some write put, or
// fails as the script says.
TEST_F(FaultWaitsTest, ThreadsShareTheFaults) {
  Script(R"({"fault":"stale","probability":0.5},{"fault":"hang","probability":0.02},
            {"fault":"delay","milliseconds":10,"probability":0.05,"operation":"any"},
            {"fault":"missing","probability":0.05},
            {"fault":"error","code":"ioError","probability":0.05,"operation":"write"})");
  const uint64_t rounds = test::CampaignLength("REEL_CONCURRENT_ROUNDS", 300);
  const std::string keys[] = {"a", "b"};
  constexpr uint32_t kChunks = 3;
  constexpr uint64_t kChunkBytes = 100;
  std::atomic<int> busy = 4;
  const uint64_t seed = test::TestSeed();
  const auto write = [&](uint64_t own) {
    std::mt19937_64 random(own);
    for (uint64_t i = 0; i < rounds; ++i) {
      const std::string& key = keys[random() % 2];
      const char fill = static_cast<char>('a' + random() % 26);
      if (random() % 8 == 0) {
        static_cast<void>(entries_->Delete(key));
      } else {
        static_cast<void>(
            PutChunked(*entries_, key, std::string(kChunks * kChunkBytes, fill), kChunkBytes));
      }
    }
    --busy;
  };
  std::atomic<uint64_t> mixed = 0;
  const auto read = [&](uint64_t own) {
    std::mt19937_64 random(own);
    for (uint64_t i = 0; i < rounds * 3; ++i) {
      const auto view = entries_->Open(keys[random() % 2]);
      if (!view.ok()) {
        EXPECT_EQ(view.code(), Code::kNotFound) << view.status().message();
        continue;
      }
      char first = 0;
      for (uint32_t chunk = 0; chunk < kChunks; ++chunk) {
        const std::string got = Chunk(**view, chunk, 0, kChunkBytes);
        if (got != "[not found]") {
          ASSERT_EQ(got, std::string(kChunkBytes, got[0]));
          mixed += first != 0 && first != got[0] ? 1 : 0;
          first = got[0];
        }
      }
    }
    --busy;
  };
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 2; ++i) {
    threads.emplace_back(write, seed + i);
    threads.emplace_back(read, seed + 10 + i);
  }
  while (busy > 0) {
    entries_->Release();
    clock_.AdvanceMillis(5);
    std::this_thread::yield();
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_GT(mixed, 0U);
  for (const FaultCount& count : entries_->counts()) {
    EXPECT_GT(count.struck, 0U) << count.fault;
  }
}

}  // namespace
}  // namespace reel

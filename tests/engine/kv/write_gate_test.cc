// Steps of several threads for the same and for different entries.
#include "kv/write_gate.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/test_bytes.h"

namespace reel {
namespace {

// Of a gate that lets only one in, this test would not return.
TEST(WriteGate, DifferentEntriesGoOnBesideEachOther) {
  WriteGate gate;
  const WriteGate::Key first(&gate, 1, "a");
  const WriteGate::Key other_key(&gate, 1, "b");
  const WriteGate::Key other_namespace(&gate, 2, "a");
}

TEST(WriteGate, NobodyIsBesideWhoIsAloneOrAtTheSameEntry) {
  const uint64_t rounds = test::CampaignLength("REEL_CONCURRENT_ROUNDS", 2000);
  const uint64_t seed = test::TestSeed();
  constexpr size_t kKeys = 3;
  WriteGate gate;
  std::atomic<int> inside = 0;
  std::array<std::atomic<int>, kKeys> at_key = {};
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      std::mt19937_64 random(seed + i);
      for (uint64_t round = 0; round < rounds; ++round) {
        const size_t key = random() % (kKeys + 1);
        if (key == kKeys) {
          const std::lock_guard alone(gate);
          EXPECT_EQ(++inside, 1);
          std::this_thread::yield();
          --inside;
        } else {
          const WriteGate::Key hold(&gate, 1, std::to_string(key));
          ++inside;
          EXPECT_EQ(++at_key[key], 1);
          std::this_thread::yield();
          --at_key[key];
          --inside;
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace reel

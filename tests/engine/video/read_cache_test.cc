#include "video/read_cache.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace reel {
namespace {

class ReadCacheTest : public testing::Test {
 protected:
  static ReadCache::Key KeyOf(uint64_t generation, uint32_t page = 0, uint64_t library = 1) {
    return {library, generation, 3, page};
  }
  std::string Find(const ReadCache::Key& key, int64_t age_s_max = 60) {
    const auto page = cache_.Find(key, age_s_max);
    return page == nullptr ? "none" : *page;
  }

  test::FakeClock clock_;
  ReadCache cache_{10'000, clock_};
};

TEST_F(ReadCacheTest, FindsWhatWasPutUnderTheSameKey) {
  cache_.Insert(KeyOf(1), "a");
  cache_.Insert(KeyOf(1, 1), "b");
  cache_.Insert(KeyOf(2), "c");
  cache_.Insert(KeyOf(1, 0, 2), "d");
  EXPECT_EQ(Find(KeyOf(1)), "a");
  EXPECT_EQ(Find(KeyOf(1, 1)), "b");
  EXPECT_EQ(Find(KeyOf(2)), "c");
  EXPECT_EQ(Find(KeyOf(1, 0, 2)), "d");
  EXPECT_EQ(Find(KeyOf(3)), "none");
  EXPECT_EQ(cache_.counts().hits, 4U);
  EXPECT_EQ(cache_.counts().misses, 1U);
  cache_.Drop(1);
  EXPECT_EQ(Find(KeyOf(1)), "none");
  EXPECT_EQ(Find(KeyOf(1, 0, 2)), "d");
}

TEST_F(ReadCacheTest, ForgetsWithAge) {
  cache_.Insert(KeyOf(1), "a");
  clock_.Advance(30);
  EXPECT_EQ(Find(KeyOf(1), 30), "a");
  clock_.Advance(1);
  EXPECT_EQ(Find(KeyOf(1), 30), "none");
  EXPECT_EQ(cache_.counts().bytes, 0U);
}

TEST_F(ReadCacheTest, StaysUnderItsLimitAndDropsWhatWasUsedLongestAgo) {
  for (uint64_t i = 0; i < 5; ++i) {
    cache_.Insert(KeyOf(i), std::string(1500, static_cast<char>('a' + i)));
  }
  EXPECT_EQ(Find(KeyOf(0)), std::string(1500, 'a'));
  cache_.Insert(KeyOf(5), std::string(1500, 'f'));
  EXPECT_LE(cache_.counts().bytes, 10'000U);
  EXPECT_EQ(Find(KeyOf(0)), std::string(1500, 'a')) << "used lately";
  EXPECT_EQ(Find(KeyOf(1)), "none");
  cache_.Insert(KeyOf(6), std::string(20'000, 'x'));
  EXPECT_EQ(Find(KeyOf(6)), "none") << "larger than the cache";
  EXPECT_EQ(Find(KeyOf(5)), std::string(1500, 'f'));
}

TEST_F(ReadCacheTest, WhatIsAskedForTwiceIsHot) {
  EXPECT_FALSE(cache_.IsHot(KeyOf(1)));
  EXPECT_TRUE(cache_.IsHot(KeyOf(1)));
  EXPECT_FALSE(cache_.IsHot(KeyOf(2)));
}

}  // namespace
}  // namespace reel

// Scrubs that run by themselves.
#include <gtest/gtest.h>
#include <reel/background_scrub.h>

#include <mutex>
#include <thread>

#include "kv/store_parts.h"
#include "scrub/state.h"
#include "tests/engine/scrub/scrub_fixture.h"
#include "tests/support/bit_rot.h"

namespace reel {
namespace {

class BackgroundScrubTest : public test::ScrubTest {
 protected:
  void SetUp() override {
    Open();
    PutEveryKind(5 * test::kMiB);
    // Merges wait for the clock too, until they are through.
    PartsOf(store_.get()).context.reclaimer->WaitUntilIdle();
  }

  std::unique_ptr<BackgroundScrub> Begin(const BackgroundScrubOptions& options) {
    return std::make_unique<BackgroundScrub>(
        store_.get(), options,
        [this](const ScrubFinding& finding) {
          const std::lock_guard lock(mutex_);
          found_.push_back(finding);
        },
        [](const Status& failure) { ADD_FAILURE() << failure.message(); }, clock_);
  }
  // Between two scrubs the thread waits for the clock.
  void WaitForPause() {
    while (clock_.waiters() == 0) {
      std::this_thread::yield();
    }
  }
  size_t Found() {
    const std::lock_guard lock(mutex_);
    return found_.size();
  }

  std::mutex mutex_;
  std::vector<ScrubFinding> found_;
};

TEST_F(BackgroundScrubTest, DamageIsFoundWhenItIsDue) {
  const int64_t begun = clock_.NowSeconds();
  const auto scrub = Begin({.every_s = 1000});
  WaitForPause();
  EXPECT_EQ(Found(), 0U);
  ASSERT_TRUE(test::FlipABit(StorePath(), videos_["video:bulk"].substr(2 * test::kMiB, 64)));
  // Until it is due, it is passed over.
  while (Found() == 0) {
    clock_.Advance(100);
    std::this_thread::yield();
  }
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(found_.front().key, "video:bulk");
  EXPECT_EQ(found_.front().chunk, 2U);
  EXPECT_GE(clock_.NowSeconds(), begun + 1000);
}

TEST_F(BackgroundScrubTest, WhatWasStoppedGoesOnInTheNextProcess) {
  ScrubState state(PartsOf(store_.get()).context.database);
  ASSERT_FALSE(RunScrub({}, [&] { return state.Cursor().has_value(); }).summary->finished);
  ASSERT_TRUE(state.Cursor());
  clock_.Advance(10);
  {
    const auto scrub = Begin({.every_s = 1000});
    WaitForPause();
  }
  EXPECT_FALSE(state.Cursor());
  EXPECT_EQ(Found(), 0U);
  // It ends at once while it is busy, too.
  for (int i = 0; i < 5; ++i) {
    clock_.Advance(2000);
    const auto scrub = Begin({.every_s = 1000, .bytes_per_second = 1});
  }
}

}  // namespace
}  // namespace reel

#include "base/buffer_pool.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/support/fake_clock.h"

namespace reel {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

class BufferPoolTest : public testing::Test {
 protected:
  std::shared_ptr<BufferPool::Client> NewClient() {
    return pool_.NewClient([] {});
  }

  /// Waits, without the clock, until somebody waits for memory.
  void AwaitWaiters(size_t count) const {
    while (clock_.waiters() < count) {
      std::this_thread::yield();
    }
  }

  test::FakeClock clock_;
  BufferPool pool_{8 * kMiB, clock_};
};

TEST_F(BufferPoolTest, SharesEqually) {
  const auto one = NewClient();
  auto first = pool_.TryTake(one, 6 * kMiB);
  ASSERT_TRUE(first);
  EXPECT_FALSE(pool_.TryTake(one, 3 * kMiB)) << "more than there is";
  const auto two = NewClient();
  EXPECT_EQ(pool_.Share(), 4 * kMiB);
  EXPECT_FALSE(pool_.TryTake(one, kMiB)) << "more than its share";
  EXPECT_TRUE(pool_.TryTake(two, 2 * kMiB));
  EXPECT_FALSE(pool_.TryTake(two, 5 * kMiB));
  first.reset();
  EXPECT_TRUE(pool_.TryTake(one, 4 * kMiB));
  EXPECT_LE(pool_.peak(), 8 * kMiB);
}

TEST_F(BufferPoolTest, SettlesForWhatIsOccupied) {
  const auto client = NewClient();
  auto buffer = pool_.TryTake(client, 6 * kMiB);
  ASSERT_TRUE(buffer);
  const char* memory = buffer->bytes().Allocate(100'000);
  EXPECT_EQ(pool_.used(), 6 * kMiB);
  buffer->Settle();
  EXPECT_EQ(pool_.used(), buffer->bytes().capacity());
  EXPECT_LT(pool_.used(), 200'000U);
  buffer.reset();
  EXPECT_GT(pool_.used(), 0U) << "kept for the next";
  auto next = pool_.TryTake(client, kMiB);
  EXPECT_EQ(next->bytes().Allocate(1), memory) << "the memory is not used again";
  // Memory that is only kept makes room.
  next.reset();
  EXPECT_TRUE(pool_.TryTake(client, 8 * kMiB));
}

TEST_F(BufferPoolTest, WaitersGetMemoryInTheOrderOfComing) {
  const auto holder = NewClient();
  auto held = pool_.TryTake(holder, 8 * kMiB);
  std::vector<int> order;
  std::mutex mutex;
  const auto wait = [&](int name, size_t bytes) {
    const auto client = NewClient();
    const auto taken = pool_.Take(client, bytes, INT64_MAX, {});
    EXPECT_TRUE(taken.ok());
    const std::lock_guard lock(mutex);
    order.push_back(name);
  };
  std::thread large(wait, 1, 7 * kMiB);
  AwaitWaiters(1);
  std::thread small(wait, 2, 2 * kMiB);
  AwaitWaiters(2);
  EXPECT_FALSE(pool_.TryTake(holder, 1)) << "not before those who wait";
  held.reset();
  large.join();
  small.join();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
  EXPECT_LE(pool_.peak(), 8 * kMiB);
}

TEST_F(BufferPoolTest, AsksOthersToGiveBack) {
  std::optional<BufferPool::Buffer> ahead;
  const auto paused = pool_.NewClient([&] { ahead.reset(); });
  ahead = pool_.TryTake(paused, 7 * kMiB);
  ASSERT_TRUE(ahead);
  const auto other = NewClient();
  EXPECT_TRUE(pool_.Take(other, 4 * kMiB, INT64_MAX, {}).ok());
  EXPECT_FALSE(ahead);
}

TEST_F(BufferPoolTest, GivesUpAtTheDeadline) {
  const auto holder = NewClient();
  const auto held = pool_.TryTake(holder, 8 * kMiB);
  std::thread waiter([&] {
    const auto client = NewClient();
    const auto taken = pool_.Take(client, 1, clock_.SteadyMillis() + 1000, {});
    EXPECT_EQ(taken.code(), Code::kBusy);
    EXPECT_NE(taken.status().message().find("2 streams share 8388608 bytes"), std::string::npos)
        << taken.status().message();
  });
  AwaitWaiters(1);
  clock_.AdvanceMillis(1000);
  waiter.join();
  EXPECT_FALSE(pool_.TryTake(holder, 1)) << "nothing was lent twice";
}

TEST_F(BufferPoolTest, StopsOnRequest) {
  const auto holder = NewClient();
  const auto held = pool_.TryTake(holder, 8 * kMiB);
  std::stop_source stop;
  std::thread waiter([&] {
    const auto client = NewClient();
    EXPECT_EQ(pool_.Take(client, 1, INT64_MAX, stop.get_token()).code(), Code::kAborted);
  });
  AwaitWaiters(1);
  stop.request_stop();
  pool_.Wake();
  waiter.join();
}

}  // namespace
}  // namespace reel

#include <gtest/gtest.h>
#include <reel/sweeper.h>

#include <chrono>

#include "tests/engine/kv/namespace_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

class SweeperTest : public testing::Test {
 protected:
  void SetUp() override {
    StoreOptions options;
    options.path = directory_ / "store";
    options.create_if_missing = true;
    auto store = Store::Open(options, clock_);
    ASSERT_TRUE(store.ok()) << store.status().message();
    store_ = *std::move(store);
  }

  uint64_t Expired() {
    uint64_t keys = 0;
    const auto stats = store_->Stats();
    EXPECT_TRUE(stats.ok());
    for (const auto& entries : stats->namespaces) {
      keys += entries.expired.keys;
    }
    return keys;
  }

  void WaitUntilSwept() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (Expired() > 0 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    EXPECT_EQ(Expired(), 0U);
  }

  test::FakeClock clock_;
  test::TempDirectory directory_;
  std::unique_ptr<Store> store_;
};

TEST_F(SweeperTest, RemovesWhatHasExpiredInEveryNamespace) {
  EntryAttributes soon;
  soon.ttl = 60;
  for (const char* name : {"one", "two"}) {
    KvNamespace& entries = **store_->Namespace(name, true);
    for (int i = 0; i < 40; ++i) {
      const std::string key = "v" + std::to_string(i);
      ASSERT_TRUE(test::PutChunked(entries, key, std::string(2'500, 'x'), 1000, soon).ok());
    }
    ASSERT_TRUE(test::PutSingle(entries, "stays", name).ok());
  }
  const Sweeper sweeper(store_.get(), std::chrono::milliseconds(1));
  clock_.Advance(60);
  WaitUntilSwept();
  EXPECT_EQ(store_->Stats()->garbage_extents, 0U);
  for (const char* name : {"one", "two"}) {
    EXPECT_EQ(test::ReadValue(**store_->Namespace(name, false), "stays"), name);
  }
}

TEST_F(SweeperTest, StopsInTheMidstOfItsWork) {
  EntryAttributes soon;
  soon.ttl = 60;
  KvNamespace& entries = **store_->Namespace("n", true);
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(test::PutSingle(entries, std::to_string(i), "x", soon).ok());
  }
  clock_.Advance(60);
  { const Sweeper stopped(store_.get(), std::chrono::hours(1)); }
  const Sweeper sweeper(store_.get(), std::chrono::hours(1));
  WaitUntilSwept();
}

}  // namespace
}  // namespace reel

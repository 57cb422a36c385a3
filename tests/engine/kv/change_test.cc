// Who subscribes to a namespace is told of every change, when it is visible.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "tests/engine/kv/namespace_fixture.h"

namespace reel {
namespace {

using test::PutChunked;
using test::PutSingle;

class ChangeTest : public testing::TestWithParam<test::Backend> {
 protected:
  void Subscribe() {
    subscription_ = entries_->Subscribe([this](std::span<const Change> changes) {
      for (const Change& change : changes) {
        // What is told is to be seen: a listener may read.
        const auto now = entries_->Stat(change.key);
        EXPECT_EQ(now.ok() ? now->generation : 0, change.new_generation) << change.key;
        told_.push_back(change.key + " " + Name(change.old_generation) + " " +
                        Name(change.new_generation));
      }
      told_.emplace_back("-");
    });
  }

  // Generations get letters in the order in which they are told of.
  std::string Name(uint64_t generation) {
    if (generation == 0) {
      return "0";
    }
    const auto at = names_.emplace(generation, static_cast<char>('a' + names_.size())).first;
    return {at->second};
  }

  std::vector<std::string> Told() { return std::exchange(told_, {}); }

  test::NamespaceUnderTest entries_{GetParam()};
  std::map<uint64_t, char> names_;
  std::vector<std::string> told_;
  std::unique_ptr<ChangeSubscription> subscription_;
};

using Strings = std::vector<std::string>;

INSTANTIATE_TEST_SUITE_P(, ChangeTest,
                         testing::Values(test::Backend::kMemory, test::Backend::kDisk,
                                         test::Backend::kFaultless),
                         test::BackendName);

TEST_P(ChangeTest, EveryWayOfChangeIsTold) {
  Subscribe();
  EntryAttributes soon;
  soon.ttl = 60;
  ASSERT_TRUE(PutSingle(*entries_, "k", "1").ok());
  EXPECT_EQ(Told(), (Strings{"k 0 a", "-"}));
  ASSERT_TRUE(PutChunked(*entries_, "k", std::string(2'500, 'x'), 1000).ok());
  EXPECT_EQ(Told(), (Strings{"k a b", "-"}));
  ASSERT_TRUE(PutSingle(*entries_, "l", "2", soon).ok());
  EXPECT_EQ(Told(), (Strings{"l 0 c", "-"}));

  std::vector<Mutation> batch(3);
  batch[0].key = "m";
  batch[0].value = "3";
  batch[1].kind = Mutation::Kind::kUpdate;
  batch[1].key = "k";
  batch[1].update.ttl = 100;
  batch[2].kind = Mutation::Kind::kDelete;
  batch[2].key = "nothing";
  ASSERT_TRUE(entries_->Apply(batch).ok());
  EXPECT_EQ(Told(), (Strings{"k b b", "m 0 d", "-"}));

  Relabeling relabeling;
  relabeling.from = "k";
  relabeling.to = "m";
  ASSERT_TRUE(entries_->Relabel(relabeling).ok());
  EXPECT_EQ(Told(), (Strings{"k b 0", "m d b", "-"}));
  relabeling.from = "m";
  relabeling.tags = {"t"};
  ASSERT_TRUE(entries_->Relabel(relabeling).ok());
  EXPECT_EQ(Told(), (Strings{"m b b", "-"}));

  entries_.clock().Advance(60);
  ASSERT_EQ(entries_->RemoveExpired(10)->videos, 1U);
  EXPECT_EQ(Told(), (Strings{"l c 0", "-"}));
  ASSERT_TRUE(entries_->Delete("m").ok());
  EXPECT_EQ(Told(), (Strings{"m b 0", "-"}));
}

TEST_P(ChangeTest, WhatWasRefusedOrChangedNothingIsNot) {
  ASSERT_TRUE(PutChunked(*entries_, "k", std::string(2'500, 'x'), 1000).ok());
  Subscribe();
  EXPECT_FALSE(PutSingle(*entries_, "k_chunk_0", "x").ok());
  EXPECT_FALSE(entries_->Delete("k_chunk_0").ok());
  EXPECT_FALSE(*entries_->Delete("nothing"));
  EXPECT_EQ(entries_->RemoveExpired(10)->videos, 0U);
  EXPECT_TRUE(entries_->Apply({}).ok());
  Mutation update;
  update.kind = Mutation::Kind::kUpdate;
  update.key = "nothing";
  EXPECT_FALSE(entries_->Apply({&update, 1}).ok());
  Relabeling relabeling;
  relabeling.from = "nothing";
  relabeling.to = "k";
  EXPECT_FALSE(entries_->Relabel(relabeling).ok());
  EXPECT_EQ(Told(), Strings{});
}

TEST_P(ChangeTest, ASubscriptionEndsWithItsDestruction) {
  int first = 0;
  int second = 0;
  auto one = entries_->Subscribe([&](std::span<const Change>) { ++first; });
  const auto two = entries_->Subscribe([&](std::span<const Change>) { ++second; });
  ASSERT_TRUE(PutSingle(*entries_, "k", "1").ok());
  one.reset();
  ASSERT_TRUE(PutSingle(*entries_, "k", "2").ok());
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
}

// What a listener uses may go once its subscription has.
TEST_P(ChangeTest, ItsEndWaitsForCallsUnderWay) {
  std::atomic<bool> stop = false;
  std::atomic<uint64_t> writes = 0;
  std::thread writer([&] {
    while (!stop) {
      EXPECT_TRUE(PutSingle(*entries_, "k", "x").ok());
      ++writes;
    }
  });
  for (int i = 0; i < 50; ++i) {
    auto alive = std::make_unique<std::atomic<bool>>(true);
    std::atomic<bool>* seen = alive.get();
    auto subscription = entries_->Subscribe([seen](std::span<const Change> changes) {
      EXPECT_EQ(changes.size(), 1U);
      EXPECT_TRUE(*seen);
    });
    const uint64_t before = writes;
    while (writes < before + 2) {
      std::this_thread::yield();
    }
    subscription.reset();
    *alive = false;
  }
  stop = true;
  writer.join();
}

TEST(NamespaceChangeTest, ADroppedNamespaceIsOneChange) {
  test::FakeClock clock;
  const test::TempDirectory directory;
  StoreOptions options;
  options.path = directory / "store";
  options.create_if_missing = true;
  const auto store = Store::Open(options, clock);
  ASSERT_TRUE(store.ok());
  const auto entries = (*store)->Namespace("videos", true);
  ASSERT_TRUE(PutSingle(**entries, "k", "1").ok());
  std::vector<Change> told;
  const auto subscription = (*entries)->Subscribe([&](std::span<const Change> changes) {
    told.insert(told.end(), changes.begin(), changes.end());
    EXPECT_EQ((*entries)->Stat("k").code(), Code::kNotFound);
  });
  ASSERT_TRUE((*store)->DropNamespace("videos").ok());
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].key, "");
  EXPECT_EQ(told[0].new_generation, 0U);
}

}  // namespace
}  // namespace reel

#include "fuse/change_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace reel::mount {
namespace {

HeardChange ChangeOf(const std::string& key) {
  return {{key, 1, 2}, false};
}

TEST(ChangeQueueTest, AppliesInOrderAndOnAnotherThread) {
  std::vector<std::string> keys;
  std::latch done(3);
  {
    ChangeQueue queue([&, self = std::this_thread::get_id()](const auto& heard) {
      EXPECT_NE(std::this_thread::get_id(), self);
      keys.push_back(heard ? heard->change.key : "(all)");
      done.count_down();
    });
    queue.Add(ChangeOf("a"));
    queue.Add(std::nullopt);
    queue.Add(ChangeOf("b"));
    done.wait();
  }
  EXPECT_EQ(keys, (std::vector<std::string>{"a", "(all)", "b"}));
}

TEST(ChangeQueueTest, TooManyBecomeOneThatSaysAll) {
  std::vector<std::string> keys;
  std::promise<void> first_came;
  std::promise<void> go_on;
  std::promise<void> last_came;
  {
    ChangeQueue queue([&](const auto& heard) {
      keys.push_back(heard ? heard->change.key : "(all)");
      if (keys.size() == 1) {
        first_came.set_value();
        go_on.get_future().wait();
      } else if (keys.back() == "last") {
        last_came.set_value();
      }
    });
    queue.Add(ChangeOf("first"));
    first_came.get_future().wait();
    for (size_t i = 0; i <= ChangeQueue::kMax; ++i) {
      queue.Add(ChangeOf("many"));
    }
    queue.Add(ChangeOf("last"));
    go_on.set_value();
    last_came.get_future().wait();
  }
  EXPECT_EQ(keys, (std::vector<std::string>{"first", "(all)", "last"}));
}

TEST(ChangeQueueTest, EndsWhenTheCallThatItIsInHasReturned) {
  std::promise<void> came;
  std::promise<void> go_on;
  std::atomic<bool> returned = false;
  auto queue = std::make_unique<ChangeQueue>([&](const auto& /*heard*/) {
    came.set_value();
    go_on.get_future().wait();
    returned = true;
  });
  queue->Add(ChangeOf("a"));
  came.get_future().wait();
  auto ended = std::async(std::launch::async, [&] {
    queue.reset();
    return returned.load();
  });
  go_on.set_value();
  EXPECT_TRUE(ended.get());
}

}  // namespace
}  // namespace reel::mount

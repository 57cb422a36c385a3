// Every call to the file system fails once, and from some call on all do: each operation says so or
// succeeds, nothing that was acknowledged is lost, and opened without faults the store is whole
// (I1, I3, I4, I6).
//
// In each run another twelfth of the calls fails, and of the many that an open takes a smaller
// part. REEL_FAULT_STRIDE=1 has every one of them fail in turn, until the operation is through
// before one does; REEL_SEED repeats a failure.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <ostream>
#include <random>
#include <string>
#include <thread>

#include "tests/engine/campaign/campaign_store.h"
#include "tests/support/faulty_files.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_bytes.h"
#include "tests/support/watchdog.h"

namespace reel {
namespace {

using test::Layout;
using test::Step;

constexpr test::FileFault kFaults[] = {
    {.kind = test::FileFault::Kind::kIoError, .lasting = false},
    {.kind = test::FileFault::Kind::kNoSpace, .lasting = true},
    {.kind = test::FileFault::Kind::kIoError, .lasting = true},
    {.kind = test::FileFault::Kind::kShortWrite, .lasting = false},
    {.kind = test::FileFault::Kind::kNoSpace, .lasting = false},
};

std::string Describe(const test::FileFault& fault) {
  const char* kinds[] = {"EIO", "ENOSPC", "a short write"};
  return std::string(kinds[static_cast<size_t>(fault.kind)]) +
         (fault.lasting ? " from call " : " at call ") + std::to_string(fault.nth);
}

// What is done while a call fails.
struct Case {
  const char* name;
  /// Without one the store is only opened.
  std::optional<Step> step = std::nullopt;
  /// Otherwise there is none yet.
  bool is_there = true;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

const Case kCases[] = {
    {.name = "create", .is_there = false},
    {.name = "open"},
    {.name = "put inline", .step = Step{.key = "v5.mp4", .layout = Layout::kInline, .tag = "a"}},
    {.name = "put small", .step = Step{.key = "v5.mp4", .layout = Layout::kSmall, .tag = "a"}},
    {.name = "put chunks",
     .step = Step{.key = "v5.mp4", .layout = Layout::kSmallChunks, .tag = "a"}},
    {.name = "put shared", .step = Step{.key = "v5.mp4", .layout = Layout::kShared, .tag = "a"}},
    {.name = "put bulk", .step = Step{.key = "v5.mp4", .layout = Layout::kBulk, .tag = "a"}},
    {.name = "overwrite", .step = Step{.key = "v3.mp4", .layout = Layout::kSmall, .tag = "a"}},
    {.name = "touch", .step = Step{.kind = Step::Kind::kTouch, .key = "v2.mp4", .ttl = 90}},
    {.name = "rename", .step = Step{.kind = Step::Kind::kRename, .key = "v2.mp4", .to = "v3.mp4"}},
    {.name = "remove", .step = Step{.kind = Step::Kind::kRemove, .key = "v4.mp4"}},
    {.name = "purge", .step = Step{.kind = Step::Kind::kPurge, .tag = "b"}},
    {.name = "expire", .step = Step{.kind = Step::Kind::kExpire}},
    {.name = "repair", .step = Step{.kind = Step::Kind::kRepair, .key = "v3.mp4", .seed = 3}},
    {.name = "drop a namespace", .step = Step{.kind = Step::Kind::kDrop, .seed = 3}},
    {.name = "reopen", .step = Step{.kind = Step::Kind::kReopen}},
};

class FaultCampaign : public testing::TestWithParam<Case> {
 protected:
  FaultCampaign() {
    // Of every layout; one is about to expire, and one was replaced.
    const Step steps[] = {
        {.key = "v0.mp4", .layout = Layout::kInline, .seed = 1, .tag = "a"},
        {.key = "v1.mp4", .layout = Layout::kSmall, .seed = 2, .tag = "b", .ttl = 60},
        {.key = "v2.mp4", .layout = Layout::kShared, .seed = 3, .tag = "a"},
        {.key = "v2.mp4", .layout = Layout::kSmallChunks, .seed = 4, .tag = "b"},
        {.key = "v3.mp4", .layout = Layout::kShared, .seed = 5, .tag = "b"},
        {.key = "v4.mp4", .layout = Layout::kBulk, .seed = 6, .tag = "a"},
        {.kind = Step::Kind::kExpire},
    };
    EXPECT_TRUE(original_.Open(Sound()).ok());
    for (const Step& step : steps) {
      const Status taken = original_.Take(step);
      EXPECT_TRUE(taken.ok()) << taken.message();
    }
    original_.Close();
  }

  static Environment Sound() {
    return {test::NewWatchedFiles(std::make_shared<test::NoObserver>())};
  }

  // False: the case is over before that call, so nothing has failed.
  bool Meet(test::FileFault fault) {
    SCOPED_TRACE(Describe(fault));
    const test::TempDirectory directory;
    const std::string path = directory / "store";
    test::CampaignStore store =
        GetParam().is_there ? test::CampaignStore(path, original_) : test::CampaignStore(path);
    // RocksDB asserts that it can read what it takes in, which was just written.
    fault.unread_below = path + "/staging";
    const auto faulty = std::make_shared<test::FaultyFiles>();
    const Status first = Act(fault, faulty, &store);
    const std::string struck = faulty->struck();
    SCOPED_TRACE("struck: " + struck + "; then: " + (first.ok() ? "ok" : first.message()));
    EXPECT_TRUE(first.ok() || !struck.empty());
    met_ += struck.empty() ? 0 : 1;
    refused_ += first.ok() ? 0 : 1;
    if (struck.empty()) {
      faulty->Disarm();
    }
    if (store.is_open()) {
      if (!fault.lasting) {
        watched_->Does("reads on");
        EXPECT_EQ(store.Verify(), std::vector<std::string>());
        watched_->Does("goes on");
        const bool was_full = fault.kind != test::FileFault::Kind::kIoError;
        for (const Layout layout : {Layout::kSmall, Layout::kShared}) {
          const Status taken = was_full ? TakeInTheEnd(layout, &store) : Take(layout, &store);
          // After EIO that is RocksDB's to say; what it acknowledges counts.
          EXPECT_TRUE(taken.ok() || !was_full) << taken.message();
        }
      }
      watched_->Does("closes");
      store.Close();
    }
    faulty->Disarm();
    watched_->Does("opens again");
    const Status opened = store.Open(Sound());
    EXPECT_TRUE(opened.ok()) << opened.message();
    if (opened.ok()) {
      EXPECT_EQ(store.Settle(), std::vector<std::string>());
      EXPECT_TRUE(store.Heal().ok());
      EXPECT_EQ(store.CloseChecked(), std::vector<std::string>());
    }
    return !struck.empty();
  }

  Status Take(Layout layout, test::CampaignStore* store) {
    return store->Take(
        {.key = "more" + std::to_string(more_++) + ".mp4", .layout = layout, .tag = "c"});
  }

  // RocksDB takes its time to go on after a full disk.
  Status TakeInTheEnd(Layout layout, test::CampaignStore* store) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    Status taken;
    do {
      taken = Take(layout, store);
      std::this_thread::yield();
    } while (!taken.ok() && std::chrono::steady_clock::now() < deadline);
    return taken;
  }

  Status Act(const test::FileFault& fault, const std::shared_ptr<test::FaultyFiles>& faulty,
             test::CampaignStore* store) {
    const Environment environment{test::NewWatchedFiles(faulty)};
    const auto& step = GetParam().step;
    if (step) {
      watched_->Does("opens");
      const Status opened = store->Open(environment);
      EXPECT_TRUE(opened.ok()) << opened.message();
    }
    watched_->Does("meets a fault");
    faulty->Arm(fault);
    return step ? store->Take(*step) : store->Open(environment);
  }

  test::TempDirectory home_;
  test::CampaignStore original_{home_ / "store"};
  test::Watchdog watchdog_{std::chrono::seconds(120), &test::Watchdog::Abort};
  test::Watchdog::Watched* watched_ = watchdog_.Add("the store");
  uint64_t more_ = 0;
  uint64_t met_ = 0;
  uint64_t refused_ = 0;
};

INSTANTIATE_TEST_SUITE_P(, FaultCampaign, testing::ValuesIn(kCases), [](const auto& info) {
  std::string name = info.param.name;
  name.erase(std::remove(name.begin(), name.end(), ' '), name.end());
  return name;
});

TEST_P(FaultCampaign, EachCallFailsInTurn) {
  std::mt19937_64 random(test::TestSeed());
  const uint64_t given = test::CampaignLength("REEL_FAULT_STRIDE", 12);
  const uint64_t stride = given == 1 || GetParam().step ? given : 6 * given;
  for (test::FileFault fault : kFaults) {
    fault.nth = 1 + random() % stride;
    while (!testing::Test::HasFailure() && Meet(fault)) {
      fault.nth += stride;
    }
  }
  std::printf("%llu faults met, %llu times refused\n", static_cast<unsigned long long>(met_),
              static_cast<unsigned long long>(refused_));
}

}  // namespace
}  // namespace reel

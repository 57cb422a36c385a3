// The power goes at a sync, and the disk keeps of what was not synced what it likes: what was
// acknowledged is there, the rest absent or whole, and nothing is left that nobody owns (I1, I3,
// I4, I6).
//
// REEL_POWER_LOSS_RUNS is how often it goes on one and the same store, REEL_POWER_LOSS_ROUNDS how
// often every sync of a store's creation, and of a short workload, has its turn; without it, every
// other sync of the workload has. REEL_SEED repeats a failure.
#include "tests/support/power_loss.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>

#include "tests/engine/campaign/campaign_store.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

namespace fs = std::filesystem;

struct Totals {
  uint64_t cuts = 0;
  uint64_t acknowledged = 0;
  test::PowerLoss::Loss loss;

  void Add(const test::PowerLoss::Loss& one) {
    ++cuts;
    loss.files_cut += one.files_cut;
    loss.bytes_lost += one.bytes_lost;
    loss.sectors_zeroed += one.sectors_zeroed;
    loss.names_lost += one.names_lost;
  }

  void Print() const {
    std::printf(
        "power lost %llu times, %llu steps acknowledged; %llu files cut off by %llu bytes, "
        "%llu sectors zeroed, %llu changes of names lost\n",
        static_cast<unsigned long long>(cuts), static_cast<unsigned long long>(acknowledged),
        static_cast<unsigned long long>(loss.files_cut),
        static_cast<unsigned long long>(loss.bytes_lost),
        static_cast<unsigned long long>(loss.sectors_zeroed),
        static_cast<unsigned long long>(loss.names_lost));
  }
};

// One disk with a store on it.
class Machine {
 public:
  Machine() { fs::create_directory(disk()); }
  // With a copy of that disk.
  explicit Machine(const std::string& disk_to_copy) {
    fs::copy(disk_to_copy, disk(), fs::copy_options::recursive);
  }

  [[nodiscard]] std::string disk() const { return directory_ / "disk"; }

  [[nodiscard]] test::CampaignStore& store() { return store_; }

  // Switches the power on, opens the store and takes steps while there are any and there is power,
  // which goes at sync `cut`. False: it went at the end only.
  bool Run(uint64_t cut, const std::function<std::optional<test::Step>()>& next,
           std::mt19937_64* random, Totals* totals) {
    const std::string inodes = directory_ / "inodes";
    fs::create_directory(inodes);
    const auto power = std::make_shared<test::PowerLoss>(disk(), inodes);
    power->CutAt(cut);
    Status status = store_.Open({test::NewWatchedFiles(power)});
    while (status.ok()) {
      const auto step = next();
      if (!step) {
        break;
      }
      status = store_.Take(*step);
    }
    store_.Close();
    const bool went = power->is_off();
    EXPECT_TRUE(status.ok() || went) << status.message();
    power->Cut();
    totals->Add(power->Settle(random));
    fs::remove_all(inodes);
    return went;
  }

  // With the power on for good.
  void ExpectWhole() {
    const Status opened = store_.Open(sound_);
    ASSERT_TRUE(opened.ok()) << opened.message();
    EXPECT_EQ(store_.Settle(), std::vector<std::string>());
    const Status healed = store_.Heal();
    EXPECT_TRUE(healed.ok()) << healed.message();
    EXPECT_EQ(store_.CloseChecked(), std::vector<std::string>());
  }

 private:
  const Environment sound_{test::NewWatchedFiles(std::make_shared<test::NoObserver>())};
  test::TempDirectory directory_;
  test::CampaignStore store_{directory_ / "disk/store"};
};

// Lets the power go at every sync of `workload` on a machine of its own, which `make` makes.
void CutEverySync(const std::function<std::unique_ptr<Machine>()>& make,
                  const std::vector<test::Step>& workload) {
  std::mt19937_64 random(test::TestSeed());
  const uint64_t given = test::CampaignLength("REEL_POWER_LOSS_ROUNDS", 0);
  const uint64_t rounds = std::max<uint64_t>(given, 1);
  const uint64_t stride =
      given == 0 && !workload.empty() ? test::CampaignLength("REEL_POWER_LOSS_STRIDE", 2) : 1;
  Totals totals;
  for (uint64_t round = 0; round < rounds; ++round) {
    bool went = true;
    for (uint64_t cut = 1 + random() % stride; went && !testing::Test::HasFailure();
         cut += stride) {
      SCOPED_TRACE("power lost at sync " + std::to_string(cut));
      const auto machine = make();
      size_t taken = 0;
      const auto next = [&] {
        return taken < workload.size() ? std::optional(workload[taken++]) : std::nullopt;
      };
      went = machine->Run(cut, next, &random, &totals);
      SCOPED_TRACE("in step " + std::to_string(taken));
      machine->ExpectWhole();
      totals.acknowledged += machine->store().acknowledged();
    }
  }
  totals.Print();
}

TEST(PowerLoss, AtEverySyncOfACreation) {
  CutEverySync([] { return std::make_unique<Machine>(); }, {});
}

TEST(PowerLoss, AtEverySyncOfAShortWorkload) {
  Machine created;
  created.ExpectWhole();
  CutEverySync([&] { return std::make_unique<Machine>(created.disk()); }, test::ShortWorkload());
}

TEST(PowerLoss, OverAndOverOnOneStore) {
  std::mt19937_64 random(test::TestSeed());
  const uint64_t runs = test::CampaignLength("REEL_POWER_LOSS_RUNS", 80);
  Totals totals;
  Machine machine;
  while (totals.cuts < runs && !testing::Test::HasFailure()) {
    SCOPED_TRACE("after " + std::to_string(totals.cuts) + " losses of power");
    machine.Run(
        1 + random() % 44, [&] { return std::optional(test::NextStep(&random)); }, &random,
        &totals);
    // Now and then it goes again before the store has recovered.
    while (random() % 4 == 0 && !testing::Test::HasFailure()) {
      machine.Run(
          1 + random() % 12, [] { return std::nullopt; }, &random, &totals);
    }
    machine.ExpectWhole();
  }
  totals.acknowledged = machine.store().acknowledged();
  totals.Print();
}

}  // namespace
}  // namespace reel

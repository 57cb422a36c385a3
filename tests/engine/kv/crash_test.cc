// A process that puts, overwrites, purges, sweeps, repairs and renames is killed at random moments
// of each of these, and while it opens the store: what was acknowledged is there, the rest absent
// or whole, and no space leaks (I1, I3, I4).
//
// REEL_CRASH_ROUNDS lengthens it: each is a kill, and a look at all that the store holds. The test
// itself never opens a store: RocksDB's threads would not survive a fork.
#include <gtest/gtest.h>
#include <reel/scrub.h>
#include <reel/store.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <type_traits>

#include "tests/engine/kv/crash_operations.h"
#include "tests/support/bit_rot.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

using std::chrono::steady_clock;
using test::CrashKind;
using test::CrashModel;
using test::CrashOperation;

constexpr size_t kKinds = test::kCrashKindNames.size();

// What a process says on its pipe: kBegins and a kind, later kAcknowledged.
constexpr char kAcknowledged = '+';
constexpr char kBegins = 'a';
constexpr char Begun(CrashKind kind) {
  return static_cast<char>(kBegins + static_cast<char>(kind));
}

[[noreturn]] void Fail(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  _exit(1);
}

template <typename T>
T Must(Result<T> result) {
  if (!result.ok()) {
    Fail(result.status().message());
  }
  return *std::move(result);
}

void Must(const Status& status) {
  if (!status.ok()) {
    Fail(status.message());
  }
}

// The store as one process has it open.
struct OpenStore {
  OpenStore(const std::string& path, int64_t now) : clock(now) {
    StoreOptions options;
    options.path = path;
    options.create_if_missing = true;
    store = Must(Store::Open(options, clock));
    entries = Must(store->Namespace("videos", true));
  }

  test::FakeClock clock;
  std::unique_ptr<Store> store;
  KvNamespace* entries = nullptr;
};

template <typename T>
void Say(int pipe_end, const T& what) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (write(pipe_end, &what, sizeof(what)) != ssize_t{sizeof(what)}) {
    Fail("the test is gone");
  }
}

// Opens the store and performs operations until it is killed.
[[noreturn]] void Work(const std::string& path, CrashModel model, CrashKind favored, uint64_t seed,
                       int pipe_end) {
  Say(pipe_end, Begun(CrashKind::kOpen));
  OpenStore open(path, model.now);
  Say(pipe_end, kAcknowledged);
  std::mt19937_64 random(seed);
  while (true) {
    const CrashOperation operation = NextOperation(model, favored, random);
    Say(pipe_end, Begun(operation.kind));
    Must(Perform(model, operation, open.entries, &open.clock));
    Say(pipe_end, kAcknowledged);
    model.Apply(operation);
  }
}

// What a look at the store came to.
struct Found {
  /// The operation that was cut off had happened.
  bool happened = false;
  uint64_t garbage_bytes = 0;
  /// On disk, beside values that live.
  uint64_t other_bytes = 0;
};

// Looks until `enough` says so: what is dropped goes in the background.
template <typename Enough>
StoreStats WaitForStats(const Store& store, const Enough& enough) {
  const auto deadline = steady_clock::now() + std::chrono::seconds(60);
  StoreStats stats = Must(store.Stats());
  while (!enough(stats)) {
    if (steady_clock::now() > deadline) {
      Fail("left behind: " + std::to_string(stats.garbage_extents) + " extents of garbage with " +
           std::to_string(stats.garbage_bytes) + " bytes, " + std::to_string(stats.disk_bytes) +
           " bytes on disk for " + std::to_string(stats.namespaces.at(0).live.bytes));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    stats = Must(store.Stats());
  }
  return stats;
}

// Fails on what a scrub finds, but for bits that the test has flipped.
class Findings final : public ScrubObserver {
 public:
  explicit Findings(bool rotten) : rotten_(rotten) {}

  void OnFinding(const ScrubFinding& finding) override {
    const bool is_rot = finding.kind == FindingKind::kPage || finding.kind == FindingKind::kTable;
    if (!rotten_ || !is_rot) {
      Fail("scrub: " + std::string(FindingKindName(finding.kind)) + ": " + finding.message);
    }
  }
  void OnProgress(const ScrubProgress& /*progress*/) override {}
  bool ShouldStop() override { return false; }

 private:
  bool rotten_;
};

void Expect(const std::string& difference) {
  if (!difference.empty()) {
    Fail(difference);
  }
}

// All is as acknowledged, but for what the operation that was cut off may have changed. A part of a
// shared table file may be garbage for long, and one that is damaged as a whole. `rotten`: bits
// were flipped.
Found Verify(const std::string& path, const CrashModel& model,
             const std::optional<CrashOperation>& cut_off, bool rotten) {
  constexpr uint64_t kSlack = 16U << 20;
  OpenStore open(path, model.now);
  Found found;
  if (cut_off && cut_off->kind == CrashKind::kSweep) {
    Expect(FinishSweep(model, *cut_off, open.entries, &open.clock));
    found.happened = true;
  }
  CrashModel after = model;
  if (cut_off) {
    after.Apply(*cut_off);
    const std::string difference = Difference(after, *open.entries);
    found.happened = difference.empty();
    if (!found.happened && cut_off->kind == CrashKind::kSweep) {
      Fail(difference);
    }
  }
  if (!found.happened) {
    Expect(Difference(model, *open.entries));
  }
  Findings findings(rotten);
  Must(Scrub(open.store.get(), {}, &findings).status());
  const StoreStats stats = WaitForStats(*open.store, [](const StoreStats& now) {
    const uint64_t live = now.namespaces.at(0).live.bytes;
    return now.garbage_bytes <= live / 3 + kSlack && now.disk_bytes <= live + live / 3 + kSlack;
  });
  const uint64_t live = stats.namespaces.at(0).live.bytes;
  found.garbage_bytes = stats.garbage_bytes;
  found.other_bytes = stats.disk_bytes - std::min(stats.disk_bytes, live);
  return found;
}

// Whatever the campaign has left shows when nothing is to be there.
void Clear(const std::string& path, int64_t now) {
  OpenStore open(path, now);
  Must(test::RemoveAll(open.entries));
  WaitForStats(*open.store, [](const StoreStats& stats) {
    return stats.garbage_extents == 0 && stats.namespaces.at(0).live.keys == 0 &&
           stats.namespaces.at(0).expired.keys == 0;
  });
  Findings findings(/*rotten=*/false);
  Must(Scrub(open.store.get(), {}, &findings).status());
}

// A process, and what it says.
class Process {
 public:
  template <typename Body>
  explicit Process(const Body& body) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    id_ = fork();
    if (id_ == 0) {
      close(ends[0]);
      body(ends[1]);
      _exit(0);
    }
    close(ends[1]);
    pipe_end_ = ends[0];
  }
  ~Process() {
    close(pipe_end_);
    if (!waited_) {
      Kill();
      Wait();
    }
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Nothing once it has ended.
  template <typename T>
  std::optional<T> Hear() {
    static_assert(std::is_trivially_copyable_v<T>);
    T heard;
    const bool whole = read(pipe_end_, &heard, sizeof(heard)) == ssize_t{sizeof(heard)};
    return whole ? std::optional(heard) : std::nullopt;
  }

  void Kill() const { kill(id_, SIGKILL); }

  /// The status that it ended with.
  int Wait() {
    int status = 0;
    waitpid(id_, &status, 0);
    waited_ = true;
    return status;
  }

 private:
  pid_t id_ = 0;
  int pipe_end_ = -1;
  bool waited_ = false;
};

class Campaign {
 public:
  explicit Campaign(uint64_t seed) : random_(seed) {}

  void Round(CrashKind favored) {
    size_t nth = favored == CrashKind::kOpen ? 1 : 1 + random_() % 4;
    if (favored == CrashKind::kRepair) {
      nth = std::min(nth, Damage());
      favored = nth > 0 ? favored : CrashKind::kPut;
    }
    const uint64_t seed = random_();
    const Heard heard = WorkAndKill(favored, nth, seed);
    if (testing::Test::HasFailure()) {
      return;
    }
    std::mt19937_64 replay(seed);
    for (size_t i = 1; i < heard.acknowledged; ++i) {
      model_.Apply(NextOperation(model_, favored, replay));
    }
    ++kills_;
    acknowledged_ += heard.acknowledged;
    std::optional<CrashOperation> cut_off;
    if (heard.begun > heard.acknowledged) {
      cut_off = heard.acknowledged == 0 ? CrashOperation{} : NextOperation(model_, favored, replay);
      ++killed_in_[static_cast<size_t>(cut_off->kind)];
    }
    Process verifier([&](int pipe_end) {
      Say(pipe_end, Verify(directory_ / "store", model_, cut_off, rotten_));
    });
    const auto found = verifier.Hear<Found>();
    EXPECT_EQ(verifier.Wait(), 0);
    ASSERT_TRUE(found);
    if (found->happened) {
      model_.Apply(*cut_off);
      ++happened_;
    }
    garbage_bytes_max_ = std::max(garbage_bytes_max_, found->garbage_bytes);
    other_bytes_max_ = std::max(other_bytes_max_, found->other_bytes);
  }

  void Clear() {
    Process cleaner([&](int) { reel::Clear(directory_ / "store", model_.now); });
    EXPECT_EQ(cleaner.Wait(), 0);
    model_.videos.clear();
    rotten_ = false;
    const uint64_t bytes = test::DiskBytes(directory_ / "store");
    EXPECT_LT(bytes, 2U << 20);
    bytes_without_values_max_ = std::max(bytes_without_values_max_, bytes);
  }

  void Print() const {
    std::string where;
    uint64_t inside = 0;
    for (size_t kind = 0; kind < kKinds; ++kind) {
      inside += killed_in_[kind];
      where += std::to_string(killed_in_[kind]) + " in " +
               std::string(test::kCrashKindNames[kind]) + ", ";
    }
    std::printf(
        "%llu kills: %s%llu between operations\n"
        "%llu operations acknowledged; of those cut off, %llu had happened; %llu videos damaged; "
        "at most %llu bytes of garbage, %llu bytes on disk beside values, %llu when all was "
        "removed\n",
        static_cast<unsigned long long>(kills_), where.c_str(),
        static_cast<unsigned long long>(kills_ - inside),
        static_cast<unsigned long long>(acknowledged_), static_cast<unsigned long long>(happened_),
        static_cast<unsigned long long>(damaged_),
        static_cast<unsigned long long>(garbage_bytes_max_),
        static_cast<unsigned long long>(other_bytes_max_),
        static_cast<unsigned long long>(bytes_without_values_max_));
  }

 private:
  // How many operations a process began and acknowledged; the first opens the store.
  struct Heard {
    size_t begun = 0;
    size_t acknowledged = 0;
  };

  // Kills the process some time after it has begun the nth operation of that kind.
  Heard WorkAndKill(CrashKind favored, size_t nth, uint64_t seed) {
    // If there is nothing to do it to.
    constexpr size_t kBegunMax = 40;
    std::array<size_t, kKinds> begun{};
    Heard heard;
    Process worker(
        [&](int pipe_end) { Work(directory_ / "store", model_, favored, seed, pipe_end); });
    bool killed = false;
    auto since = steady_clock::now();
    size_t kind = 0;
    while (const auto said = worker.Hear<char>()) {
      const auto now = steady_clock::now();
      if (*said == kAcknowledged) {
        ++heard.acknowledged;
        if (!killed) {
          Learn(kind, now - since);
        }
        continue;
      }
      ++heard.begun;
      kind = static_cast<size_t>(*said - kBegins);
      since = now;
      ++begun[kind];
      const bool due = kind == static_cast<size_t>(favored) && begun[kind] == nth;
      if (!killed && (due || heard.begun == kBegunMax)) {
        std::this_thread::sleep_for(AnyMomentOf(kind));
        worker.Kill();
        killed = true;
      }
    }
    const int status = worker.Wait();
    EXPECT_TRUE(WIFSIGNALED(status)) << "the worker failed by itself";
    return heard;
  }

  void Learn(size_t kind, steady_clock::duration took) {
    usual_[kind] = (usual_[kind] * 7 + took) / 8;
  }

  // Between the beginning of an operation and its usual end.
  steady_clock::duration AnyMomentOf(size_t kind) {
    return usual_[kind] * (random_() % 1000) / 1000;
  }

  // Flips a bit of a page of some videos, of those that have pages in table files; of how many.
  size_t Damage() {
    constexpr size_t kVideosMax = 3;
    constexpr size_t kInLogBytesMax = 1U << 20;
    constexpr size_t kEnoughToFind = 64;
    size_t damaged = 0;
    for (auto& [key, video] : model_.videos) {
      if (video.text || video.size <= kInLogBytesMax || !model_.Lives(key) ||
          damaged == kVideosMax) {
        continue;
      }
      const std::string bytes = video.Bytes();
      const uint64_t at = random_() % (1 + (video.size - 1) / video.stride()) * video.stride();
      if (test::FlipABit(directory_ / "store", bytes.substr(at, kEnoughToFind))) {
        video.damaged = true;
        ++damaged;
      }
    }
    damaged_ += damaged;
    rotten_ = rotten_ || damaged > 0;
    return damaged;
  }

  const test::TempDirectory directory_;
  std::mt19937_64 random_;
  CrashModel model_;
  /// Bits were flipped since all was last removed.
  bool rotten_ = false;
  /// How long an operation of each kind takes.
  std::array<steady_clock::duration, kKinds> usual_ = [] {
    std::array<steady_clock::duration, kKinds> guess;
    guess.fill(std::chrono::milliseconds(3));
    return guess;
  }();

  std::array<uint64_t, kKinds> killed_in_{};
  uint64_t kills_ = 0;
  uint64_t acknowledged_ = 0;
  uint64_t happened_ = 0;
  uint64_t damaged_ = 0;
  uint64_t garbage_bytes_max_ = 0;
  uint64_t other_bytes_max_ = 0;
  uint64_t bytes_without_values_max_ = 0;
};

TEST(Crash, WhatWasAcknowledgedSurvivesAndNothingLeaks) {
  constexpr uint64_t kRoundsToClear = 60;
  Campaign campaign(test::TestSeed());
  const uint64_t rounds = test::CampaignLength("REEL_CRASH_ROUNDS", 35);
  std::fflush(stdout);
  for (uint64_t round = 0; round < rounds && !HasFailure(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    campaign.Round(static_cast<CrashKind>(round % kKinds));
    if (round % kRoundsToClear == kRoundsToClear - 1 && !HasFailure()) {
      campaign.Clear();
    }
  }
  if (!HasFailure()) {
    campaign.Clear();
  }
  campaign.Print();
}

}  // namespace
}  // namespace reel

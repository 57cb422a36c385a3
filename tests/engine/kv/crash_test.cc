// A process that stores, replaces and removes values is killed at random moments, also while table
// files are merged: what was acknowledged is there, the rest absent or whole, and no space leaks
// (I1, I3, I4).
//
// The test itself never opens a store: RocksDB's threads would not survive a fork.
// REEL_CRASH_ROUNDS lengthens it.
#include <gtest/gtest.h>
#include <reel/store.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <map>
#include <random>
#include <thread>

#include "tests/support/temp_directory.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

struct Operation {
  std::string key;
  bool remove = false;
  size_t size = 0;
  uint64_t seed = 0;

  [[nodiscard]] std::string Bytes() const { return test::RandomBytes(size, seed); }
};

Operation NextOperation(std::mt19937_64& random) {
  constexpr size_t kSizes[] = {100, 30'000, 1'100'000, 1'500'000};
  Operation operation;
  operation.key = "k" + std::to_string(random() % 12);
  operation.remove = random() % 5 == 0;
  operation.size = kSizes[random() % std::size(kSizes)] + random() % 1000;
  operation.seed = random();
  return operation;
}

// What the processes of the test have in common.
struct Campaign {
  std::string store;
  std::map<std::string, Operation> acknowledged;

  void Apply(const Operation& operation) {
    if (operation.remove) {
      acknowledged.erase(operation.key);
    } else {
      acknowledged[operation.key] = operation;
    }
  }
};

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

std::unique_ptr<Store> OpenStore(const Campaign& campaign) {
  StoreOptions options;
  options.path = campaign.store;
  options.create_if_missing = true;
  return Must(Store::Open(options));
}

Status Perform(KvNamespace* entries, const Operation& operation) {
  if (operation.remove) {
    return entries->Delete(operation.key).status();
  }
  auto writer = entries->NewWriter(operation.key, 400'000);
  REEL_RETURN_IF_ERROR(writer.status());
  REEL_RETURN_IF_ERROR((*writer)->Append(operation.Bytes()));
  return (*writer)->PublishSingle({}).status();
}

// Performs operations until it is killed; a byte on `acknowledged` for each that was acknowledged.
[[noreturn]] void Work(const Campaign& campaign, uint64_t seed, int acknowledged) {
  const auto store = OpenStore(campaign);
  KvNamespace* entries = Must(store->Namespace("videos", true));
  std::mt19937_64 random(seed);
  while (true) {
    Must(Perform(entries, NextOperation(random)));
    if (write(acknowledged, "+", 1) != 1) {
      Fail("the test is gone");
    }
  }
}

std::string Read(const KvNamespace& entries, const std::string& key) {
  const auto view = entries.Open(key);
  if (view.code() == Code::kNotFound) {
    return "";
  }
  BorrowedBytes bytes;
  Must(Must(entries.Open(key))->ReadValue(0, (*view)->entry().size, &bytes));
  return bytes.ToString();
}

// Every key as acknowledged, but the one that the operation in flight may have changed.
void Verify(const Campaign& campaign, const Operation& in_flight) {
  const auto store = OpenStore(campaign);
  const KvNamespace* entries = Must(store->Namespace("videos", true));
  for (int i = 0; i < 12; ++i) {
    const std::string key = "k" + std::to_string(i);
    const auto known = campaign.acknowledged.find(key);
    const std::string want = known == campaign.acknowledged.end() ? "" : known->second.Bytes();
    const std::string got = Read(*entries, key);
    const bool may_differ = key == in_flight.key;
    const std::string other = may_differ && !in_flight.remove ? in_flight.Bytes() : "";
    if (got != want && !(may_differ && got == other)) {
      Fail(key + " has other bytes than were acknowledged");
    }
  }
}

// What the operation in flight came to: the next round starts from it.
void Repeat(const Campaign& campaign, const Operation& in_flight) {
  const auto store = OpenStore(campaign);
  Must(Perform(Must(store->Namespace("videos", true)), in_flight));
}

void RemoveAll(const Campaign& campaign) {
  const auto store = OpenStore(campaign);
  KvNamespace* entries = Must(store->Namespace("videos", true));
  for (int i = 0; i < 12; ++i) {
    Must(entries->Delete("k" + std::to_string(i)).status());
  }
}

void ExpectNoGarbage(const Campaign& campaign) {
  using std::chrono::steady_clock;
  const auto store = OpenStore(campaign);
  const auto deadline = steady_clock::now() + std::chrono::seconds(30);
  StoreStats stats = Must(store->Stats());
  while (stats.garbage_extents > 0 && steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    stats = Must(store->Stats());
  }
  if (stats.garbage_extents > 0 || stats.namespaces.at(0).live.keys > 0) {
    Fail("something is left of what was removed");
  }
}

// Runs `work` in a process of its own; its id.
pid_t Start(const std::function<void()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    _exit(0);
  }
  return child;
}

bool Succeeds(const std::function<void()>& work) {
  int status = 0;
  return waitpid(Start(work), &status, 0) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// How many operations were acknowledged before the kill.
size_t WorkAndKill(const Campaign& campaign, uint64_t seed, std::chrono::milliseconds after) {
  int pipe_ends[2];
  EXPECT_EQ(pipe(pipe_ends), 0);
  const pid_t worker = Start([&] {
    close(pipe_ends[0]);
    Work(campaign, seed, pipe_ends[1]);
  });
  close(pipe_ends[1]);
  std::thread killer([&] {
    std::this_thread::sleep_for(after);
    kill(worker, SIGKILL);
  });
  size_t acknowledged = 0;
  char byte = 0;
  while (read(pipe_ends[0], &byte, 1) == 1) {
    ++acknowledged;
  }
  killer.join();
  close(pipe_ends[0]);
  int status = 0;
  waitpid(worker, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the worker failed by itself";
  return acknowledged;
}

TEST(Crash, WhatWasAcknowledgedSurvivesAndNothingLeaks) {
  const test::TempDirectory directory;
  std::mt19937_64 random(test::TestSeed());
  const uint64_t rounds = test::CampaignLength("REEL_CRASH_ROUNDS", 12);
  Campaign campaign;
  campaign.store = directory / "store";
  size_t total = 0;
  for (uint64_t round = 0; round < rounds && !HasFailure(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const uint64_t seed = random();
    const size_t acknowledged =
        WorkAndKill(campaign, seed, std::chrono::milliseconds(100 + random() % 900));
    std::mt19937_64 replay(seed);
    for (size_t i = 0; i < acknowledged; ++i) {
      campaign.Apply(NextOperation(replay));
    }
    total += acknowledged;
    const Operation in_flight = NextOperation(replay);
    EXPECT_TRUE(Succeeds([&] { Verify(campaign, in_flight); }));
    EXPECT_TRUE(Succeeds([&] { Repeat(campaign, in_flight); }));
    campaign.Apply(in_flight);
  }
  EXPECT_TRUE(Succeeds([&] { RemoveAll(campaign); }));
  EXPECT_TRUE(Succeeds([&] { ExpectNoGarbage(campaign); }));
  EXPECT_LT(test::DiskBytes(campaign.store), 2U << 20);
  std::printf("%llu kills, %zu operations acknowledged\n", static_cast<unsigned long long>(rounds),
              total);
}

}  // namespace
}  // namespace reel

// A disk that fills up and empties again below several writers, readers and merges.
#include <gtest/gtest.h>
#include <reel/clock.h>
#include <reel/store.h>

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "kv/open_store.h"
#include "tests/support/faulty_files.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_bytes.h"
#include "tests/support/watchdog.h"

namespace reel {
namespace {

constexpr uint64_t kWriters = 3;

// What one thread has stored, under keys that are its own.
class Writer {
 public:
  Writer(KvNamespace* entries, uint64_t number, uint64_t seed)
      : entries_(entries), number_(number), random_(seed) {}

  // Puts, overwrites, deletes or reads something.
  void Step() {
    const std::string key =
        "writer" + std::to_string(number_) + "/" + std::to_string(random_() % 40);
    const uint64_t kind = random_() % 10;
    if (kind < 2) {
      const auto known = values_.find(key);
      Check(entries_, key, known == values_.end() ? Values{Value{}} : known->second);
    } else if (kind < 4) {
      const auto deleted = entries_->Delete(key);
      Note(key, deleted.ok() ? Status::Ok() : deleted.status(), Value{});
    } else {
      constexpr std::array<uint32_t, 4> kSizes = {100, 20'000, 400'000, 3U << 20};
      const Value value = {random_(), kSizes[random_() % kSizes.size()]};
      Note(key, Put(key, value), value);
    }
  }

  // `entries`: where all of it must be found.
  void CheckAll(const KvNamespace* entries) const {
    for (const auto& [key, values] : values_) {
      Check(entries, key, values);
    }
  }

  [[nodiscard]] uint64_t succeeded() const { return succeeded_; }
  [[nodiscard]] uint64_t refused() const { return refused_; }

 private:
  // Of size 0: nothing is there.
  struct Value {
    uint64_t seed = 0;
    uint32_t size = 0;
    [[nodiscard]] std::string Bytes() const { return test::RandomBytes(size, seed); }
  };
  // What was acknowledged, and what was refused since: any of them may be there.
  using Values = std::vector<Value>;

  Status Put(const std::string& key, const Value& value) {
    auto writer = entries_->NewWriter(key, value.size);
    REEL_RETURN_IF_ERROR(writer.status());
    REEL_RETURN_IF_ERROR((*writer)->Append(value.Bytes()));
    return (*writer)->PublishSingle({}).status();
  }

  void Note(const std::string& key, const Status& status, Value value) {
    Values& values = values_[key];
    if (values.empty()) {
      values.push_back({});
    }
    if (status.ok()) {
      values.clear();
      ++succeeded_;
    } else {
      ++refused_;
      EXPECT_EQ(status.code(), Code::kNoSpace) << status.message();
    }
    values.push_back(value);
  }

  static void Check(const KvNamespace* entries, const std::string& key, const Values& values) {
    const auto view = entries->Open(key, Caching::kBySystem);
    std::string bytes;
    if (view.ok()) {
      const auto read = (*view)->ReadAll();
      ASSERT_TRUE(read.ok()) << key << ": " << read.status().message();
      bytes = *read;
    } else {
      ASSERT_EQ(view.code(), Code::kNotFound) << key << ": " << view.status().message();
    }
    bool fits = false;
    for (const Value& value : values) {
      fits = fits || (value.size == bytes.size() && value.Bytes() == bytes);
    }
    EXPECT_TRUE(fits) << key << " has " << bytes.size() << " other bytes than were stored";
  }

  KvNamespace* const entries_;
  const uint64_t number_;
  std::mt19937_64 random_;
  std::map<std::string, Values> values_;
  std::atomic<uint64_t> succeeded_ = 0;
  std::atomic<uint64_t> refused_ = 0;
};

class FullDiskTest : public testing::Test {
 protected:
  void Open(const std::shared_ptr<test::FileObserver>& observer) {
    StoreOptions options;
    options.path = directory_ / "store";
    options.create_if_missing = true;
    auto store = OpenStore(options, Clock::System(), {test::NewWatchedFiles(observer)});
    ASSERT_TRUE(store.ok()) << store.status().message();
    store_ = *std::move(store);
    const auto entries = store_->Namespace("entries", /*create=*/true);
    ASSERT_TRUE(entries.ok()) << entries.status().message();
    entries_ = *entries;
  }

  // Until each writer has done `steps` that succeeded, or were refused.
  static void Await(const std::vector<std::unique_ptr<Writer>>& writers,
                    uint64_t (Writer::*done)() const, uint64_t steps) {
    for (const auto& writer : writers) {
      const uint64_t before = (*writer.*done)();
      while ((*writer.*done)() < before + steps) {
        std::this_thread::yield();
      }
    }
  }

  test::TempDirectory directory_;
  std::unique_ptr<Store> store_;
  KvNamespace* entries_ = nullptr;
};

// RocksDB's own recovery from a full disk left the store such that the next table file ended the
// process, or nothing could be written any more.
TEST_F(FullDiskTest, WritersGoOnEachTimeThereIsSpaceAgain) {
  test::Watchdog watchdog(std::chrono::seconds(120), &test::Watchdog::Abort);
  test::Watchdog::Watched* watched = watchdog.Add("the disk");
  std::mt19937_64 random(test::TestSeed());
  const auto faulty = std::make_shared<test::FaultyFiles>();
  Open(faulty);
  std::vector<std::unique_ptr<Writer>> writers;
  for (uint64_t i = 0; i < kWriters; ++i) {
    writers.push_back(std::make_unique<Writer>(entries_, i, random()));
  }
  std::atomic<bool> stops = false;
  std::vector<std::thread> threads;
  threads.reserve(kWriters);
  for (const auto& writer : writers) {
    threads.emplace_back([&stops, writer = writer.get()] {
      while (!stops) {
        writer->Step();
      }
    });
  }
  const uint64_t rounds = test::CampaignLength("REEL_FULL_DISK_ROUNDS", 12);
  for (uint64_t round = 0; round < rounds; ++round) {
    watched->Does("fills up");
    test::FileFault fault;
    fault.kind =
        random() % 3 == 0 ? test::FileFault::Kind::kShortWrite : test::FileFault::Kind::kNoSpace;
    fault.nth = 1 + random() % 100;
    fault.lasting = random() % 2 == 0;
    faulty->Arm(fault);
    while (faulty->struck().empty()) {
      std::this_thread::yield();
    }
    if (fault.lasting) {
      Await(writers, &Writer::refused, 1 + random() % 5);
    }
    watched->Does("has space again");
    faulty->Disarm();
    Await(writers, &Writer::succeeded, 3);
  }
  watched->Does("fills up in the end");
  faulty->Arm({.kind = test::FileFault::Kind::kNoSpace, .lasting = true});
  Await(writers, &Writer::refused, 1);
  stops = true;
  for (std::thread& thread : threads) {
    thread.join();
  }
  watched->Does("is left");
  for (const auto& writer : writers) {
    writer->CheckAll(entries_);
  }
  store_.reset();
  faulty->Disarm();
  watched->Does("is opened");
  Open(std::make_shared<test::NoObserver>());
  for (const auto& writer : writers) {
    writer->CheckAll(entries_);
  }
}

}  // namespace
}  // namespace reel

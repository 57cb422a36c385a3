// The power goes while RocksDB writes its list of files; and rot in it, which looks alike (I2, I3).
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>

#include "tests/engine/storage/storage_fixture.h"
#include "tests/support/power_loss.h"
#include "tests/support/test_bytes.h"
#include "tests/support/watched_files.h"

namespace reel {
namespace {

namespace fs = std::filesystem;

constexpr int kRows = 40;

// The power goes at a sync of a MANIFEST, once armed.
class CutAtManifest final : public test::FileObserver {
 public:
  void Arm() { armed_ = true; }
  [[nodiscard]] bool is_off() const { return off_; }

  rocksdb::IOStatus Before(const test::FileOperation& operation, uint64_t* /*bytes*/) override {
    if (armed_ && operation.call == test::FileCall::kSync &&
        operation.path.find("/MANIFEST-") != std::string::npos) {
      off_ = true;
    }
    if (off_) {
      return rocksdb::IOStatus::IOError("the power is off");
    }
    return rocksdb::IOStatus::OK();
  }

 private:
  std::atomic<bool> armed_ = false;
  std::atomic<bool> off_ = false;
};

class ManifestTest : public test::StorageTest {
 protected:
  [[nodiscard]] std::string Manifest() const {
    std::string name = test::ReadWholeFile(directory_ / "db/CURRENT");
    name.pop_back();
    return directory_ / ("db/" + name);
  }

  void PutRows(const std::string& value) {
    for (int i = 0; i < kRows; ++i) {
      RowBatch batch;
      batch.Put(Family::kMeta, "row" + std::to_string(i), value);
      batch.Put(Family::kTags, "row" + std::to_string(i), value);
      ASSERT_TRUE(database_->Write(batch, /*sync=*/true).ok());
    }
  }

  void ExpectRows(const std::string& value) {
    for (const Family family : {Family::kMeta, Family::kTags}) {
      for (int i = 0; i < kRows; ++i) {
        const auto row = database_->Get(family, "row" + std::to_string(i));
        ASSERT_TRUE(row.ok()) << row.status().message();
        EXPECT_EQ(*row, value);
      }
    }
  }

  // Leaves a store whose rows are "old" in tables and "new" in the log, and what was not synced of
  // its MANIFEST, which is where that began.
  uint64_t LosePower() {
    Open();
    PutRows("old");
    EXPECT_TRUE(database_->Flush().ok());
    Close();
    const auto power = std::make_shared<CutAtManifest>();
    Open(4096, {test::NewWatchedFiles(power)});
    PutRows("new");
    const uint64_t synced = fs::file_size(Manifest());
    power->Arm();
    EXPECT_FALSE(database_->Flush().ok());
    EXPECT_TRUE(power->is_off());
    Close();
    EXPECT_GT(fs::file_size(Manifest()), synced);
    return synced;
  }

  [[nodiscard]] Status TryOpen() {
    Close();
    StoreOptions options;
    options.path = directory_.path();
    options.page_size = 4096;
    return Database::Open(directory_ / "db", directory_ / "staging", options).status();
  }

  // Has the store's directory be as it was.
  class Saved {
   public:
    explicit Saved(fs::path path) : path_(std::move(path)) {
      // RocksDB may be removing files meanwhile.
      fs::create_directory(saved_ / "db");
      for (const auto& entry : fs::directory_iterator(path_)) {
        std::error_code gone;
        fs::copy(entry.path(), saved_ / ("db/" + entry.path().filename().string()), gone);
      }
    }
    void Restore() const {
      fs::remove_all(path_);
      fs::copy(saved_ / "db", path_, fs::copy_options::recursive);
    }

   private:
    fs::path path_;
    test::TempDirectory saved_;
  };
};

void Zero(std::string* bytes, uint64_t begin, uint64_t end) {
  bytes->replace(begin, end - begin, end - begin, '\0');
}

// RocksDB does not open such a database.
TEST_F(ManifestTest, WhatThePowerLeftOfAWriteIsLeftOut) {
  struct Case {
    const char* name;
    std::function<void(std::string* manifest, uint64_t synced)> damage;
  };
  const Case cases[] = {
      {"all of it", [](std::string*, uint64_t) {}},
      {"nothing", [](std::string* manifest, uint64_t synced) { manifest->resize(synced); }},
      {"a part", [](std::string* manifest, uint64_t synced) { manifest->resize(synced + 20); }},
      {"zeros",
       [](std::string* manifest, uint64_t synced) { Zero(manifest, synced, manifest->size()); }},
      {"zeros to the end of a sector",
       [](std::string* manifest, uint64_t synced) {
         Zero(manifest, synced, std::min<uint64_t>(manifest->size(), (synced / 512 + 1) * 512));
       }},
      {"a record's beginning, and zeros",
       [](std::string* manifest, uint64_t synced) {
         manifest->resize(synced + 20);
         manifest->resize((synced / 512 + 3) * 512);
       }},
      {"a file that is longer than it was",
       [](std::string* manifest, uint64_t synced) {
         manifest->resize(synced);
         manifest->resize(synced + 70'000);
       }},
  };
  const uint64_t synced = LosePower();
  const Saved saved(directory_ / "db");
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    saved.Restore();
    std::string manifest = test::ReadWholeFile(Manifest());
    c.damage(&manifest, synced);
    test::WriteWholeFile(Manifest(), manifest);
    ASSERT_NO_FATAL_FAILURE(Open());
    ExpectRows("new");
    EXPECT_TRUE(database_->VerifyManifest().ok());
    ASSERT_NO_FATAL_FAILURE(Open());
    ExpectRows("new");
    Close();
  }
}

TEST_F(ManifestTest, ThePowerMayGoAgainWhileItIsLeftOut) {
  const uint64_t synced = LosePower();
  std::string manifest = test::ReadWholeFile(Manifest());
  Zero(&manifest, synced + 20, manifest.size());
  manifest.resize((synced / 512 + 3) * 512);
  test::WriteWholeFile(Manifest(), manifest);
  const Saved saved(directory_ / "db");
  std::mt19937_64 random(test::TestSeed());
  bool went = true;
  for (uint64_t cut = 1; went; ++cut) {
    SCOPED_TRACE("power lost at sync " + std::to_string(cut));
    saved.Restore();
    {
      const test::TempDirectory inodes;
      const auto power = std::make_shared<test::PowerLoss>(directory_ / "db", inodes.path());
      power->CutAt(cut);
      StoreOptions options;
      options.path = directory_.path();
      options.page_size = 4096;
      const Environment environment{test::NewWatchedFiles(power)};
      const Status opened =
          Database::Open(directory_ / "db", directory_ / "staging", options, environment).status();
      went = power->is_off();
      EXPECT_TRUE(opened.ok() || went) << opened.message();
      power->Cut();
      power->Settle(&random);
    }
    ASSERT_NO_FATAL_FAILURE(Open());
    ExpectRows("new");
    Close();
  }
}

// The same damage where it was known to be synced.
TEST_F(ManifestTest, RotIsRefused) {
  struct Case {
    const char* name;
    std::function<void(std::string* manifest, uint64_t synced)> damage;
  };
  const Case cases[] = {
      {"a bit of what was not synced",
       [](std::string* manifest, uint64_t synced) { (*manifest)[synced + 9] ^= 2; }},
      {"a bit", [](std::string* manifest, uint64_t synced) { (*manifest)[synced - 9] ^= 2; }},
      {"zeros from the start",
       [](std::string* manifest, uint64_t) {
         Zero(manifest, 0, std::min<uint64_t>(manifest->size(), 512));
       }},
      {"zeros at the end of what was synced",
       [](std::string* manifest, uint64_t synced) {
         Zero(manifest, (synced - 1) / 512 * 512, manifest->size());
       }},
      {"cut off", [](std::string* manifest, uint64_t synced) { manifest->resize(synced - 1); }},
      {"nothing left", [](std::string* manifest, uint64_t) { manifest->clear(); }},
  };
  const uint64_t synced = LosePower();
  const Saved saved(directory_ / "db");
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    saved.Restore();
    const std::string sound = test::ReadWholeFile(Manifest());
    std::string manifest = sound;
    c.damage(&manifest, synced);
    test::WriteWholeFile(Manifest(), manifest);
    const Status opened = TryOpen();
    EXPECT_EQ(opened.code(), Code::kCorruption) << opened.message();
    EXPECT_NE(opened.message().find(Manifest()), std::string::npos) << opened.message();
    // And nothing is lost that a copy does not bring back.
    test::WriteWholeFile(Manifest(), sound);
    ASSERT_NO_FATAL_FAILURE(Open());
    ExpectRows("new");
    Close();
  }
}

// A flush takes rows out of the log: nothing may take their table back after that.
TEST_F(ManifestTest, RotDoesNotUndoAFlush) {
  Open();
  const auto logs = [this] {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory_ / "db")) {
      if (entry.path().extension() == ".log") {
        names.push_back(entry.path().filename());
      }
    }
    return names;
  };
  PutRows("value");
  const uint64_t before = fs::file_size(Manifest());
  const std::vector<std::string> old = logs();
  ASSERT_EQ(old.size(), 1U);
  ASSERT_TRUE(database_->Flush().ok());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (fs::exists(directory_ / ("db/" + old.front())) &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  ASSERT_FALSE(fs::exists(directory_ / ("db/" + old.front())));
  // As a process leaves it that is killed.
  const Saved killed(directory_ / "db");
  Close();
  killed.Restore();
  std::string manifest = test::ReadWholeFile(Manifest());
  ASSERT_GT(manifest.size(), before);
  for (const bool cut : {false, true}) {
    SCOPED_TRACE(cut ? "cut off" : "zeros");
    std::string damaged = manifest;
    if (cut) {
      damaged.resize(before);
    } else {
      Zero(&damaged, before, damaged.size());
    }
    test::WriteWholeFile(Manifest(), damaged);
    EXPECT_EQ(TryOpen().code(), Code::kCorruption);
  }
  test::WriteWholeFile(Manifest(), manifest);
  Open();
  ExpectRows("value");
}

// Without what is known to be synced nothing is left out: as in a store of an older build.
TEST_F(ManifestTest, AStoreWithoutMarksOpensAndHasThemThen) {
  const uint64_t synced = LosePower();
  const fs::path marks = directory_ / "db/MANIFEST.synced";
  const Saved saved(directory_ / "db");
  struct Case {
    const char* name;
    std::function<void()> damage;
  };
  const Case cases[] = {
      {"none", [&] { fs::remove(marks); }},
      {"empty", [&] { test::WriteWholeFile(marks, ""); }},
      {"damaged",
       [&] {
         std::string text = test::ReadWholeFile(marks);
         text[text.find(' ') + 1] ^= 1;
         test::WriteWholeFile(marks, text);
       }},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    saved.Restore();
    c.damage();
    ASSERT_NO_FATAL_FAILURE(Open());
    ExpectRows("new");
    Close();
    EXPECT_NE(test::ReadWholeFile(marks).find(fs::path(Manifest()).filename().string() + " " +
                                              std::to_string(fs::file_size(Manifest())) + "\n"),
              std::string::npos);
    saved.Restore();
    c.damage();
    std::string manifest = test::ReadWholeFile(Manifest());
    Zero(&manifest, synced + 30, manifest.size());
    test::WriteWholeFile(Manifest(), manifest);
    EXPECT_EQ(TryOpen().code(), Code::kCorruption);
  }
}

}  // namespace
}  // namespace reel

// Damaged values of a store on disk, given back: what every reader sees, and what stays behind.
#include <gtest/gtest.h>
#include <reel/store.h>

#include <filesystem>
#include <functional>

#include "storage/database.h"
#include "tests/engine/kv/namespace_fixture.h"
#include "tests/engine/kv/whole_video.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

namespace fs = std::filesystem;

using test::PutChunked;
using test::PutSingle;
using test::RepairVideo;

constexpr size_t kMiB = 1 << 20;

// Sixty-four bytes of it are others: more than lie between two pages.
void Scribble(const std::string& path) {
  std::string file = test::ReadWholeFile(path);
  for (size_t i = file.size() / 2; i < file.size() / 2 + 64; ++i) {
    file[i] = static_cast<char>(file[i] ^ 0x55);
  }
  test::WriteWholeFile(path, file);
}
void Truncate(const std::string& path) {
  fs::resize_file(path, fs::file_size(path) / 2);
}
void Remove(const std::string& path) {
  fs::remove(path);
}

class RepairTest : public testing::Test {
 protected:
  void Open() {
    Close();
    StoreOptions options;
    options.path = directory_ / "store";
    options.create_if_missing = true;
    auto store = Store::Open(options, clock_);
    ASSERT_TRUE(store.ok()) << store.status().message();
    store_ = *std::move(store);
    const auto entries = store_->Namespace("videos", true);
    ASSERT_TRUE(entries.ok()) << entries.status().message();
    entries_ = *entries;
  }
  void Close() { store_.reset(); }

  // The largest table file.
  [[nodiscard]] std::string PageFile() const {
    fs::path largest;
    for (const auto& entry : fs::directory_iterator(directory_ / "store/db")) {
      if (entry.path().extension() == ".sst" &&
          (largest.empty() || entry.file_size() > fs::file_size(largest))) {
        largest = entry.path();
      }
    }
    return largest;
  }

  // Rows of a family of the closed store.
  size_t CountRows(Family family) {
    StoreOptions options;
    options.path = directory_ / "store";
    const auto database =
        Database::Open(directory_ / "store/db", directory_ / "store/staging", options);
    EXPECT_TRUE(database.ok()) << database.status().message();
    size_t count = 0;
    for (const auto row = (*database)->NewCursor(family, ""); row->Valid(); row->Next()) {
      ++count;
    }
    return count;
  }

  // The video as its view has it; what failed in brackets.
  static std::string Read(const EntryView& view) {
    const auto bytes = test::ReadVideo(view);
    return bytes.ok() ? *bytes : "[" + std::string(CodeName(bytes.code())) + "]";
  }
  std::string Read(Caching caching) {
    const auto view = entries_->Open("v", caching);
    return view.ok() ? Read(**view) : "[" + view.status().message() + "]";
  }

  test::FakeClock clock_;
  test::TempDirectory directory_;
  std::unique_ptr<Store> store_;
  KvNamespace* entries_ = nullptr;
};

struct Value {
  const char* name;
  size_t size;
  bool text;
  uint64_t chunk_size;  // 0: one entry
};
constexpr Value kValues[] = {
    {"shared entry", 3 * kMiB, false, 0},         {"shared text", 6 * kMiB, true, 0},
    {"shared chunks", 3 * kMiB + 5, false, kMiB}, {"chunks of text", 11 * kMiB, true, 5 * kMiB},
    {"bulk chunks", 33 * kMiB, false, 5 * kMiB},
};

struct Damage {
  const char* name;
  void (*make)(const std::string& path);
};
constexpr Damage kDamages[] = {
    {"scribbled", &Scribble}, {"truncated", &Truncate}, {"removed", &Remove}};

TEST_F(RepairTest, WhatIsGivenBackReadsEverywhereAndLeavesNothingWhenItGoes) {
  for (const Value& value : kValues) {
    for (const Damage& damage : kDamages) {
      SCOPED_TRACE(std::string(value.name) + ", " + damage.name);
      const std::string bytes =
          value.text ? test::TextBytes(value.size, 1) : test::RandomBytes(value.size, 1);
      ASSERT_NO_FATAL_FAILURE(Open());
      ASSERT_TRUE((value.chunk_size == 0 ? PutSingle(*entries_, "v", bytes)
                                         : PutChunked(*entries_, "v", bytes, value.chunk_size))
                      .ok());
      Close();
      damage.make(PageFile());
      ASSERT_NO_FATAL_FAILURE(Open());
      const uint64_t generation = entries_->Stat("v")->generation;
      for (const Caching caching : {Caching::kBySystem, Caching::kByCaller}) {
        EXPECT_EQ(Read(caching), "[corruption]");
      }
      std::string other = bytes;
      other[0] = static_cast<char>(other[0] ^ 1);
      auto view = entries_->Open("v");
      EXPECT_EQ(Read(**view), "[corruption]");
      EXPECT_EQ(RepairVideo(**view, other).code(), Code::kInvalidArgument);
      EXPECT_EQ(Read(**view), "[corruption]");
      const Status repaired = RepairVideo(**view, bytes);
      ASSERT_TRUE(repaired.ok()) << repaired.message();
      EXPECT_TRUE(Read(**view) == bytes);
      EXPECT_TRUE(Read(Caching::kBySystem) == bytes);
      EXPECT_TRUE(Read(Caching::kByCaller) == bytes);
      view->reset();
      ASSERT_NO_FATAL_FAILURE(Open());
      EXPECT_TRUE(Read(Caching::kBySystem) == bytes);
      EXPECT_TRUE(Read(Caching::kByCaller) == bytes);
      EXPECT_EQ(entries_->Stat("v")->generation, generation);
      EXPECT_TRUE(entries_->Delete("v").ok());
      Close();
      EXPECT_EQ(CountRows(Family::kSmallPages), 0U);
      EXPECT_EQ(CountRows(Family::kGarbage), 0U);
      fs::remove_all(directory_ / "store");
    }
  }
}

// Only what is damaged is written.
TEST_F(RepairTest, OnePageIsOneRow) {
  const std::string bytes = test::RandomBytes(33 * kMiB, 2);
  ASSERT_NO_FATAL_FAILURE(Open());
  ASSERT_TRUE(PutChunked(*entries_, "v", bytes, 5 * kMiB).ok());
  Scribble(PageFile());  // below an open store
  auto view = entries_->Open("v");
  EXPECT_EQ(Read(**view), "[corruption]");
  ASSERT_TRUE(RepairVideo(**view, bytes).ok());
  ASSERT_TRUE(RepairVideo(**view, bytes).ok());
  EXPECT_TRUE(Read(**view) == bytes);
  view->reset();
  Close();
  const size_t rows = CountRows(Family::kSmallPages);
  EXPECT_GE(rows, 1U);
  EXPECT_LE(rows, 2U);
}

// Many small values share a table file; the row that is written anew stands before the damaged one.
TEST_F(RepairTest, ASmallValueIsWrittenAnew) {
  for (const bool text : {false, true}) {
    const std::string bytes = text ? test::TextBytes(900'000, 3) : test::RandomBytes(900'000, 3);
    ASSERT_NO_FATAL_FAILURE(Open());
    ASSERT_TRUE(PutChunked(*entries_, "v", bytes, 200'000).ok());
    ASSERT_NO_FATAL_FAILURE(Open());  // from the log into a table file
    Close();
    Scribble(PageFile());
    ASSERT_NO_FATAL_FAILURE(Open());
    EXPECT_EQ(Read(Caching::kBySystem), "[corruption]");
    auto view = entries_->Open("v");
    const Status repaired = RepairVideo(**view, bytes);
    ASSERT_TRUE(repaired.ok()) << repaired.message();
    EXPECT_TRUE(Read(**view) == bytes);
    EXPECT_TRUE(Read(Caching::kBySystem) == bytes);
    view->reset();
    ASSERT_NO_FATAL_FAILURE(Open());
    EXPECT_TRUE(Read(Caching::kBySystem) == bytes);
    Close();
    fs::remove_all(directory_ / "store");
  }
}

// Rows of an extent that was retired nobody would ever remove.
TEST_F(RepairTest, WhatWasReplacedIsNotRepaired) {
  const std::string bytes = test::RandomBytes(3 * kMiB, 4);
  for (const auto& replace : std::vector<std::function<void()>>{
           [&] { ASSERT_TRUE(PutChunked(*entries_, "v", bytes, kMiB).ok()); },
           [&] { ASSERT_TRUE(PutSingle(*entries_, "v", bytes).ok()); },
           [&] { ASSERT_TRUE(entries_->Delete("v").ok()); },
       }) {
    ASSERT_NO_FATAL_FAILURE(Open());
    ASSERT_TRUE(PutChunked(*entries_, "v", bytes, kMiB).ok());
    auto view = entries_->Open("v");
    Scribble(PageFile());
    EXPECT_EQ(Read(**view), "[corruption]");
    replace();
    for (uint32_t i = 0; i < 3; ++i) {
      EXPECT_EQ((*view)->Repair(i, bytes.substr(i * kMiB, kMiB)).code(), Code::kConflict);
      EXPECT_EQ((*view)->ChunkHash(i).code(), Code::kConflict);
    }
    EXPECT_EQ((*view)->Repair(std::nullopt, "MANIFEST").code(), Code::kConflict);
    EXPECT_EQ(Read(**view), "[corruption]");
    view->reset();
    Close();
    EXPECT_EQ(CountRows(Family::kSmallPages), 0U);
    fs::remove_all(directory_ / "store");
  }
}

}  // namespace
}  // namespace reel

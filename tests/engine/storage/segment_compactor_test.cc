#include "storage/segment_compactor.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/engine/storage/storage_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

constexpr uint64_t kMiB = 1 << 20;

TEST(PlanMerge, Cases) {
  struct Case {
    const char* name;
    std::vector<SegmentLoad> segments;
    size_t first;
    size_t count;
  };
  const std::vector<SegmentLoad> seven(7, {2 * kMiB, 0});
  std::vector<SegmentLoad> eight(8, {2 * kMiB, 0});
  std::vector<SegmentLoad> split = eight;
  split[3].bytes = 100 * kMiB;
  std::vector<SegmentLoad> behind = eight;
  behind.insert(behind.begin(), {100 * kMiB, 0});
  std::vector<SegmentLoad> dropped = eight;
  dropped[5].dropped_bytes = kMiB / 2;
  const Case cases[] = {
      {"nothing", {}, 0, 0},
      {"one", {{2 * kMiB, 0}}, 0, 0},
      {"too few", seven, 0, 0},
      {"eight", eight, 0, 8},
      {"eight, but not neighbours", split, 0, 0},
      {"eight behind a large one", behind, 1, 8},
      {"few that are large together", {{33 * kMiB, 0}, {33 * kMiB, 0}}, 0, 2},
      {"no more than a full file", std::vector<SegmentLoad>(9, {20 * kMiB, 0}), 0, 6},
      {"full ones stay", std::vector<SegmentLoad>(9, {64 * kMiB, 0}), 0, 0},
      {"a quarter dropped", dropped, 5, 1},
      {"less than a quarter", {{100 * kMiB, 24 * kMiB}}, 0, 0},
      {"a quarter of a full one", {{100 * kMiB, 25 * kMiB}}, 0, 1},
      {"damaged ones stay", {{UINT64_MAX, 0}, {UINT64_MAX, 0}}, 0, 0},
  };
  for (const Case& c : cases) {
    const MergePlan plan = PlanMerge(c.segments);
    EXPECT_EQ(plan.count, c.count) << c.name;
    EXPECT_EQ(plan.first, c.first) << c.name;
  }
}

class SegmentCompactorTest : public test::StorageTest {
 protected:
  static constexpr size_t kBytes = 2'000'000;
  static constexpr uint64_t kExtents = 30;

  static std::string BytesOf(uint64_t i) { return test::RandomBytes(kBytes, i); }

  void WriteExtents() {
    for (uint64_t i = 0; i < kExtents; ++i) {
      runs_.push_back(WriteExtent(BytesOf(i), kBytes));
      ASSERT_EQ(runs_.back().family, PageFamily::kShared);
    }
  }

  // Only some of the files that come wake the merges: after these the last ones were looked at.
  void Settle() {
    for (int i = 0; i < 4; ++i) {
      reclaimer_->NoteSharedSegment();
    }
    reclaimer_->WaitUntilIdle();
  }

  void ExpectReads(uint64_t i) {
    for (const Caching caching : test::kCachings) {
      const ExtentReader reader(database_.get(), runs_[i], kBytes, caching);
      BorrowedBytes out;
      const Status read = reader.Read(0, kBytes, &out);
      ASSERT_TRUE(read.ok()) << read.message();
      EXPECT_TRUE(out.ToString() == BytesOf(i)) << i;
    }
  }

  // As when the record that owned it goes.
  void Retire(uint64_t i) {
    const Garbage garbage{runs_[i].family, runs_[i].extent, runs_[i].PageCount(kBytes), kBytes};
    RowBatch batch;
    ListGarbage(garbage, &batch);
    ASSERT_TRUE(database_->Write(batch, true).ok());
    reclaimer_->Retire({garbage});
  }

  [[nodiscard]] std::vector<SegmentInfo> Files() const {
    return database_->ListSegments(Family::kSharedPages);
  }
  [[nodiscard]] uint64_t FileBytes() const {
    uint64_t bytes = 0;
    for (const SegmentInfo& file : Files()) {
      bytes += file.bytes;
    }
    return bytes;
  }
  [[nodiscard]] size_t Listed() const { return ListedGarbage(*database_)->size(); }

  std::vector<PageRun> runs_;
};

TEST_F(SegmentCompactorTest, ManyExtentsShareAFileAndReadOn) {
  Open();
  runs_.push_back(WriteExtent(BytesOf(0), kBytes));
  const ExtentReader early(database_.get(), runs_[0], kBytes, Caching::kBySystem);
  BorrowedBytes out;
  ASSERT_TRUE(early.Read(0, 100, &out).ok());
  runs_.clear();
  WriteExtents();
  Settle();
  EXPECT_LE(Files().size(), 8U);
  for (uint64_t i = 0; i < kExtents; ++i) {
    ExpectReads(i);
    // By one read from the file, not row by row.
    const auto file = database_->OpenSegment(Family::kSharedPages, runs_[i].extent, 0,
                                             runs_[i].PageCount(kBytes) - 1, Caching::kBySystem);
    EXPECT_TRUE(file.ok() && *file != nullptr) << i;
  }
  out.Clear();
  ASSERT_TRUE(early.Read(0, kBytes, &out).ok());
  EXPECT_TRUE(out.ToString() == BytesOf(0));
  Open();
  ExpectReads(7);
}

// Whoever stores many values has the disk to himself meanwhile.
TEST_F(SegmentCompactorTest, WhatComesIsMergedOnceNothingElseDoes) {
  Open();
  WriteExtents();
  while (clock_.waiters() == 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(Files().size(), kExtents);
  clock_.AdvanceMillis(499);
  while (clock_.waiters() == 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(Files().size(), kExtents);
  clock_.AdvanceMillis(1);
  while (Files().size() > 8) {
    std::this_thread::yield();
  }
  reclaimer_->WaitUntilIdle();
  ExpectReads(7);
}

TEST_F(SegmentCompactorTest, TooMuchDoesNotWait) {
  Open();
  for (uint64_t i = 0; i < 3; ++i) {
    WriteExtents();
  }
  while (Files().size() > 2 * kExtents) {
    std::this_thread::yield();
  }
  runs_.resize(kExtents);
  reclaimer_->WaitUntilIdle();
  ExpectReads(7);
}

TEST_F(SegmentCompactorTest, DroppedExtentsGiveTheirSpaceBack) {
  Open();
  WriteExtents();
  Settle();
  for (uint64_t i = 0; i < kExtents; i += 2) {
    Retire(i);
  }
  reclaimer_->WaitUntilIdle();
  const uint64_t live = kExtents / 2 * kBytes;
  EXPECT_LT(FileBytes(), live * 5 / 3);
  for (uint64_t i = 1; i < kExtents; i += 2) {
    ExpectReads(i);
  }
  for (uint64_t i = 1; i < kExtents; i += 2) {
    Retire(i);
  }
  reclaimer_->WaitUntilIdle();
  EXPECT_EQ(Files().size(), 0U);
  EXPECT_EQ(Listed(), 0U);
}

// As when each value is stored by a process of its own.
TEST_F(SegmentCompactorTest, OneExtentAnOpenIsMergedToo) {
  for (uint64_t i = 0; i < kExtents; ++i) {
    Open();
    runs_.push_back(WriteExtent(BytesOf(i), kBytes));
  }
  Open();
  EXPECT_LE(Files().size(), 11U);
  for (uint64_t i = 0; i < kExtents; ++i) {
    ExpectReads(i);
  }
}

// A file of which little was dropped stays as it is, and its garbage listed, across opens.
TEST_F(SegmentCompactorTest, ALittleGarbageStaysListed) {
  Open();
  WriteExtents();
  Settle();
  Retire(3);
  reclaimer_->WaitUntilIdle();
  EXPECT_EQ(Listed(), 1U);
  Open();
  ASSERT_TRUE(reclaimer_->DropListed().ok());
  reclaimer_->WaitUntilIdle();
  EXPECT_EQ(Listed(), 1U);
  for (uint64_t i = 0; i < kExtents; ++i) {
    if (i != 3) {
      Retire(i);
    }
  }
  reclaimer_->WaitUntilIdle();
  EXPECT_EQ(Listed(), 0U);
  EXPECT_EQ(Files().size(), 0U);
}

TEST_F(SegmentCompactorTest, PinnedExtentsAreKeptByARewrite) {
  Open();
  WriteExtents();
  Settle();
  Reclaimer::Pin pin = reclaimer_->NewPin();
  pin.Add(runs_[0].extent);
  for (uint64_t i = 0; i < kExtents; ++i) {
    Retire(i);
  }
  reclaimer_->WaitUntilIdle();
  ExpectReads(0);
  EXPECT_EQ(Files().size(), 1U);
  pin = Reclaimer::Pin();
  reclaimer_->WaitUntilIdle();
  EXPECT_EQ(Files().size(), 0U);
}

// RocksDB takes no more writes once a merge of its own finds damage, so damaged files are left
// alone.
TEST_F(SegmentCompactorTest, ADamagedFileIsNotMergedAndTheStoreGoesOn) {
  Open();
  const PageRun damaged = WriteExtent(BytesOf(100), kBytes);
  const std::string path = directory_ / "db" + Files().at(0).name;
  Close();
  std::string file = test::ReadWholeFile(path);
  file[kBytes / 2] = static_cast<char>(file[kBytes / 2] ^ 1);
  test::WriteWholeFile(path, file);
  Open();
  WriteExtents();
  Settle();
  EXPECT_TRUE(database_->NextId().ok());
  RowBatch batch;
  batch.Put(Family::kMeta, "still", "writable");
  EXPECT_TRUE(database_->Write(batch, true).ok());
  EXPECT_LE(Files().size(), 9U);
  for (uint64_t i = 0; i < kExtents; ++i) {
    ExpectReads(i);
  }
  const ExtentReader reader(database_.get(), damaged, kBytes, Caching::kBySystem);
  BorrowedBytes out;
  EXPECT_EQ(reader.Read(0, kBytes, &out).code(), Code::kCorruption);
}

}  // namespace
}  // namespace reel

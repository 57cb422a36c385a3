#include "storage/reclaim.h"

#include <gtest/gtest.h>

#include "format/row_key.h"
#include "tests/engine/storage/storage_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

constexpr size_t kBulk = 8 << 20;

class ReclaimTest : public test::StorageTest {
 protected:
  // With the space that RocksDB sets aside for its log at the first write.
  uint64_t BytesOfAnEmptyStore() {
    EXPECT_TRUE(database_->NextId().ok());
    return test::DiskBytes(directory_.path());
  }

  void Retire(const PageRun& run, size_t bytes) {
    const Garbage garbage{run.family, run.extent, run.PageCount(bytes), bytes};
    RowBatch batch;
    ListGarbage(garbage, &batch);
    ASSERT_TRUE(database_->Write(batch, true).ok());
    reclaimer_->Retire({garbage});
  }

  [[nodiscard]] size_t CountRows(Family family) const {
    size_t count = 0;
    for (const auto cursor = database_->NewCursor(family, ""); cursor->Valid(); cursor->Next()) {
      ++count;
    }
    return count;
  }

  // Of extents in table files, shared or not.
  [[nodiscard]] size_t CountBulkRows() const {
    return CountRows(Family::kPages) + CountRows(Family::kSharedPages);
  }
};

TEST_F(ReclaimTest, UnpinnedPagesGoAtOnceWithTheirSpace) {
  for (const size_t size : {kBulk, size_t{ExtentWriter::kSharedBytesMax} + 1}) {
    Open();
    const std::string bytes = test::RandomBytes(size, 1);
    const uint64_t before = BytesOfAnEmptyStore();
    const PageRun run = WriteExtent(bytes, 5'000'000);
    EXPECT_EQ(run.family, size == kBulk ? PageFamily::kShared : PageFamily::kBulk);
    EXPECT_GT(test::DiskBytes(directory_.path()), before + size);
    Retire(run, size);
    EXPECT_LT(test::DiskBytes(directory_.path()), before + size / 8);
    EXPECT_EQ(CountBulkRows(), 0U);
    EXPECT_EQ(CountRows(Family::kGarbage), 0U);
  }
}

// Space that deletions leave in files of many small extents comes back without further writes.
TEST_F(ReclaimTest, SmallPagesGiveTheirSpaceBack) {
  Open();
  constexpr size_t kSmall = 900'000;
  std::vector<PageRun> runs;
  for (uint64_t i = 0; i < 60; ++i) {
    runs.push_back(WriteExtent(test::RandomBytes(kSmall, i), kSmall));
    ASSERT_EQ(runs.back().family, PageFamily::kSmall);
  }
  Open();  // from the log into table files
  for (const PageRun& run : runs) {
    Retire(run, kSmall);
  }
  reclaimer_->WaitUntilIdle();
  uint64_t left = 0;
  for (const SegmentInfo& segment : database_->ListSegments(Family::kSmallPages)) {
    left += segment.bytes;
  }
  EXPECT_LT(left, kSmall * 20);
}

TEST_F(ReclaimTest, SmallPagesGoToo) {
  Open();
  const PageRun run = WriteExtent(test::RandomBytes(50'000, 1), 50'000);
  EXPECT_GT(CountRows(Family::kSmallPages), 0U);
  Retire(run, 50'000);
  EXPECT_EQ(CountRows(Family::kSmallPages), 0U);
  EXPECT_EQ(CountRows(Family::kGarbage), 0U);
}

TEST_F(ReclaimTest, PinnedPagesStayUntilTheLastPinIsGone) {
  Open();
  const std::string bytes = test::RandomBytes(kBulk, 2);
  const PageRun run = WriteExtent(bytes, kBulk);
  Reclaimer::Pin first = reclaimer_->NewPin();
  first.Add(run.extent);
  {
    Reclaimer::Pin second = reclaimer_->NewPin();
    second.Add(run.extent);
    Retire(run, kBulk);
  }
  const ExtentReader reader(database_.get(), run, kBulk, Caching::kBySystem);
  BorrowedBytes out;
  ASSERT_TRUE(reader.Read(0, kBulk, &out).ok());
  EXPECT_EQ(out.ToString(), bytes);
  EXPECT_EQ(CountRows(Family::kGarbage), 1U);
  first = Reclaimer::Pin();
  EXPECT_EQ(CountBulkRows(), 0U);
  EXPECT_EQ(CountRows(Family::kGarbage), 0U);
}

TEST_F(ReclaimTest, AnAbandonedWriterLeavesNothing) {
  Open();
  const uint64_t before = BytesOfAnEmptyStore();
  {
    ExtentWriter writer(database_.get(), reclaimer_.get(), kBulk);
    ASSERT_TRUE(writer.Append(test::RandomBytes(kBulk, 3)).ok());
  }
  {
    ExtentWriter writer(database_.get(), reclaimer_.get(), kBulk);
    ASSERT_TRUE(writer.Append(test::RandomBytes(kBulk, 4)).ok());
    RowBatch never_written;
    ASSERT_TRUE(writer.Finish(false, &never_written).ok());
  }
  EXPECT_EQ(CountBulkRows(), 0U);
  EXPECT_EQ(CountRows(Family::kGarbage), 0U);
  EXPECT_LT(test::DiskBytes(directory_.path()), before + kBulk / 8);
}

// What a crash between ingestion and publication leaves: listed pages, dropped when the store
// opens.
TEST_F(ReclaimTest, ListedPagesGoAtTheNextOpen) {
  Open();
  {
    ExtentWriter writer(database_.get(), reclaimer_.get(), kBulk);
    ASSERT_TRUE(writer.Append(test::RandomBytes(kBulk, 5)).ok());
    RowBatch lost;
    ASSERT_TRUE(writer.Finish(false, &lost).ok());
    writer.HandOver();
  }
  const PageRun kept = WriteExtent(test::RandomBytes(kBulk, 6), kBulk);
  EXPECT_EQ(CountRows(Family::kGarbage), 1U);
  Open();
  ASSERT_TRUE(reclaimer_->DropListed().ok());
  EXPECT_EQ(CountRows(Family::kGarbage), 0U);
  EXPECT_EQ(CountBulkRows(), kept.PageCount(kBulk));
}

TEST_F(ReclaimTest, IdsAreNeverGivenTwice) {
  uint64_t last = 0;
  for (int open = 0; open < 3; ++open) {
    Open();
    for (int i = 0; i < 1500; ++i) {
      const auto id = database_->NextId();
      ASSERT_TRUE(id.ok());
      EXPECT_GT(*id, last);
      last = *id;
    }
  }
}

}  // namespace
}  // namespace reel

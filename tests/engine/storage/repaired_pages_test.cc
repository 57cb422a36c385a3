#include "storage/repaired_pages.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/coding.h"
#include "base/hash.h"
#include "format/row_key.h"
#include "tests/engine/storage/storage_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

constexpr size_t kShared = 3 << 20;
constexpr size_t kBulk = ExtentWriter::kSharedBytesMax + (1 << 20);
constexpr uint32_t kStride = 1 << 20;

class RepairedPagesTest : public test::StorageTest {
 protected:
  [[nodiscard]] std::string FileOf(Family family) const {
    const std::vector<SegmentInfo> files = database_->ListSegments(family);
    EXPECT_EQ(files.size(), 1U);
    return directory_ / "db" + files.at(0).name;
  }

  // Takes away the one table file of a family; the database is open again when it returns.
  void LoseFile(Family family) {
    const std::string path = FileOf(family);
    Close();
    std::filesystem::remove(path);
    ASSERT_NO_FATAL_FAILURE(Open());
  }

  Status Repair(const PageRun& run, const std::string& bytes) {
    const ExtentReader reader(database_.get(), run, bytes.size(), Caching::kBySystem);
    RowBatch batch;
    REEL_RETURN_IF_ERROR(StageRepairs(reader, 0, bytes, &batch));
    return database_->Write(batch, true);
  }

  void ExpectReads(const PageRun& run, const std::string& bytes) {
    for (const Caching caching : test::kCachings) {
      const ExtentReader reader(database_.get(), run, bytes.size(), caching);
      BorrowedBytes out;
      const Status read = reader.Read(0, bytes.size(), &out);
      ASSERT_TRUE(read.ok()) << read.message();
      EXPECT_TRUE(out.ToString() == bytes);
    }
  }

  void List(const PageRun& run, size_t bytes, Garbage* garbage) {
    *garbage = {run.family, run.extent, run.PageCount(bytes), bytes};
    RowBatch batch;
    ListGarbage(*garbage, &batch);
    ASSERT_TRUE(database_->Write(batch, true).ok());
  }

  [[nodiscard]] size_t CountRows(Family family) const {
    size_t count = 0;
    for (const auto cursor = database_->NewCursor(family, ""); cursor->Valid(); cursor->Next()) {
      ++count;
    }
    return count;
  }
};

TEST_F(RepairedPagesTest, RepairedRowsGoWithTheirExtentAndSoDoesTheirSpace) {
  for (const size_t size : {kShared, kBulk}) {
    Open();
    const std::string neighbour = test::RandomBytes(100'000, 9);
    const std::string bytes = test::RandomBytes(size, 1);
    const PageRun before = WriteExtent(neighbour, kStride);
    const PageRun run = WriteExtent(bytes, kStride);
    const PageRun behind = WriteExtent(neighbour, kStride);
    const size_t others = before.PageCount(neighbour.size()) + behind.PageCount(neighbour.size());
    LoseFile(size == kShared ? Family::kSharedPages : Family::kPages);
    BorrowedBytes out;
    const ExtentReader reader(database_.get(), run, size, Caching::kBySystem);
    EXPECT_EQ(reader.Read(0, size, &out).code(), Code::kCorruption);
    ASSERT_TRUE(Repair(run, bytes).ok());
    EXPECT_EQ(CountRows(Family::kSmallPages), run.PageCount(size) + others);
    ExpectReads(run, bytes);
    Open();  // from the log into table files
    ExpectReads(run, bytes);
    Garbage garbage;
    List(run, size, &garbage);
    reclaimer_->Retire({garbage});
    reclaimer_->WaitUntilIdle();
    EXPECT_EQ(CountRows(Family::kSmallPages), others);
    EXPECT_EQ(CountRows(Family::kGarbage), 0U);
    ExpectReads(before, neighbour);
    ExpectReads(behind, neighbour);
    if (size == kBulk) {  // what is worth a compaction
      EXPECT_LT(test::DiskBytes(directory_.path()), size / 4);
    }
    Close();
    std::filesystem::remove_all(directory_ / "db");
  }
}

// What a crash between a deletion and the drop leaves.
TEST_F(RepairedPagesTest, RepairedRowsOfWhatIsListedGoAtTheNextOpen) {
  Open();
  const std::string bytes = test::RandomBytes(kShared, 2);
  const PageRun run = WriteExtent(bytes, kStride);
  LoseFile(Family::kSharedPages);
  ASSERT_TRUE(Repair(run, bytes).ok());
  Garbage garbage;
  List(run, kShared, &garbage);
  Open();
  ASSERT_TRUE(reclaimer_->DropListed().ok());
  reclaimer_->WaitUntilIdle();
  EXPECT_EQ(CountRows(Family::kSmallPages), 0U);
  EXPECT_EQ(CountRows(Family::kGarbage), 0U);
}

// An extent that stays behind in a file of several has no use for its repaired rows either.
TEST_F(RepairedPagesTest, RepairedRowsGoBeforeTheSharedFileDoes) {
  Open();
  std::vector<std::string> values;
  std::vector<PageRun> runs;
  for (uint64_t i = 0; i < 30; ++i) {
    values.push_back(test::RandomBytes(2'000'000, i));
    runs.push_back(WriteExtent(values.back(), kStride));
  }
  for (int i = 0; i < 4; ++i) {
    reclaimer_->NoteSharedSegment();
  }
  reclaimer_->WaitUntilIdle();
  const auto merged =
      database_->OpenSegment(Family::kSharedPages, runs[3].extent, 0, 0, Caching::kBySystem);
  ASSERT_TRUE(merged.ok() && *merged != nullptr);
  const std::vector<SegmentInfo> files = database_->ListSegments(Family::kSharedPages);
  ASSERT_LE(files.size(), 8U);
  const uint64_t at = (*merged)->Find(0)->offset + 100;
  const std::string path = directory_ / "db" + files[0].name;
  Close();
  std::string file = test::ReadWholeFile(path);
  file[at] = static_cast<char>(file[at] ^ 1);
  test::WriteWholeFile(path, file);
  Open();
  ASSERT_TRUE(Repair(runs[3], values[3]).ok());
  EXPECT_EQ(CountRows(Family::kSmallPages), 1U);
  Garbage garbage;
  List(runs[3], values[3].size(), &garbage);
  reclaimer_->Retire({garbage});
  reclaimer_->WaitUntilIdle();
  EXPECT_EQ(CountRows(Family::kSmallPages), 0U);
  for (size_t i = 0; i < runs.size(); ++i) {
    if (i != 3) {
      ExpectReads(runs[i], values[i]);
    }
  }
}

// A file that is damaged is not merged; what was repaired of it stays readable while others are.
TEST_F(RepairedPagesTest, MergesLeaveRepairedPagesReadable) {
  Open();
  const std::string bytes = test::RandomBytes(kShared, 3);
  const PageRun run = WriteExtent(bytes, kStride);
  const std::string path = FileOf(Family::kSharedPages);
  std::string file = test::ReadWholeFile(path);
  file[kShared / 2] = static_cast<char>(file[kShared / 2] ^ 1);
  test::WriteWholeFile(path, file);
  Open();
  ASSERT_TRUE(Repair(run, bytes).ok());
  EXPECT_EQ(CountRows(Family::kSmallPages), 1U);
  std::vector<PageRun> others;
  for (uint64_t i = 0; i < 30; ++i) {
    others.push_back(WriteExtent(test::RandomBytes(2'000'000, 100 + i), kStride));
  }
  for (int i = 0; i < 4; ++i) {
    reclaimer_->NoteSharedSegment();
  }
  reclaimer_->WaitUntilIdle();
  EXPECT_LE(database_->ListSegments(Family::kSharedPages).size(), 9U);
  ExpectReads(run, bytes);
  Open();
  ExpectReads(run, bytes);
  ExpectReads(others[7], test::RandomBytes(2'000'000, 107));
}

// Nobody looks for a repaired row of a page that reads: the undamaged way costs no lookup.
TEST_F(RepairedPagesTest, AnUndamagedPageIsReadFromItsTableFile) {
  Open();
  const std::string bytes = test::RandomBytes(kShared, 4);
  const PageRun run = WriteExtent(bytes, kStride);
  std::string row(run.page_size, 'x');
  PutFixed64(&row, Hash64(row, PageSeed(run.extent, 0)));
  RowBatch batch;
  batch.Put(Family::kSmallPages, PageRowKey(run.extent, 0), row);
  ASSERT_TRUE(database_->Write(batch, true).ok());
  ExpectReads(run, bytes);
}

// A repaired row may rot too.
TEST_F(RepairedPagesTest, ARepairedRowIsVerifiedAndRepairedAgain) {
  Open();
  const std::string bytes = test::RandomBytes(kShared, 5);
  const PageRun run = WriteExtent(bytes, kStride);
  LoseFile(Family::kSharedPages);
  ASSERT_TRUE(Repair(run, bytes).ok());
  auto row = database_->Get(Family::kSmallPages, PageRowKey(run.extent, 5));
  ASSERT_TRUE(row.ok() && row->has_value());
  (*row)->at(17) ^= 1;
  RowBatch rot;
  rot.Put(Family::kSmallPages, PageRowKey(run.extent, 5), **row);
  ASSERT_TRUE(database_->Write(rot, true).ok());
  const ExtentReader reader(database_.get(), run, kShared, Caching::kBySystem);
  BorrowedBytes out;
  EXPECT_EQ(reader.Read(run.PageStart(5), 1, &out).code(), Code::kCorruption);
  EXPECT_TRUE(reader.Read(run.PageStart(6), 1, &out).ok());
  ASSERT_TRUE(Repair(run, bytes).ok());
  ExpectReads(run, bytes);
}

// A row that was read before it rotted is still in memory, and a repair must not take that for the
// disk.
TEST_F(RepairedPagesTest, ARepairedRowThatRotsOnTheDiskIsRepairedAgain) {
  for (const size_t size : {kShared, size_t{50'000}}) {
    Open();
    const std::string bytes = test::RandomBytes(size, 7);
    const PageRun run = WriteExtent(bytes, kStride);
    if (size == kShared) {
      LoseFile(Family::kSharedPages);
      ASSERT_TRUE(Repair(run, bytes).ok());
    }
    Open();  // from the log into a table file
    const std::string path = FileOf(Family::kSmallPages);
    ExpectReads(run, bytes);
    std::string file = test::ReadWholeFile(path);
    const size_t at = file.find(bytes.substr(20'000, 64));
    ASSERT_NE(at, std::string::npos);
    file[at] = static_cast<char>(file[at] ^ 1);
    test::WriteWholeFile(path, file);
    ASSERT_TRUE(Repair(run, bytes).ok());
    Open();
    ExpectReads(run, bytes);
    Close();
    std::filesystem::remove_all(directory_ / "db");
  }
}

// A page whose checksum was made of wrong bytes: no reader would look behind it.
TEST_F(RepairedPagesTest, PagesThatFitTheirChecksumAreNotShadowed) {
  Open();
  const std::string bytes = test::RandomBytes(kShared, 6);
  const PageRun run = WriteExtent(bytes, kStride);
  std::string other = bytes;
  other[12345] = static_cast<char>(other[12345] ^ 1);
  EXPECT_EQ(Repair(run, other).code(), Code::kUnsupported);
  EXPECT_EQ(CountRows(Family::kSmallPages), 0U);
  // Small pages are written over.
  const std::string small = bytes.substr(0, 50'000);
  const PageRun small_run = WriteExtent(small, kStride);
  ASSERT_TRUE(Repair(small_run, other.substr(0, 50'000)).ok());
  ExpectReads(small_run, other.substr(0, 50'000));
}

}  // namespace
}  // namespace reel

// Table files that stay open for the next reader.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "format/row_key.h"
#include "tests/engine/storage/storage_fixture.h"
#include "tests/support/test_bytes.h"
#include "tests/support/watched_files.h"

namespace reel::test {
namespace {

constexpr uint64_t kBytes = ExtentWriter::kSharedBytesMax + (1U << 20);

class OpenedTables final : public FileObserver {
 public:
  rocksdb::IOStatus Before(const FileOperation& operation, uint64_t* /*bytes*/) override {
    count_ += operation.call == FileCall::kOpen && operation.path.ends_with(".sst") ? 1 : 0;
    return rocksdb::IOStatus::OK();
  }
  [[nodiscard]] int count() const { return count_; }

 private:
  std::atomic<int> count_ = 0;
};

class IdleTablesTest : public StorageTest {
 protected:
  void SetUp() override {
    Open(4096, {.files = NewWatchedFiles(opened_)});
    run_ = WriteExtent(bytes_, kBytes, 1U << 20);
  }

  [[nodiscard]] std::unique_ptr<ExtentReader> Reader(Caching caching = Caching::kBySystem) const {
    return std::make_unique<ExtentReader>(database_.get(), run_, kBytes, caching);
  }

  void ExpectReads(const ExtentReader& reader, uint64_t offset, uint64_t length) const {
    BorrowedBytes out;
    const Status read = reader.Read(offset, length, &out);
    ASSERT_TRUE(read.ok()) << read.message();
    EXPECT_TRUE(out.ToString() == bytes_.substr(offset, length));
  }

  // Of the extent's file, whatever it is called by now.
  [[nodiscard]] int CountDescriptors() const {
    const std::string name = std::filesystem::path(path_).filename();
    int count = 0;
    for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      const std::string target = std::filesystem::read_symlink(each, gone);
      count +=
          target.find(directory_.path()) == 0 && target.find(name) != std::string::npos ? 1 : 0;
    }
    return count;
  }

  void NotePath() {
    const auto file = database_->OpenSegment(Family::kPages, run_.extent, 0, 0, Caching::kByCaller);
    ASSERT_TRUE(file.ok() && *file != nullptr);
    path_ = (*file)->path();
  }

  void Drop() {
    const Status dropped = database_->DropSegments(Family::kPages, PageRowKey(run_.extent, 0),
                                                   PageRowKey(run_.extent + 1, 0));
    ASSERT_TRUE(dropped.ok()) << dropped.message();
  }

  const std::shared_ptr<OpenedTables> opened_ = std::make_shared<OpenedTables>();
  const std::string bytes_ = RandomBytes(kBytes, 1);
  PageRun run_;
  std::string path_;
};

TEST_F(IdleTablesTest, OneReaderAfterTheOtherOpensNothing) {
  ExpectReads(*Reader(), 0, 10);
  const int before = opened_->count();
  for (uint64_t i = 0; i < 20; ++i) {
    ExpectReads(*Reader(), i * 9'000, 9'000);
  }
  EXPECT_EQ(opened_->count(), before);
}

TEST_F(IdleTablesTest, ReadersAtTheSameTimeHaveFilesOfTheirOwn) {
  const int before = opened_->count();
  for (int round = 0; round < 3; ++round) {
    const auto first = Reader();
    const auto second = Reader();
    ExpectReads(*first, 0, 10);
    ExpectReads(*second, 5'000, 10);
    EXPECT_EQ(opened_->count(), before + 2);
  }
}

TEST_F(IdleTablesTest, WhatReadsPastTheSystemTakesNoneAndLeavesNone) {
  ExpectReads(*Reader(), 0, 10);
  const int before = opened_->count();
  ExpectReads(*Reader(Caching::kByCaller), 0, kBytes);
  ExpectReads(*Reader(Caching::kByCaller), 0, kBytes);
  EXPECT_EQ(opened_->count(), before + 2);
}

TEST_F(IdleTablesTest, OfADroppedFileNoneStaysOpen) {
  NotePath();
  ExpectReads(*Reader(), 0, 10);
  EXPECT_GT(CountDescriptors(), 0);
  Drop();
  EXPECT_EQ(CountDescriptors(), 0);
}

TEST_F(IdleTablesTest, AFileThatIsDroppedWhileItIsReadIsClosedThen) {
  NotePath();
  {
    const auto reader = Reader();
    ExpectReads(*reader, 0, 10);
    Drop();
    EXPECT_EQ(CountDescriptors(), 1);
    ExpectReads(*reader, 100'000, 10);
  }
  EXPECT_EQ(CountDescriptors(), 0);
}

// Others' deletions take nothing from those that stay.
TEST_F(IdleTablesTest, WhatStaysIsKeptThroughDeletions) {
  ExpectReads(*Reader(), 0, 10);
  const PageRun mine = run_;
  run_ = WriteExtent(bytes_, kBytes, 1U << 20);
  Drop();
  run_ = mine;
  const int before = opened_->count();
  ExpectReads(*Reader(), 0, 10);
  ExpectReads(*Reader(), 0, 10);
  EXPECT_EQ(opened_->count(), before);
}

// So few that a process does not run out of descriptors.
TEST_F(IdleTablesTest, NotManyAreKept) {
  NotePath();
  const int before = CountDescriptors();
  {
    std::vector<std::unique_ptr<ExtentReader>> readers(200);
    for (auto& reader : readers) {
      reader = Reader();
      ExpectReads(*reader, 0, 10);
    }
    EXPECT_EQ(CountDescriptors(), before + 200);
  }
  EXPECT_LE(CountDescriptors(), before + 64);
}

}  // namespace
}  // namespace reel::test

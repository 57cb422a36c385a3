// What single failures of the disk once led to; the campaign of faults found them.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "tests/engine/storage/storage_fixture.h"
#include "tests/support/faulty_files.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

using test::FileCall;
using test::FileFault;

constexpr size_t kBytes = 3 << 20;

class DiskFaultTest : public test::StorageTest {
 protected:
  void OpenFaulty() { Open(4096, {test::NewWatchedFiles(faulty_)}); }

  void ExpectTakesFilesIn() {
    const std::string bytes = test::RandomBytes(kBytes, 6);
    ExpectReads(WriteExtent(bytes, kBytes), bytes);
  }

  void ExpectReads(const PageRun& run, const std::string& bytes) {
    const ExtentReader reader(database_.get(), run, kBytes, Caching::kBySystem);
    BorrowedBytes out;
    const Status read = reader.Read(0, kBytes, &out);
    EXPECT_TRUE(read.ok() && out.ToString() == bytes) << read.message();
  }

  const std::shared_ptr<test::FaultyFiles> faulty_ = std::make_shared<test::FaultyFiles>();
};

TEST_F(DiskFaultTest, AFileThatCannotBeUnlinkedDoesNotHoldUpTheEnd) {
  OpenFaulty();
  const PageRun run = WriteExtent(test::RandomBytes(kBytes, 1), kBytes);
  faulty_->Arm({.lasting = true, .call = FileCall::kDelete});
  reclaimer_->Retire({Garbage{PageFamily::kShared, run.extent, 0, kBytes}});
  const auto begin = std::chrono::steady_clock::now();
  Close();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
  EXPECT_NE(faulty_->struck(), "");
  Open();
  Close();
  EXPECT_LT(test::DiskBytes(directory_ / "db"), kBytes);
}

// RocksDB went on with a log that it could not write to, and ended the process with the next write.
TEST_F(DiskFaultTest, AStoreGoesOnWhenItsDiskIsNoLongerFull) {
  struct Case {
    const char* name;
    FileFault fault;
    bool goes_on;
  };
  using Kind = FileFault::Kind;
  const Case cases[] = {
      {"full at an append", {.kind = Kind::kNoSpace, .call = FileCall::kAppend}, true},
      {"full within an append", {.kind = Kind::kShortWrite, .call = FileCall::kAppend}, true},
      {"full at a sync", {.kind = Kind::kNoSpace, .call = FileCall::kSync}, true},
      {"full at a directory", {.kind = Kind::kNoSpace, .call = FileCall::kSyncDirectory}, true},
      {"broken at an append", {.kind = Kind::kIoError, .call = FileCall::kAppend}, false},
      {"broken at a sync", {.kind = Kind::kIoError, .call = FileCall::kSync}, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    OpenFaulty();
    int written = 0;
    const auto write = [&] {
      RowBatch batch;
      batch.Put(Family::kMeta, "row", std::to_string(++written));
      return database_->Write(batch, /*sync=*/true);
    };
    // The second time there is nothing in memory but what recovering leaves there.
    for (int time = 0; time < 2; ++time) {
      faulty_->Arm(c.fault);
      Status status = write();
      EXPECT_EQ(status.code(), c.goes_on ? Code::kNoSpace : Code::kIoError) << status.message();
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      do {
        std::this_thread::yield();
        status = write();
      } while (c.goes_on && !status.ok() && std::chrono::steady_clock::now() < deadline);
      EXPECT_EQ(status.ok(), c.goes_on) << status.message();
      if (c.goes_on) {
        // RocksDB went on to take itself for stopped, and ended the process with the next file.
        ExpectTakesFilesIn();
      }
      if (!c.goes_on || c.fault.call == FileCall::kSyncDirectory) {
        break;  // a directory is synced with the first write only
      }
    }
    faulty_->Disarm();
    Open();
    const auto row = database_->Get(Family::kMeta, "row");
    ASSERT_TRUE(row.ok());
    if (c.goes_on) {
      EXPECT_EQ(*row, std::to_string(written));
    }
    Close();
  }
}

// RocksDB waited forever for a recovery that it had told to end.
TEST_F(DiskFaultTest, AStoreClosesWhileItsDiskIsFull) {
  for (int time = 0; time < 3; ++time) {
    OpenFaulty();
    const auto write = [&](const std::string& value) {
      RowBatch batch;
      batch.Put(Family::kMeta, "row", value);
      return database_->Write(batch, /*sync=*/true);
    };
    ASSERT_TRUE(write("kept").ok());
    faulty_->Arm({.kind = FileFault::Kind::kNoSpace, .lasting = true});
    EXPECT_EQ(write("refused").code(), Code::kNoSpace);
    EXPECT_EQ(write("refused").code(), Code::kNoSpace);
    Close();
    faulty_->Disarm();
    Open();
    const auto row = database_->Get(Family::kMeta, "row");
    ASSERT_TRUE(row.ok() && row->has_value());
    EXPECT_TRUE(*row == "kept" || *row == "refused") << **row;
    Close();
  }
}

// RocksDB ended the process when it recovered from a full disk after a drop had met it.
TEST_F(DiskFaultTest, ADropThatMeetsAFullDiskIsSurvived) {
  OpenFaulty();
  const PageRun dropped = WriteExtent(test::RandomBytes(kBytes, 4), kBytes);
  const PageRun other = WriteExtent(test::RandomBytes(kBytes, 6), kBytes);
  const std::string kept_bytes = test::RandomBytes(kBytes, 5);
  const PageRun kept = WriteExtent(kept_bytes, kBytes);
  const auto write = [&] {
    RowBatch batch;
    batch.Put(Family::kMeta, "row", "value");
    return database_->Write(batch, /*sync=*/true);
  };
  faulty_->Arm({.kind = FileFault::Kind::kNoSpace, .lasting = true});
  reclaimer_->Retire({Garbage{PageFamily::kShared, dropped.extent, 0, kBytes}});
  EXPECT_NE(faulty_->struck().find("/MANIFEST-"), std::string::npos) << faulty_->struck();
  // Of nothing, so that it succeeds.
  EXPECT_TRUE(database_->DropSegments(Family::kPages, "", std::string(1, '\0')).ok());
  EXPECT_EQ(write().code(), Code::kNoSpace);
  faulty_->Disarm();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  Status status;
  do {
    std::this_thread::yield();
    status = write();
  } while (!status.ok() && std::chrono::steady_clock::now() < deadline);
  EXPECT_TRUE(status.ok()) << status.message();
  // What could not be dropped then goes with what is dropped now, and its space is given back.
  reclaimer_->Retire({Garbage{PageFamily::kShared, other.extent, 0, kBytes}});
  EXPECT_EQ(database_->ListSegments(Family::kSharedPages).size(), 1U);
  Close();
  EXPECT_LT(test::DiskBytes(directory_ / "db"), 2 * kBytes);
  Open();
  ExpectReads(kept, kept_bytes);
  Close();
}

// RocksDB took a table file in without its bounds when it could not read it, and said ok: nobody
// ever found its rows again.
TEST_F(DiskFaultTest, ATableFileThatCannotBeReadIsNotTakenIn) {
  const std::string bytes = test::RandomBytes(kBytes, 2);
  OpenFaulty();
  // Its end, its properties, its index and its first row. That it can read the last row RocksDB
  // asserts.
  constexpr uint64_t kReads = 5;
  for (uint64_t nth = 1; nth <= kReads; ++nth) {
    SCOPED_TRACE("read " + std::to_string(nth));
    std::optional<PageRun> run;
    {
      ExtentWriter writer(database_.get(), reclaimer_.get(), kBytes);
      ASSERT_TRUE(writer.Append(bytes).ok());
      faulty_->Arm({.nth = nth, .call = FileCall::kRead});
      RowBatch batch;
      const auto value = writer.Finish(/*may_inline=*/false, &batch);
      EXPECT_NE(faulty_->struck().find("/staging/"), std::string::npos) << faulty_->struck();
      faulty_->Disarm();
      if (value.ok()) {
        run = std::get<PageRun>(*value);
        writer.HandOver();
        ASSERT_TRUE(database_->Write(batch, true).ok());
      }
    }
    if (run) {
      ExpectReads(*run, bytes);
      reclaimer_->Retire({Garbage{PageFamily::kShared, run->extent, 0, kBytes}});
    }
    reclaimer_->WaitUntilIdle();
    EXPECT_TRUE(database_->ListSegments(Family::kSharedPages).empty());
  }
  Close();
  EXPECT_LT(test::DiskBytes(directory_.path()), kBytes);
}

// With a damaged table file in it a store is opened without RocksDB's checks, and RocksDB went on
// behind a record that had failed: after a kill the next open ended the process.
TEST_F(DiskFaultTest, ADamagedStoreDoesNotAcknowledgeWhatAnOpenWillNotFind) {
  using Kind = FileFault::Kind;
  Open();
  WriteExtent(test::RandomBytes(kBytes, 3), kBytes);
  Close();
  for (const auto& entry : std::filesystem::directory_iterator(directory_ / "db")) {
    if (entry.path().extension() == ".sst" && entry.file_size() > kBytes) {
      std::filesystem::resize_file(entry.path(), kBytes / 2);
    }
  }
  for (const Kind kind : {Kind::kIoError, Kind::kNoSpace, Kind::kShortWrite}) {
    for (const FileCall call : {FileCall::kAppend, FileCall::kSync}) {
      if (kind == Kind::kShortWrite && call == FileCall::kSync) {
        continue;
      }
      SCOPED_TRACE("fault " + std::to_string(static_cast<int>(kind)) + " at call " +
                   std::to_string(static_cast<int>(call)));
      OpenFaulty();
      std::string last;
      for (int i = 0; i < 20; ++i) {
        if (i == 3) {
          faulty_->Arm({.kind = kind, .call = call});
        }
        RowBatch batch;
        batch.Put(Family::kMeta, "row", std::to_string(i));
        const Status written = database_->Write(batch, /*sync=*/true);
        if (written.ok()) {
          last = std::to_string(i);
        }
      }
      // As after a kill: from here on nothing reaches the disk, and what only the log holds is read
      // from it.
      faulty_->Arm({.lasting = true});
      Close();
      faulty_->Disarm();
      Open();
      const auto row = database_->Get(Family::kMeta, "row");
      ASSERT_TRUE(row.ok() && row->has_value());
      EXPECT_GE(std::stoi(**row), std::stoi(last));
      Close();
    }
  }
}

}  // namespace
}  // namespace reel

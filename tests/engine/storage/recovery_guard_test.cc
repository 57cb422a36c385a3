// What RocksDB's recoveries from a full disk must not meet.
#include "storage/recovery_guard.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>

#include "tests/support/temp_directory.h"

namespace reel {
namespace {

using Reason = rocksdb::BackgroundErrorReason;

TEST(RecoveryGuard, NothingChangesFromTheErrorToTheEndOfTheThread) {
  const test::TempDirectory directory;
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options, directory.path(), &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  const auto guard = std::make_shared<RecoveryGuard>(
      std::make_shared<SpaceErrors>(rocksdb::FileSystem::Default()));
  const auto error = [&](Reason reason, rocksdb::Status status) {
    guard->OnBackgroundError(reason, &status);
  };
  int drops = 0;
  const auto drop = [&] {
    ++drops;
    return Status::Ok();
  };
  guard->Attach(db.get());
  // Nobody recovers from these.
  error(Reason::kWriteCallback, rocksdb::Status::IOError("broken"));
  error(Reason::kCompaction, rocksdb::Status::SpaceLimit("full"));
  EXPECT_TRUE(guard->CanChange().ok());
  for (const Reason reason : {Reason::kWriteCallback, Reason::kFlush, Reason::kManifestWrite}) {
    const int before = drops;
    EXPECT_TRUE(guard->Guard(drop).ok());
    error(reason, rocksdb::Status::SpaceLimit("full"));
    EXPECT_EQ(guard->CanChange().code(), Code::kNoSpace);
    std::promise<void> told;
    std::promise<void> ends;
    std::thread recovery([&] {
      // RocksDB tells it twice.
      guard->OnErrorRecoveryEnd({});
      guard->OnErrorRecoveryEnd({});
      told.set_value();
      ends.get_future().wait();
    });
    told.get_future().wait();
    EXPECT_EQ(guard->Guard(drop).code(), Code::kNoSpace);
    EXPECT_EQ(drops, before + 1);
    ends.set_value();
    recovery.join();
    EXPECT_TRUE(guard->CanChange().ok());
  }
  error(Reason::kWriteCallback, rocksdb::Status::SpaceLimit("full"));
  std::thread recovery([&] { guard->OnErrorRecoveryEnd({}); });
  guard->EndRecoveries();
  EXPECT_TRUE(guard->CanChange().ok());
  recovery.join();
}

}  // namespace
}  // namespace reel

// What RocksDB's recoveries from a full disk must not meet.
#include "storage/recovery_guard.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/support/temp_directory.h"

namespace reel {
namespace {

// A second recovery that begins as the first one ends is one that nobody ends. `FaultCampaign`
// meets it now and then.
TEST(RecoveryGuard, OneRecoveryAtATimeAndNoDropBesideIt) {
  const test::TempDirectory directory;
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options, directory.path(), &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  const auto drop = [] { return rocksdb::Status::OK(); };
  const rocksdb::Status full = rocksdb::Status::NoSpace("full");
  RecoveryGuard guard;
  guard.Attach(db.get());
  EXPECT_TRUE(guard.Guard(drop).ok());
  for (int round = 0; round < 2; ++round) {
    bool begins = true;
    guard.OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason::kCompaction, full, &begins);
    EXPECT_TRUE(begins);
    EXPECT_TRUE(guard.Guard(drop).IsNoSpace());
    guard.OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason::kWriteCallback, full, &begins);
    EXPECT_FALSE(begins);
    EXPECT_TRUE(guard.Guard(drop).IsNoSpace());
    guard.OnErrorRecoveryCompleted(full);
    EXPECT_TRUE(guard.Guard(drop).ok());
  }
  guard.Detach();
}

}  // namespace
}  // namespace reel

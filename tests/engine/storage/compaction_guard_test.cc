// Damage that merges meet does not keep a store from taking more.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "format/row_key.h"
#include "tests/engine/storage/storage_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

using CompactionGuardTest = test::StorageTest;

TEST_F(CompactionGuardTest, WritesGoOnBesideDamage) {
  Open();
  const auto write = [&](uint64_t extent) {
    RowBatch batch;
    for (uint32_t page = 0; page < 100; ++page) {
      batch.Put(Family::kSmallPages, PageRowKey(extent, page),
                test::RandomBytes(4096, extent * 1000 + page));
    }
    const Status written = database_->Write(batch, /*sync=*/true);
    ASSERT_TRUE(written.ok()) << written.message();
  };
  write(1);
  ASSERT_TRUE(database_->Flush().ok());
  const std::string file =
      directory_ / ("db" + database_->ListSegments(Family::kSmallPages)[0].name);
  Close();
  {
    std::fstream rot(file, std::ios::in | std::ios::out | std::ios::binary);
    rot.seekp(200'000);
    rot.write(std::string(8192, 'x').data(), 8192);
    ASSERT_TRUE(rot.good());
  }
  Open();
  for (uint64_t extent = 2; extent < 20; ++extent) {
    write(extent);
    ASSERT_TRUE(database_->Flush().ok());
  }
  EXPECT_EQ(database_->Compact(Family::kSmallPages).code(), Code::kCorruption);
  for (uint64_t extent = 20; extent < 60; ++extent) {
    write(extent);
    ASSERT_TRUE(database_->Flush().ok());
  }
  Open();
  write(60);
  uint32_t damaged = 0;
  for (uint64_t extent = 1; extent <= 60; ++extent) {
    for (uint32_t page = 0; page < 100; ++page) {
      const auto row = database_->Get(Family::kSmallPages, PageRowKey(extent, page));
      if (row.ok()) {
        ASSERT_TRUE(**row == test::RandomBytes(4096, extent * 1000 + page));
      } else {
        EXPECT_EQ(extent, 1U);
        ++damaged;
      }
    }
  }
  EXPECT_GE(damaged, 1U);
  EXPECT_LE(damaged, 4U);
}

}  // namespace
}  // namespace reel

// An open database with nothing above it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "storage/database.h"
#include "storage/extent_reader.h"
#include "storage/extent_writer.h"
#include "storage/reclaim.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace reel::test {

constexpr Caching kCachings[] = {Caching::kBySystem, Caching::kByCaller};

class StorageTest : public testing::Test {
 protected:
  void Open(uint32_t page_size = 4096, const Environment& environment = {}) {
    Close();
    std::filesystem::create_directories(directory_ / "db");
    std::filesystem::create_directories(directory_ / "staging");
    StoreOptions options;
    options.path = directory_.path();
    options.page_size = page_size;
    auto database = Database::Open(directory_ / "db", directory_ / "staging", options, environment);
    ASSERT_TRUE(database.ok()) << database.status().message();
    database_ = *std::move(database);
    reclaimer_ = std::make_unique<Reclaimer>(database_.get(), clock_);
  }

  void Close() {
    reclaimer_.reset();
    database_.reset();
  }

  // Writes and publishes an extent without an owner.
  PageRun WriteExtent(const std::string& bytes, uint32_t stride, size_t piece = 100'000) {
    ExtentWriter writer(database_.get(), reclaimer_.get(), stride);
    for (size_t at = 0; at < bytes.size(); at += piece) {
      const Status appended = writer.Append(std::string_view(bytes).substr(at, piece));
      EXPECT_TRUE(appended.ok()) << appended.message();
    }
    RowBatch batch;
    const auto value = writer.Finish(/*may_inline=*/false, &batch);
    EXPECT_TRUE(value.ok()) << value.status().message();
    writer.HandOver();
    EXPECT_TRUE(database_->Write(batch, true).ok());
    return std::get<PageRun>(*value);
  }

  FakeClock clock_;
  TempDirectory directory_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Reclaimer> reclaimer_;
};

}  // namespace reel::test

// Repairs of values that are overwritten and deleted meanwhile.
#include <gtest/gtest.h>
#include <reel/store.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "storage/database.h"
#include "tests/engine/kv/namespace_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBytes = 1'500'000;

// Writes over some bytes in the middle of every table file that holds pages.
void Scribble(const std::string& directory) {
  for (const auto& entry : fs::directory_iterator(directory)) {
    std::error_code gone;  // a merge may have taken it
    if (entry.path().extension() == ".sst" && fs::file_size(entry.path(), gone) > kBytes && !gone) {
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(kBytes / 2);
      file << std::string(64, '!');
    }
  }
}

TEST(RepairRace, NoRowOutlivesItsExtent) {
  const uint64_t rounds = test::CampaignLength("REEL_CONCURRENT_ROUNDS", 40);
  const std::string bytes = test::RandomBytes(kBytes, 1);
  const test::TempDirectory directory;
  StoreOptions options;
  options.path = directory / "store";
  options.create_if_missing = true;
  {
    auto store = Store::Open(options);
    ASSERT_TRUE(store.ok()) << store.status().message();
    KvNamespace& entries = **(*store)->Namespace("videos", true);
    uint64_t repaired = 0;
    for (uint64_t i = 0; i < rounds; ++i) {
      ASSERT_TRUE(test::PutChunked(entries, "v", bytes, kBytes).ok());
      auto view = entries.Open("v");
      ASSERT_TRUE(view.ok());
      Scribble(options.path + "/db");
      Status status;
      std::thread repair([&] {
        status = (*view)->Repair(0, bytes);
        if (status.ok()) {
          BorrowedBytes out;
          EXPECT_TRUE((*view)->ReadChunk(0, 0, kBytes, &out).ok());
          EXPECT_TRUE(out.ToString() == bytes);
        }
        view->reset();
      });
      std::thread replace([&] {
        EXPECT_TRUE((i % 2 == 0 ? entries.Delete("v").status()
                                : test::PutSingle(entries, "v", "small").status())
                        .ok());
      });
      repair.join();
      replace.join();
      EXPECT_TRUE(status.ok() || status.code() == Code::kConflict) << status.message();
      repaired += status.ok() ? 1 : 0;
    }
    EXPECT_TRUE(entries.Delete("v").ok());
    RecordProperty("repaired", std::to_string(repaired));
  }
  const auto database = Database::Open(options.path + "/db", options.path + "/staging", options);
  ASSERT_TRUE(database.ok()) << database.status().message();
  EXPECT_FALSE((*database)->NewCursor(Family::kSmallPages, "")->Valid());
}

}  // namespace
}  // namespace reel

#include "storage/store_directory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "tests/support/power_loss.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

namespace fs = std::filesystem;

// What a directory holds, and what looking at it comes to without and with leave to create.
TEST(StoreDirectory, Table) {
  struct Case {
    const char* name;
    void (*make)(const std::string& path);
    Code found;
    Code created;
  };
  const Case cases[] = {
      {"missing", [](const std::string&) {}, Code::kNotFound, Code::kOk},
      {"empty", [](const std::string& path) { fs::create_directory(path); }, Code::kNotFound,
       Code::kOk},
      {"settings of a store to come",
       [](const std::string& path) {
         fs::create_directory(path);
         test::WriteWholeFile(path + "/reel.json", "{}");
       },
       Code::kNotFound, Code::kOk},
      {"file", [](const std::string& path) { test::WriteWholeFile(path, "x"); },
       Code::kInvalidArgument, Code::kInvalidArgument},
      {"something else",
       [](const std::string& path) {
         fs::create_directory(path);
         test::WriteWholeFile(path + "/holiday.mp4", "x");
       },
       Code::kInvalidArgument, Code::kInvalidArgument},
      {"creation cut short",
       [](const std::string& path) {
         fs::create_directory(path);
         test::WriteWholeFile(path + "/REEL.new", "reel store\nformat 2\nid 0\n");
         fs::create_directory(path + "/db");
       },
       Code::kNotFound, Code::kOk},
      {"newer format",
       [](const std::string& path) {
         fs::create_directory(path);
         test::WriteWholeFile(path + "/REEL", "reel store\nformat 3\nid 0\n");
       },
       Code::kUnsupported, Code::kUnsupported},
      {"older format",
       [](const std::string& path) {
         fs::create_directory(path);
         test::WriteWholeFile(path + "/REEL", "reel store\nformat 1\nid 0\n");
       },
       Code::kUnsupported, Code::kUnsupported},
      {"damaged marker",
       [](const std::string& path) {
         fs::create_directory(path);
         test::WriteWholeFile(path + "/REEL", "reel st");
       },
       Code::kCorruption, Code::kCorruption},
      {"database lost",
       [](const std::string& path) {
         fs::create_directory(path);
         test::WriteWholeFile(path + "/REEL", "reel store\nformat 2\nid 0\n");
       },
       Code::kCorruption, Code::kCorruption},
  };
  const test::TempDirectory directory;
  for (const Case& c : cases) {
    const std::string path = directory / c.name;
    c.make(path);
    EXPECT_EQ(StoreDirectory::Prepare(path, false).code(), c.found) << c.name;
    EXPECT_EQ(StoreDirectory::Prepare(path, true).code(), c.created) << c.name;
  }
}

TEST(StoreDirectory, SettlingFinishesACreationAndRemovesWhatWasLeftBehind) {
  const test::TempDirectory directory;
  const std::string path = directory / "store";
  const auto made = StoreDirectory::Prepare(path, true);
  ASSERT_TRUE(made.ok());
  EXPECT_FALSE(fs::exists(path + "/REEL"));
  test::WriteWholeFile(made->staging() + "/5-0.sst", "left behind");
  // The one by a process that was killed while RocksDB wrote it.
  const char* kGoes[] = {"/OPTIONS-000007.dbtmp", "/OPTIONS-000009", "/000008.log", "/999999.log"};
  const char* kStays[] = {"/000010.log", "/000012.sst", "/1000000.log"};
  for (const char* name : kGoes) {
    test::WriteWholeFile(made->database() + name, name[1] == 'O' ? "left behind" : "");
  }
  test::WriteWholeFile(made->database() + kStays[0], "rows");
  test::WriteWholeFile(made->database() + kStays[1], "");
  test::WriteWholeFile(made->database() + kStays[2], "");  // is being written
  ASSERT_TRUE(made->Settle().ok());
  EXPECT_TRUE(fs::exists(path + "/REEL"));
  EXPECT_TRUE(fs::is_empty(made->staging()));
  for (const char* name : kGoes) {
    EXPECT_FALSE(fs::exists(made->database() + name)) << name;
  }
  for (const char* name : kStays) {
    EXPECT_TRUE(fs::exists(made->database() + name)) << name;
  }
  test::WriteWholeFile(made->database() + "/CURRENT", "");
  EXPECT_TRUE(StoreDirectory::Prepare(path, false).ok());
}

// As the power may leave it: the marker by half or not at all, and what was made after it.
TEST(StoreDirectory, ACreationThatWasCutShortIsRepeated) {
  std::mt19937_64 random(test::TestSeed());
  constexpr int kOutcomes = 20;
  bool went = true;
  for (uint64_t cut = 1; went; ++cut) {
    for (int i = 0; i < kOutcomes; ++i) {
      SCOPED_TRACE("power lost at sync " + std::to_string(cut));
      const test::TempDirectory directory;
      fs::create_directory(directory / "disk");
      fs::create_directory(directory / "inodes");
      const std::string path = directory / "disk/store";
      const auto power =
          std::make_shared<test::PowerLoss>(directory / "disk", directory / "inodes");
      power->CutAt(cut);
      const auto made = StoreDirectory::Prepare(path, true, {test::NewWatchedFiles(power)});
      EXPECT_TRUE(!made.ok() || made->Settle().ok() || power->is_off());
      went = power->is_off();
      power->Cut();
      power->Settle(&random);
      const auto again = StoreDirectory::Prepare(path, true);
      // Made final, it wants a database, which is not the directory's to make.
      ASSERT_TRUE(again.ok() || fs::exists(path + "/REEL")) << again.status().message();
      if (again.ok()) {
        ASSERT_TRUE(again->Settle().ok());
        test::WriteWholeFile(again->database() + "/CURRENT", "");
        const auto opened = StoreDirectory::Prepare(path, false);
        ASSERT_TRUE(opened.ok()) << opened.status().message();
      }
    }
  }
}

}  // namespace
}  // namespace reel

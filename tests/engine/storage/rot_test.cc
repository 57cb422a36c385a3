// Damage below the engine: never a wrong byte, and what is not damaged still reads (I2).
#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <vector>

#include "tests/engine/storage/storage_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

constexpr size_t kBytes = 3 << 20;

class RotTest : public test::StorageTest {
 protected:
  // The one table file that is large enough to hold the extent.
  [[nodiscard]] std::string PageFile() const {
    for (const auto& entry : std::filesystem::directory_iterator(directory_ / "db")) {
      if (entry.path().extension() == ".sst" && entry.file_size() > kBytes) {
        return entry.path();
      }
    }
    ADD_FAILURE() << "no table file";
    return "";
  }

  // Where a page and its checksum lie in that file.
  [[nodiscard]] RowPlace Place(const PageRun& run, uint32_t page) const {
    const auto file = database_->OpenSegment(Family::kSharedPages, run.extent, 0,
                                             run.PageCount(kBytes) - 1, Caching::kBySystem);
    EXPECT_TRUE(file.ok() && *file != nullptr);
    return *(*file)->Find(page);
  }
};

TEST_F(RotTest, AFlippedBitFailsItsPageAndNoOther) {
  std::mt19937_64 random(test::TestSeed());
  Open();
  const std::string bytes = test::RandomBytes(kBytes, 1);
  const PageRun run = WriteExtent(bytes, kBytes);
  std::vector<RowPlace> places;
  for (uint32_t page = 0; page < run.PageCount(kBytes); ++page) {
    places.push_back(Place(run, page));
  }
  Close();
  const std::string path = PageFile();
  const std::string healthy = test::ReadWholeFile(path);
  for (int i = 0; i < 40; ++i) {
    const auto page = static_cast<uint32_t>(random() % run.PageCount(kBytes));
    const uint64_t at = places[page].offset + random() % places[page].bytes;
    std::string damaged = healthy;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (random() % 8)));
    test::WriteWholeFile(path, damaged);
    Open();
    const ExtentReader reader(database_.get(), run, kBytes, test::kCachings[i % 2]);
    BorrowedBytes out;
    const uint64_t start = run.PageStart(page);
    const Status hit = reader.Read(start + 10, 100, &out);
    EXPECT_EQ(hit.code(), Code::kCorruption);
    EXPECT_NE(hit.message().find("page " + std::to_string(page)), std::string::npos)
        << hit.message();
    EXPECT_EQ(out.size(), 0U);
    // A read across it hands out what precedes it and nothing else.
    const uint64_t before = std::min<uint64_t>(start, 50'000);
    EXPECT_EQ(reader.Read(start - before, before + 10, &out).code(), Code::kCorruption);
    EXPECT_EQ(out.ToString(), bytes.substr(start - before, before));
    out.Clear();
    if (start + run.page_size < kBytes) {
      EXPECT_TRUE(reader.Read(start + run.page_size, kBytes - start - run.page_size, &out).ok());
      EXPECT_EQ(out.ToString(), bytes.substr(start + run.page_size));
    }
    Close();
  }
}

TEST_F(RotTest, PagesThatChangedPlacesAreFound) {
  Open();
  const std::string bytes = test::RandomBytes(kBytes, 2);
  const PageRun run = WriteExtent(bytes, kBytes);
  const size_t a = Place(run, 3).offset;
  const size_t b = Place(run, 7).offset;
  Close();
  std::string file = test::ReadWholeFile(PageFile());
  const std::string page = file.substr(a, run.page_size + kPageChecksumBytes);
  file.replace(a, page.size(), file.substr(b, page.size()));
  file.replace(b, page.size(), page);
  test::WriteWholeFile(PageFile(), file);
  Open();
  for (const Caching caching : test::kCachings) {
    const ExtentReader reader(database_.get(), run, kBytes, caching);
    BorrowedBytes out;
    EXPECT_EQ(reader.Read(run.PageStart(3), 1, &out).code(), Code::kCorruption);
    EXPECT_EQ(reader.Read(run.PageStart(7), 1, &out).code(), Code::kCorruption);
    EXPECT_TRUE(reader.Read(run.PageStart(4), 1, &out).ok());
  }
}

TEST_F(RotTest, ATruncatedOrMissingFileFailsReadsAndNotTheStore) {
  for (const bool remove : {false, true}) {
    Open();
    const std::string bytes = test::RandomBytes(kBytes, 3);
    const PageRun damaged = WriteExtent(bytes, kBytes);
    Close();
    const std::string path = PageFile();
    if (remove) {
      std::filesystem::remove(path);
    } else {
      std::filesystem::resize_file(path, kBytes / 2);
    }
    ASSERT_NO_FATAL_FAILURE(Open());
    const PageRun healthy = WriteExtent(bytes, kBytes);
    for (const Caching caching : test::kCachings) {
      BorrowedBytes out;
      const ExtentReader damaged_reader(database_.get(), damaged, kBytes, caching);
      EXPECT_FALSE(damaged_reader.Read(kBytes - 100, 100, &out).ok());
      EXPECT_EQ(out.size(), 0U);
      const ExtentReader healthy_reader(database_.get(), healthy, kBytes, caching);
      ASSERT_TRUE(healthy_reader.Read(0, kBytes, &out).ok());
      EXPECT_EQ(out.ToString(), bytes);
    }
    Close();
    std::filesystem::remove_all(directory_ / "db");
  }
}

}  // namespace
}  // namespace reel

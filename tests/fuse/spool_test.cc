#include "fuse/spool.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <random>
#include <string>

#include "tests/support/temp_directory.h"
#include "tests/support/test_bytes.h"

namespace reel::mount {
namespace {

std::string ReadSpool(const Spool& spool, uint64_t offset, size_t length) {
  std::string out(length, '?');
  size_t count = 0;
  EXPECT_EQ(spool.Read(offset, out, &count), 0);
  out.resize(count);
  return out;
}

TEST(SpoolTest, HoldsWhatAStringHolds) {
  const test::TempDirectory directory;
  std::unique_ptr<Spool> spool;
  ASSERT_EQ(Spool::Create(directory.path(), &spool), 0);
  std::mt19937_64 random(test::TestSeed());
  std::string model;
  for (int i = 0; i < 300; ++i) {
    const uint64_t at = random() % 50'000;
    if (random() % 5 == 0) {
      ASSERT_EQ(spool->Resize(at), 0);
      model.resize(at);
    } else {
      const std::string bytes = test::RandomBytes(1 + random() % 9'000, random());
      ASSERT_EQ(spool->Write(at, bytes), 0);
      model.resize(std::max(model.size(), at + bytes.size()));
      model.replace(at, bytes.size(), bytes);
    }
    uint64_t size = 0;
    ASSERT_EQ(spool->Size(&size), 0);
    ASSERT_EQ(size, model.size());
  }
  ASSERT_EQ(spool->Sync(), 0);
  EXPECT_TRUE(ReadSpool(*spool, 0, model.size() + 10) == model);
  EXPECT_TRUE(ReadSpool(*spool, 123, 4'567) == model.substr(123, 4'567));
  EXPECT_EQ(ReadSpool(*spool, model.size(), 10), "");
}

TEST(SpoolTest, HasNoName) {
  const test::TempDirectory directory;
  std::unique_ptr<Spool> spool;
  ASSERT_EQ(Spool::Create(directory.path(), &spool), 0);
  ASSERT_EQ(spool->Write(0, "bytes"), 0);
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(SpoolTest, SaysWhyItCannotBeMade) {
  const test::TempDirectory directory;
  std::unique_ptr<Spool> spool;
  EXPECT_EQ(Spool::Create(directory / "missing", &spool), ENOENT);
  EXPECT_EQ(spool, nullptr);
}

}  // namespace
}  // namespace reel::mount

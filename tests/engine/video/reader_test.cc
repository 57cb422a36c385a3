#include <gtest/gtest.h>

#include <random>

#include "tests/engine/video/library_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

class ReaderTest : public test::LibraryTest {};

INSTANTIATE_TEST_SUITE_P(, ReaderTest,
                         testing::Values(test::Backend::kMemory, test::Backend::kDisk),
                         test::BackendName);

// The two faults of the specification's samples: ranges are mapped by absolute offsets, so that one
// in the middle of a video, across any boundary, gives these bytes and no others.
TEST_P(ReaderTest, EveryRangeOfASmallVideo) {
  ChunkingOptions options;
  options.size_threshold = 20;
  options.chunk_size = 7;
  Configure(options);
  const std::string bytes = test::RandomBytes(40, 1);
  ASSERT_TRUE(Put("v", bytes).ok());
  const auto reader = library_->Open("v");
  ASSERT_TRUE(reader.ok());
  BorrowedBytes out;
  for (size_t offset = 0; offset <= bytes.size() + 2; ++offset) {
    for (size_t length = 0; length <= bytes.size() + 2; ++length) {
      ASSERT_TRUE((*reader)->Borrow(offset, length, &out).ok());
      ASSERT_EQ(out.ToString(), offset < bytes.size() ? bytes.substr(offset, length) : "")
          << offset << "+" << length;
    }
  }
}

TEST_P(ReaderTest, RandomRangesOfALargeVideo) {
  std::mt19937_64 random(test::TestSeed());
  const std::string bytes = test::RandomBytes((26 << 20) + 77, 2);
  ASSERT_TRUE(Put("v", bytes).ok());
  const auto reader = library_->Open("v");
  ASSERT_TRUE(reader.ok());
  std::string buffer;
  for (int i = 0; i < 300; ++i) {
    const uint64_t offset = random() % bytes.size();
    buffer.assign(random() % (i < 20 ? 12'000'000 : 200'000), '?');
    const auto count = (*reader)->Read(offset, buffer);
    ASSERT_TRUE(count.ok());
    ASSERT_TRUE(std::string_view(buffer).substr(0, *count) ==
                std::string_view(bytes).substr(offset, buffer.size()))
        << offset << "+" << buffer.size();
  }
}

TEST_P(ReaderTest, KeepsItsGeneration) {
  const std::string first = test::RandomBytes(21 << 20, 3);
  const std::string second = test::RandomBytes(22 << 20, 4);
  ASSERT_TRUE(Put("v", first).ok());
  const auto old_reader = library_->Open("v");
  ASSERT_TRUE(Put("v", second).ok());
  EXPECT_TRUE(Get("v") == second);
  EXPECT_NE(library_->Stat("v")->generation, (*old_reader)->info().generation);
  std::string bytes(first.size(), '\0');
  ASSERT_TRUE((*old_reader)->Read(0, bytes).ok());
  EXPECT_TRUE(bytes == first);
  ASSERT_TRUE(library_->Remove("v").ok());
  ASSERT_TRUE((*old_reader)->Read(0, bytes).ok());
  EXPECT_TRUE(bytes == first);
}

// The manifest is what other readers go by; one that lies is an error, never a guess.
TEST_P(ReaderTest, AManifestThatContradictsTheRecordIsCorruption) {
  ASSERT_TRUE(test::PutChunked(*entries_, "v", std::string(100, 'x'), 30).ok());
  EXPECT_EQ(library_->Open("v").code(), Code::kCorruption);
}

}  // namespace
}  // namespace reel

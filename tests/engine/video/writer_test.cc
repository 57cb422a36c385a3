#include <gtest/gtest.h>

#include <algorithm>

#include "base/hash.h"
#include "tests/engine/video/library_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

constexpr size_t kMiB = 1 << 20;

class WriterTest : public test::LibraryTest {};

INSTANTIATE_TEST_SUITE_P(, WriterTest,
                         testing::Values(test::Backend::kMemory, test::Backend::kDisk),
                         test::BackendName);

TEST_P(WriterTest, SizesAroundEveryBoundary) {
  for (const size_t size :
       {1UL, 5 * kMiB, 20 * kMiB - 1, 20 * kMiB, 20 * kMiB + 1, 25 * kMiB + 1, 30 * kMiB}) {
    const std::string bytes = test::RandomBytes(size, size);
    for (const bool announce : {false, true}) {
      const auto stored = Put("v", bytes, {}, 700'001, announce);
      ASSERT_TRUE(stored.ok()) << stored.status().message();
      EXPECT_EQ(stored->size, size);
      EXPECT_EQ(stored->chunked, size >= 20 * kMiB);
      EXPECT_EQ(stored->chunk_count, size >= 20 * kMiB ? (size + 5 * kMiB - 1) / (5 * kMiB) : 0);
      EXPECT_EQ(stored->xxh3, HashWhole(bytes));
      EXPECT_TRUE(Get("v") == bytes) << size;
    }
  }
}

// A buffer that its owner reuses at once must not reach into what was taken from it.
TEST_P(WriterTest, TakesItsBytesBeforeAppendReturns) {
  const std::string bytes = test::RandomBytes(21 * kMiB, 1);
  const auto writer = library_->NewWriter("v", {});
  std::string buffer(300'000, '\0');
  for (size_t at = 0; at < bytes.size(); at += buffer.size()) {
    const size_t count = std::min(buffer.size(), bytes.size() - at);
    std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(at), count, buffer.begin());
    ASSERT_TRUE((*writer)->Append(std::string_view(buffer).substr(0, count)).ok());
    std::fill(buffer.begin(), buffer.end(), 'X');
  }
  ASSERT_TRUE((*writer)->Commit().ok());
  EXPECT_TRUE(Get("v") == bytes);
}

TEST_P(WriterTest, MaxChunksIsCheckedAsEarlyAsItCanBeKnown) {
  ChunkingOptions options;
  options.size_threshold = 10;
  options.chunk_size = 10;
  options.max_chunks = 3;
  Configure(options);
  ASSERT_TRUE(Put("v", std::string(30, 'x')).ok());
  EXPECT_EQ(library_->NewWriter("v", {}, 31).code(), Code::kTooLarge);
  const auto writer = library_->NewWriter("v", {});
  ASSERT_TRUE((*writer)->Append(std::string(30, 'y')).ok());
  EXPECT_EQ((*writer)->Append("z").code(), Code::kTooLarge);
  EXPECT_EQ(Get("v"), std::string(30, 'x'));
}

TEST_P(WriterTest, WithoutChunkingTheValueLimitHolds) {
  ChunkingOptions options;
  options.enabled = false;
  Configure(options);
  const std::string bytes = test::RandomBytes(25 * kMiB, 2);
  const auto stored = Put("v", bytes);
  ASSERT_TRUE(stored.ok());
  EXPECT_FALSE(stored->chunked);
  EXPECT_EQ(library_->NewWriter("v", {}, 25 * kMiB + 1).code(), Code::kTooLarge);
  EXPECT_EQ(Put("v", bytes + "x").code(), Code::kTooLarge);
  EXPECT_TRUE(Get("v") == bytes);
}

TEST_P(WriterTest, ALengthThatWasAnnouncedIsKept) {
  ASSERT_TRUE(Put("v", "old").ok());
  {
    const auto writer = library_->NewWriter("v", {}, 10);
    ASSERT_TRUE((*writer)->Append("too short").ok());
    EXPECT_EQ((*writer)->Commit().code(), Code::kInvalidArgument);
  }
  {
    const auto writer = library_->NewWriter("v", {}, 3);
    EXPECT_EQ((*writer)->Append("too long").code(), Code::kInvalidArgument);
  }
  EXPECT_EQ(Get("v"), "old");
}

TEST_P(WriterTest, RefusesBeforeWriting) {
  VideoAttributes attributes;
  attributes.ttl = 59;
  EXPECT_EQ(library_->NewWriter("v", attributes).code(), Code::kInvalidArgument);
  attributes = {};
  attributes.tags = {""};
  EXPECT_EQ(library_->NewWriter("v", attributes).code(), Code::kInvalidArgument);
  attributes.tags.assign(20, "");
  for (size_t i = 0; i < attributes.tags.size(); ++i) {
    attributes.tags[i] = std::string(60, static_cast<char>('a' + i));
  }
  EXPECT_EQ(library_->NewWriter("v", attributes).code(), Code::kTooLarge);
  const std::string long_key(506, 'k');  // legal, but _chunk_0 would not fit
  EXPECT_TRUE(library_->NewWriter(long_key, {}, 20 * kMiB - 1).ok());
  EXPECT_EQ(library_->NewWriter(long_key, {}, 20 * kMiB).code(), Code::kTooLarge);
  const auto writer = library_->NewWriter(long_key, {});
  ASSERT_TRUE((*writer)->Append(std::string(20 * kMiB - 1, 'x')).ok());
  EXPECT_EQ((*writer)->Append("x").code(), Code::kTooLarge);
}

TEST_P(WriterTest, TagsAreKeptOnceAndTimeToLiveCounts) {
  VideoAttributes attributes;
  attributes.tags = {"b", "a", "b"};
  attributes.ttl = 60;
  ASSERT_TRUE(Put("v", "bytes", attributes).ok());
  EXPECT_EQ(library_->Stat("v")->tags, (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(library_->Stat("v")->expires, entries_.clock().NowSeconds() + 60);
  entries_.clock().Advance(60);
  EXPECT_EQ(library_->Open("v").code(), Code::kNotFound);
}

TEST_P(WriterTest, RemovingSaysWhetherThereWasOne) {
  ASSERT_TRUE(Put("v", "bytes").ok());
  EXPECT_TRUE(library_->Remove("v").ok());
  EXPECT_EQ(library_->Remove("v").code(), Code::kNotFound);
}

}  // namespace
}  // namespace reel

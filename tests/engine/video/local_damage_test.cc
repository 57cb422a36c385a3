// A store on disk whose pages are damaged: the policies and the fallback, on the path that reads
// parts of chunks without copying them.
#include <gtest/gtest.h>
#include <reel/store.h>

#include "tests/engine/video/faulted_library.h"
#include "tests/support/bit_rot.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

using test::Collect;

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kChunk = 5 * kMiB;
constexpr uint64_t kSize = 26 * kMiB + 77;
constexpr uint64_t kRotten = 2 * kChunk + 3 * kMiB + 4'321;
constexpr ByteRange kChunkRange{2 * kChunk, kChunk};

class LocalDamageTest : public testing::Test {
 protected:
  LocalDamageTest() {
    Open({});
    const auto writer = library_->NewWriter("v", {});
    EXPECT_TRUE((*writer)->Append(bytes_).ok());
    EXPECT_TRUE((*writer)->Commit().ok());
    Open({});
  }

  void Open(LibraryOptions options) {
    library_.reset();
    store_.reset();
    auto store = Store::Open({.path = directory_ / "store", .create_if_missing = true});
    ASSERT_TRUE(store.ok()) << store.status().message();
    store_ = *std::move(store);
    library_.emplace(*store_->Namespace("videos", true), options);
  }

  /// Flips a bit of byte `at` of the video, where it lies in the store.
  void Damage(uint64_t at) {
    ASSERT_TRUE(test::FlipABit(directory_ / "store", std::string_view(bytes_).substr(at, 32)));
  }

  /// Zeros from somewhere before the damage to the end of its chunk, all else as it was stored.
  void ExpectFilled(std::string_view found, ByteRange asked,
                    const std::vector<FilledRange>& filled) const {
    ASSERT_EQ(filled.size(), 1U);
    EXPECT_EQ(filled[0].chunk, 2U);
    EXPECT_EQ(filled[0].why.code(), Code::kCorruption);
    const ByteRange range = filled[0].range;
    EXPECT_GE(range.offset, kChunkRange.offset);
    EXPECT_LE(range.offset, kRotten);
    EXPECT_EQ(range.offset + range.length,
              std::min(asked.offset + asked.length, kChunkRange.offset + kChunkRange.length));
    std::string expected = bytes_.substr(asked.offset, asked.length);
    expected.replace(range.offset - asked.offset, range.length, range.length, '\0');
    EXPECT_TRUE(found == expected);
  }

  static std::vector<ByteRange> Requests() {
    return {{0, kSize},
            {kRotten - 1'000, 2'000},
            {kChunkRange.offset + 5, kChunk - 10},
            {kRotten, kSize - kRotten}};
  }

  const std::string bytes_ = test::RandomBytes(kSize, 1);
  test::TempDirectory directory_;
  std::unique_ptr<Store> store_;
  std::optional<VideoLibrary> library_;
};

TEST_F(LocalDamageTest, StrictEndsBeforeTheDamage) {
  Damage(kRotten);
  const auto reader = *library_->Open("v");
  for (const ByteRange range : Requests()) {
    const auto sent = Collect(*reader, range);
    EXPECT_EQ(sent.result.end, StreamEnd::kFailed);
    EXPECT_EQ(sent.result.status.code(), Code::kCorruption);
    EXPECT_LE(range.offset + sent.bytes.size(), std::max(kRotten, range.offset));
    EXPECT_TRUE(sent.bytes == std::string_view(bytes_).substr(range.offset, sent.bytes.size()));
    BorrowedBytes lent;
    EXPECT_EQ(reader->Borrow(range.offset, range.length, &lent).code(), Code::kCorruption);
  }
  EXPECT_TRUE(Collect(*reader, {3 * kChunk, kSize - 3 * kChunk}).bytes ==
              bytes_.substr(3 * kChunk));
}

TEST_F(LocalDamageTest, DegradeFillsToTheEndOfTheChunkAndReports) {
  Damage(kRotten);
  for (const ByteRange range : Requests()) {
    const auto reader = *library_->Open("v", {.policy = FaultPolicy::kDegrade});
    const auto sent = Collect(*reader, range);
    EXPECT_EQ(sent.result.end, StreamEnd::kComplete);
    EXPECT_EQ(sent.result.error_count, 1U);
    ExpectFilled(sent.bytes, range, sent.result.filled);
    BorrowedBytes lent;
    EXPECT_TRUE(reader->Borrow(range.offset, range.length, &lent).ok());
    ExpectFilled(lent.ToString(), range, reader->filled());
    std::string copied(range.length, '?');
    EXPECT_TRUE(reader->Read(range.offset, copied).ok());
    ExpectFilled(copied, range, reader->filled());
  }
}

TEST_F(LocalDamageTest, TheFirstAndTheLastChunkAreNeverFilled) {
  for (const uint64_t at : {uint64_t{100}, kSize - 50}) {
    Damage(at);
  }
  const auto reader = *library_->Open("v", {.policy = FaultPolicy::kDegrade});
  const auto head = Collect(*reader, {0, kSize});
  EXPECT_EQ(head.result.end, StreamEnd::kFailed);
  EXPECT_EQ(head.bytes, "");
  const auto tail = Collect(*reader, {kChunk, kSize - kChunk});
  EXPECT_EQ(tail.result.end, StreamEnd::kFailed);
  EXPECT_TRUE(tail.bytes == std::string_view(bytes_).substr(kChunk, tail.bytes.size()));
  EXPECT_GE(tail.bytes.size(), 4 * kChunk);
  EXPECT_TRUE(head.result.filled.empty() && tail.result.filled.empty());
}

// What the fallback gives is put into the store: it is asked once, and never again.
TEST_F(LocalDamageTest, AFallbackHealsTheStore) {
  Damage(kRotten);
  Damage(kRotten + kMiB);
  std::atomic<int> asked = 0;
  LibraryOptions options;
  options.fallback = [&](const VideoInfo& video, uint32_t chunk, ByteRange range) {
    ++asked;
    EXPECT_EQ(video.key, "v");
    EXPECT_EQ(chunk, 2U);
    EXPECT_EQ(range, kChunkRange);
    return Result<std::string>(bytes_.substr(range.offset, range.length));
  };
  Open(options);
  {
    const auto reader = *library_->Open("v");
    const auto sent = Collect(*reader, {0, kSize});
    EXPECT_EQ(sent.result.end, StreamEnd::kComplete) << sent.result.status.message();
    EXPECT_EQ(sent.result.error_count, 0U);
    EXPECT_TRUE(sent.bytes == bytes_);
  }
  EXPECT_EQ(asked, 1);
  Open({});
  EXPECT_TRUE(Collect(**library_->Open("v"), {0, kSize}).bytes == bytes_);
}

TEST_F(LocalDamageTest, AFallbackThatLiesIsNotBelieved) {
  Damage(kRotten);
  LibraryOptions options;
  options.fallback = [&](const VideoInfo&, uint32_t, ByteRange range) {
    std::string other = bytes_.substr(range.offset, range.length);
    other[7] = static_cast<char>(other[7] ^ 1);
    return Result<std::string>(other);
  };
  Open(options);
  const auto sent = Collect(**library_->Open("v"), {kRotten, 100});
  EXPECT_EQ(sent.result.end, StreamEnd::kFailed);
  EXPECT_EQ(sent.bytes, "");
  EXPECT_NE(sent.result.status.message().find("fallback"), std::string::npos)
      << sent.result.status.message();
}

}  // namespace
}  // namespace reel

// The two sample implementations of the specification, as they stand in kv-chunking.md, against the
// same ranges as Reel's reader. Both are wrong (lessons.md, 1, 6 and 7); a test that could not tell
// would be worth nothing.
#include <gtest/gtest.h>

#include <functional>

#include "tests/engine/video/faulted_library.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

using test::Backend;

constexpr uint64_t kChunk = 1'000;
constexpr uint64_t kSize = 4'300;

std::string ChunkOf(const KvNamespace& entries, uint32_t index) {
  const auto view = entries.Open("v_chunk_" + std::to_string(index));
  const auto value = view.ok() ? (*view)->ReadAll() : Result<std::string>(view.status());
  return value.ok() ? *value : "";
}

uint64_t SizeOf(uint32_t index) {
  return std::min(kChunk, kSize - index * kChunk);
}

/// Where JavaScript's slice clamps, so does this.
std::string Slice(const std::string& bytes, uint64_t from, uint64_t to) {
  from = std::min<uint64_t>(from, bytes.size());
  to = std::min<uint64_t>(to, bytes.size());
  return from < to ? bytes.substr(from, to - from) : "";
}

using FirstSlice =
    std::function<uint64_t(uint32_t chunk, uint32_t first, uint64_t start, uint64_t position)>;

// The loop that both samples share; they differ in where they cut the first chunk.
std::string SampleLoop(const KvNamespace& entries, ByteRange range, const FirstSlice& first_slice) {
  const uint64_t start = range.offset;
  const uint64_t end = range.offset + range.length - 1;
  std::string sent;
  uint64_t processed = 0;
  uint64_t position = 0;
  const auto first = static_cast<uint32_t>(start / kChunk);
  for (uint32_t chunk = first; chunk <= end / kChunk; ++chunk) {
    const uint64_t from = first_slice(chunk, first, start, position);
    const uint64_t to = std::min(SizeOf(chunk), end - position + 1);
    sent += Slice(ChunkOf(entries, chunk), from, to);
    position += SizeOf(chunk);
    processed += to - from;
    if (processed >= range.length) {
      break;
    }
  }
  return sent;
}

// "Retrieval Process": streamChunksForRange with videoPosition from 0.
std::string RetrievalSample(const KvNamespace& entries, ByteRange range) {
  return SampleLoop(entries, range,
                    [](uint32_t chunk, uint32_t first, uint64_t start, uint64_t position) {
                      return chunk == first ? start - position : 0;
                    });
}

// "Range Request Support": cuts only chunk 0.
std::string RangeSupportSample(const KvNamespace& entries, ByteRange range) {
  return SampleLoop(entries, range, [](uint32_t chunk, uint32_t, uint64_t start, uint64_t) {
    return chunk == 0 ? start : 0;
  });
}

// "Error Resilience": a chunk that cannot be had becomes zeros, and the stream ends as if whole.
std::string ResilienceSample(const KvNamespace& entries) {
  std::string sent;
  for (uint32_t chunk = 0; chunk * kChunk < kSize; ++chunk) {
    const std::string bytes = ChunkOf(entries, chunk);
    sent += bytes.empty() ? std::string(SizeOf(chunk), '\0') : bytes;
  }
  return sent;
}

class SampleReadersTest : public testing::Test {
 protected:
  SampleReadersTest() { videos_.Put("v", bytes_); }

  /// How many ranges a reader gets wrong.
  int Wrong(const std::function<std::string(ByteRange)>& read) const {
    int wrong = 0;
    for (uint64_t offset = 0; offset < kSize; offset += 150) {
      for (const uint64_t length : {1ULL, 149ULL, 1'000ULL, 1'001ULL, 2'500ULL}) {
        const ByteRange range{offset, std::min<uint64_t>(length, kSize - offset)};
        wrong += read(range) == bytes_.substr(range.offset, range.length) ? 0 : 1;
      }
    }
    return wrong;
  }

  const std::string bytes_ = test::RandomBytes(kSize, 1);
  test::FaultedLibrary videos_{Backend::kMemory};
};

TEST_F(SampleReadersTest, BothAreWrongAndReelIsNot) {
  videos_.Open("");
  const KvNamespace& entries = videos_.faults();
  EXPECT_GT(Wrong([&](ByteRange range) { return RetrievalSample(entries, range); }), 0);
  EXPECT_GT(Wrong([&](ByteRange range) { return RangeSupportSample(entries, range); }), 0);
  const auto reader = videos_.Reader("v");
  EXPECT_EQ(Wrong([&](ByteRange range) { return test::Collect(*reader, range).bytes; }), 0);
}

// The row of the specification's diagram, and one behind it.
TEST_F(SampleReadersTest, WhereEachOfThemFails) {
  videos_.Open("");
  const KvNamespace& entries = videos_.faults();
  const ByteRange second_chunk{1'200, 300};
  const std::string expected = bytes_.substr(1'200, 300);
  EXPECT_EQ(RetrievalSample(entries, second_chunk), "") << "it takes 1,200 for an offset in it";
  EXPECT_NE(RangeSupportSample(entries, second_chunk), expected)
      << "it begins at the chunk's start";
  EXPECT_EQ(test::Collect(*videos_.Reader("v"), second_chunk).bytes, expected);
}

TEST_F(SampleReadersTest, ADamagedStreamEndsAsIfWholeAndReelsDoesNot) {
  videos_.Open(R"({"fault":"missing","chunk":2})");
  const std::string sampled = ResilienceSample(videos_.faults());
  EXPECT_EQ(sampled.size(), kSize);
  EXPECT_NE(sampled, bytes_);
  const auto sent = test::Collect(*videos_.Reader("v"), {0, kSize});
  EXPECT_EQ(sent.result.end, StreamEnd::kFailed);
  EXPECT_TRUE(sent.bytes == bytes_.substr(0, 2'000));
}

TEST_F(SampleReadersTest, AFlippedBitIsServedByTheSamplesAndNeverByReel) {
  videos_.Open(R"({"fault":"flipBit","chunk":0})");
  EXPECT_NE(RetrievalSample(videos_.faults(), {0, 900}), bytes_.substr(0, 900));
  const auto sent = test::Collect(*videos_.Reader("v"), {0, 900});
  EXPECT_EQ(sent.result.status.code(), Code::kCorruption);
  EXPECT_EQ(sent.bytes, "");
}

}  // namespace
}  // namespace reel

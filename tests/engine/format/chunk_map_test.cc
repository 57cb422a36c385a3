#include "format/chunk_map.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/support/test_bytes.h"

namespace reel {
namespace {

constexpr uint64_t kChunk = 5'242'880;

struct Case {
  std::string name;
  uint64_t size;
  uint64_t chunk_size;
  ByteRange range;
  std::vector<ChunkSlice> slices;
};

class ChunkMapTest : public testing::TestWithParam<Case> {};

TEST_P(ChunkMapTest, Slices) {
  const Case& row = GetParam();
  EXPECT_EQ(ChunkMap(row.size, row.chunk_size).Slices(row.range), row.slices);
}

INSTANTIATE_TEST_SUITE_P(
    , ChunkMapTest,
    testing::Values(
        // The specification's diagram says that this range needs chunks 0 and 1.
        Case{"TheDiagramsRange",
             10 * kChunk,
             kChunk,
             {1'000'000, 1'000'001},
             {{0, 1'000'000, 1'000'001}}},
        // One of its samples cuts the first needed chunk at `start`, as if it were chunk 0.
        Case{"InsideALaterChunk", 10 * kChunk, kChunk, {3 * kChunk + 10, 20}, {{3, 10, 20}}},
        // The other cuts no chunk but chunk 0.
        Case{"AcrossABoundary",
             10 * kChunk,
             kChunk,
             {4 * kChunk - 5, 12},
             {{3, kChunk - 5, 5}, {4, 0, 7}}},
        Case{"WholeChunksBetween", 30, 7, {6, 16}, {{0, 6, 1}, {1, 0, 7}, {2, 0, 7}, {3, 0, 1}}},
        Case{"All", 30, 10, {0, 30}, {{0, 0, 10}, {1, 0, 10}, {2, 0, 10}}},
        Case{"ExactlyOneChunk", 30, 10, {10, 10}, {{1, 0, 10}}},
        Case{"LastByteOfAChunk", 30, 10, {9, 1}, {{0, 9, 1}}},
        Case{"FirstByteOfAChunk", 30, 10, {10, 1}, {{1, 0, 1}}},
        Case{"ShortLastChunk", 23, 10, {19, 100}, {{1, 9, 1}, {2, 0, 3}}},
        Case{"LastByte", 23, 10, {22, 1}, {{2, 2, 1}}}, Case{"NoBytes", 23, 10, {5, 0}, {}},
        Case{"BehindTheEnd", 23, 10, {23, 5}, {}},
        Case{"LengthOverflows", 23, 10, {20, UINT64_MAX}, {{2, 0, 3}}},
        Case{"Single", 23, 23, {3, 4}, {{0, 3, 4}}}, Case{"Empty", 0, 0, {0, 4}, {}}),
    [](const auto& row) { return row.param.name; });

TEST(ChunkMap, FirstAndLastChunkAreCritical) {
  const ChunkMap map(31, 10);
  EXPECT_EQ(map.count(), 4U);
  EXPECT_TRUE(map.IsCritical(0));
  EXPECT_FALSE(map.IsCritical(1));
  EXPECT_FALSE(map.IsCritical(2));
  EXPECT_TRUE(map.IsCritical(3));
  EXPECT_TRUE(ChunkMap(9, 9).IsCritical(0));
}

/// The bytes of a video, each of which knows its chunk and where it stands in it.
struct Model {
  Model(uint64_t size, uint64_t chunk_size) {
    for (uint64_t at = 0; at < size; ++at) {
      const bool begins = at == 0 || bytes.back().second + 1 == chunk_size;
      bytes.emplace_back(begins ? (at == 0 ? 0 : bytes.back().first + 1) : bytes.back().first,
                         begins ? 0 : bytes.back().second + 1);
    }
  }
  std::vector<std::pair<uint32_t, uint64_t>> bytes;
};

TEST(ChunkMap, SlicesAreTheBytesOfTheRange) {
  std::mt19937_64 random(test::TestSeed());
  for (int i = 0; i < 3000; ++i) {
    const uint64_t size = random() % 400;
    const uint64_t chunk_size = random() % 60 + 1;
    const ChunkMap map(size, chunk_size);
    const Model model(size, chunk_size);
    const ByteRange range{random() % 420, random() % 420};
    std::vector<std::pair<uint32_t, uint64_t>> expected;
    for (uint64_t at = range.offset; at < std::min(size, range.offset + range.length); ++at) {
      expected.push_back(model.bytes[at]);
    }
    std::vector<std::pair<uint32_t, uint64_t>> mapped;
    uint32_t slices = 0;
    for (const ChunkSlice& slice : map.Slices(range)) {
      ASSERT_GT(slice.length, 0U);
      ASSERT_TRUE(mapped.empty() || mapped.back().first < slice.chunk) << "a chunk came twice";
      for (uint64_t at = 0; at < slice.length; ++at) {
        mapped.emplace_back(slice.chunk, slice.offset + at);
      }
      ++slices;
    }
    ASSERT_EQ(mapped, expected) << size << " in chunks of " << chunk_size << ": " << range.offset
                                << "+" << range.length;
    ASSERT_EQ(map.count(), model.bytes.empty() ? 0 : model.bytes.back().first + 1);
  }
}

}  // namespace
}  // namespace reel

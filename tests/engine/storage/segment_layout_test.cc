#include "storage/segment_layout.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/test_bytes.h"

namespace reel {
namespace {

// What is recorded of a file tells where each of its rows lies, and of nothing else.
TEST(SegmentLayout, TellsWhatWasRecorded) {
  std::mt19937_64 random(test::TestSeed());
  struct Row {
    uint64_t extent;
    uint32_t page;
    uint32_t bytes;
    uint64_t block;
  };
  for (int round = 0; round < 100; ++round) {
    LayoutRecorder recorder;
    std::vector<Row> rows;
    uint64_t block = 0;
    for (uint64_t extent = 5; extent < 5 + random() % 6; ++extent) {
      const uint32_t first = random() % 2 == 0 ? 0 : 16'384;
      const bool varies = random() % 2 == 0;
      for (uint32_t page = first; page < first + random() % 40 + 1; ++page) {
        const auto bytes = static_cast<uint32_t>(varies ? 8 + random() % 16'384 : 16'392);
        recorder.Add(extent, page, bytes, block);
        rows.push_back({extent, page, bytes, block});
        block += 1 + 1 + (bytes < 0x80 ? 1 : bytes < 0x4000 ? 2 : 3) + 20 + bytes + 13;
      }
    }
    const std::string recorded = recorder.Encode();
    uint64_t bytes_of_shares = 0;
    const auto shares = DecodeExtents(recorded);
    ASSERT_TRUE(shares);
    for (const ExtentShare& share : *shares) {
      bytes_of_shares += share.bytes;
    }
    EXPECT_EQ(bytes_of_shares, block);
    for (const Row& row : rows) {
      const auto layout = DecodeLayout(recorded, row.extent);
      ASSERT_TRUE(layout);
      const auto place = layout->Find(row.page);
      ASSERT_TRUE(place);
      EXPECT_EQ(place->bytes, row.bytes);
      EXPECT_EQ(place->offset + place->bytes + 13,
                &row == &rows.back() ? block : (&row + 1)->block);
      EXPECT_FALSE(layout->Find(UINT32_MAX));
      EXPECT_FALSE(layout->Find(9'999));
    }
    EXPECT_FALSE(DecodeLayout(recorded, 4));
  }
}

TEST(SegmentLayout, ADamagedRecordTellsNothing) {
  EXPECT_FALSE(DecodeLayout("", 1));
  LayoutRecorder recorder;
  for (uint32_t page = 0; page < 300; ++page) {
    recorder.Add(1, page, 100 + page, page * 1000);
  }
  const std::string recorded = recorder.Encode();
  for (size_t length = 1; length < recorded.size(); ++length) {
    EXPECT_FALSE(DecodeLayout(std::string_view(recorded).substr(0, length), 1)) << length;
  }
  std::mt19937_64 random(test::TestSeed());
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = recorded;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    static_cast<void>(DecodeLayout(damaged, 1));
    static_cast<void>(DecodeExtents(damaged));
  }
}

}  // namespace
}  // namespace reel

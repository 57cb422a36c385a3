#include "storage/segment_layout.h"

#include <gtest/gtest.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>

#include <random>

#include "base/coding.h"
#include "format/row_key.h"
#include "tests/support/temp_directory.h"
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

// Its rows would overlap, or end before they begin: whoever read a run of them would ask for a
// negative number of bytes.
TEST(SegmentLayout, AnImpossibleRecordTellsNothing) {
  struct Stretch {
    uint64_t first_page;
    uint64_t block_offset;
    uint64_t row_bytes;
    uint64_t pages;
  };
  const struct {
    const char* name;
    std::vector<Stretch> stretches;
  } kCases[] = {
      {"rows of 4 GiB", {{0, 0, UINT32_MAX, 3}}},
      {"rows of more", {{0, 0, uint64_t{UINT32_MAX} + 100, 3}}},
      {"pages wrap around", {{UINT32_MAX, 0, 100, 3}}},
      {"more pages than 32 bits number", {{0, 0, 100, uint64_t{UINT32_MAX} + 4}}},
      {"the file wraps around", {{0, UINT64_MAX - 150, 100, 3}}},
      {"the second part lies before the first", {{0, 5000, 100, 3}, {3, 0, 100, 3}}},
      {"the second part lies in the first", {{0, 0, 100, 3}, {3, 300, 100, 3}}},
  };
  for (const auto& c : kCases) {
    std::string recorded;
    for (const Stretch& stretch : c.stretches) {
      for (const uint64_t number : {uint64_t{7}, stretch.first_page, stretch.block_offset,
                                    uint64_t{1}, stretch.row_bytes, stretch.pages}) {
        PutVarint(&recorded, number);
      }
    }
    EXPECT_FALSE(DecodeLayout(recorded, 7)) << c.name;
  }
}

// Of the tables that are written now, and of those that were before.
TEST(SegmentLayout, ABlockFitsTheChecksumThatRocksDbGaveIt) {
  const test::TempDirectory directory;
  for (const auto checksum : {rocksdb::kXXH3, rocksdb::kxxHash64}) {
    SCOPED_TRACE(checksum);
    rocksdb::BlockBasedTableOptions table;
    table.checksum = checksum;
    table.format_version = 5;
    table.block_size = 1;
    rocksdb::Options options;
    options.compression = rocksdb::kNoCompression;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), options);
    const std::string path = directory / std::to_string(checksum) + ".sst";
    ASSERT_TRUE(writer.Open(path).ok());
    const std::string value = test::RandomBytes(5000, checksum);
    ASSERT_TRUE(writer.Put(PageRowKey(7, 0), value).ok());
    ASSERT_TRUE(writer.Finish().ok());
    std::string block = test::ReadWholeFile(path).substr(0, BlockOf({0, 5000}).bytes);
    ASSERT_NE(block.find(value), std::string::npos);
    EXPECT_TRUE(FitsBlockChecksum(block));
    for (size_t at = 0; at < block.size(); at += at < 40 || at > block.size() - 40 ? 1 : 7) {
      block[at] = static_cast<char>(block[at] ^ 0x10);
      EXPECT_FALSE(FitsBlockChecksum(block)) << at;
      block[at] = static_cast<char>(block[at] ^ 0x10);
    }
    for (const size_t left : {0, 1, 4, 5}) {
      EXPECT_FALSE(FitsBlockChecksum(std::string_view(block).substr(0, left))) << left;
    }
  }
}

}  // namespace
}  // namespace reel

// Fuzzes the layout of table files, both ways. An input is what a table file may say of itself, and
// also rows that are recorded: for each a byte of what changes, and a byte of its length.
#include <algorithm>

#include "storage/segment_layout.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/require.h"

namespace reel {
namespace {

struct Row {
  uint64_t extent = 0;
  uint32_t page = 0;
  uint32_t bytes = 0;
  uint64_t block_offset = 0;
};

// Bytes of a block beside its row: docs/format.md.
uint64_t BlockBytes(uint32_t row_bytes) {
  const uint64_t length_bytes = row_bytes < 1U << 7U ? 1 : row_bytes < 1U << 14U ? 2 : 3;
  return 1 + 1 + length_bytes + 20 + row_bytes + 8 + 5;
}

std::vector<Row> RowsOf(FuzzInput input) {
  std::vector<Row> rows;
  Row row;
  while (!input.rest().empty()) {
    const uint8_t change = input.Byte();
    const uint8_t length = input.Byte();
    // Mostly the next page of the same extent, with the same length.
    if (change >= 0xF0) {
      row.extent += 1 + (change & 7U);
      row.page = change & 8U;
    }
    if (length >= 0x80) {
      row.bytes = 1 + (uint32_t{length} & 0x7F) * 521;
    }
    rows.push_back(row);
    row.block_offset += BlockBytes(row.bytes);
    ++row.page;
  }
  return rows;
}

// Where each row lies is found again, and nothing else.
void CheckRecorded(const std::vector<Row>& rows) {
  LayoutRecorder recorder;
  for (const Row& row : rows) {
    recorder.Add(row.extent, row.page, row.bytes, row.block_offset);
  }
  const std::string recorded = recorder.Encode();
  const auto shares = DecodeExtents(recorded);
  REEL_REQUIRE(shares);
  uint64_t bytes = 0;
  for (const ExtentShare& share : *shares) {
    bytes += share.bytes;
  }
  REEL_REQUIRE(rows.empty() ? bytes == 0
                            : bytes == rows.back().block_offset + BlockBytes(rows.back().bytes));
  std::optional<ExtentLayout> layout;
  for (size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    if (i == 0 || rows[i - 1].extent != row.extent) {
      layout = DecodeLayout(recorded, row.extent);
      REEL_REQUIRE(layout);
      REEL_REQUIRE(row.page == 0 || !layout->Find(row.page - 1));
    }
    const auto place = layout->Find(row.page);
    REEL_REQUIRE(place && place->bytes == row.bytes);
    // The row ends where what RocksDB puts behind it begins.
    REEL_REQUIRE(place->offset + row.bytes + 8 + 5 == row.block_offset + BlockBytes(row.bytes));
    const bool last = i + 1 == rows.size() || rows[i + 1].extent != row.extent;
    REEL_REQUIRE(!last || !layout->Find(row.page + 1));
  }
}

// Of what is found, rows that follow each other do not overlap.
void CheckPlaces(const ExtentLayout& layout) {
  constexpr uint32_t kPages = 64;
  std::optional<RowPlace> before;
  for (uint32_t page = 0; page < kPages; ++page) {
    const auto place = layout.Find(page);
    if (place && before) {
      REEL_REQUIRE(place->offset >= before->offset + before->bytes);
    }
    before = place;
  }
}

void CheckDecoded(std::string_view recorded) {
  const auto shares = DecodeExtents(recorded);
  if (!shares) {
    REEL_REQUIRE(!DecodeLayout(recorded, 1));
    return;
  }
  for (const ExtentShare& share : *shares) {
    if (const auto layout = DecodeLayout(recorded, share.extent)) {
      CheckPlaces(*layout);
    }
  }
}

}  // namespace
}  // namespace reel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // All is decoded anew for each extent in it.
  constexpr size_t kInputBytesMax = 400;
  const reel::FuzzInput input(data, std::min(size, kInputBytesMax));
  reel::CheckRecorded(reel::RowsOf(input));
  reel::CheckDecoded(input.rest());
  return 0;
}

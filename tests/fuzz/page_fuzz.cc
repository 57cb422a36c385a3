// Fuzzes pages and their compression. An input is a byte of choices, two of the page's length, and
// the row of the page without its checksum.
#include <vector>

#include "base/coding.h"
#include "base/compression.h"
#include "base/hash.h"
#include "storage/page_row.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/require.h"

namespace reel {
namespace {

constexpr uint32_t kPageSize = 4096;

void CheckCompression(std::string_view bytes) {
  std::string frame;
  if (!Compress(bytes, &frame)) {
    return;
  }
  REEL_REQUIRE(frame.size() <= bytes.size() - bytes.size() / 8);
  std::vector<char> out(bytes.size() + 1);
  REEL_REQUIRE(Decompress(frame, out.data(), bytes.size()));
  REEL_REQUIRE(std::string_view(out.data(), bytes.size()) == bytes);
  REEL_REQUIRE(!Decompress(frame, out.data(), bytes.size() + 1));
  REEL_REQUIRE(!Decompress(frame, out.data(), bytes.size() - 1));
}

// The page's row as it is, or with the checksum that it should have.
std::string RowOf(std::string_view stored, bool sealed, const PageRun& run) {
  std::string row(stored);
  if (sealed) {
    PutFixed64(&row, Hash64(stored, PageSeed(run.extent, run.first_page)));
  }
  return row;
}

// The bytes that the row stands for; nothing if it is damaged.
std::optional<std::string> Meaning(std::string_view stored, bool sealed, Encoding encoding,
                                   uint32_t page_bytes) {
  if (!sealed) {
    return std::nullopt;
  }
  if (stored.size() == page_bytes) {
    return std::string(stored);
  }
  std::string bytes(page_bytes, '\0');
  const bool compressed = encoding == Encoding::kZstd && stored.size() < page_bytes &&
                          Decompress(stored, bytes.data(), page_bytes);
  return compressed ? std::optional(bytes) : std::nullopt;
}

void CheckPage(FuzzInput input) {
  const uint8_t choices = input.Byte();
  const uint32_t page_bytes = 1 + (input.Byte() * 256U + input.Byte()) % kPageSize;
  const bool sealed = (choices & 1U) != 0;
  PageRun run{.extent = 7, .first_page = 3, .page_size = kPageSize, .stride = kPageSize};
  run.encoding = (choices & 2U) != 0 ? Encoding::kZstd : Encoding::kRaw;
  const std::string row = RowOf(input.rest(), sealed, run);
  const auto meaning = Meaning(input.rest(), sealed, run.encoding, page_bytes);
  BorrowedBytes memory;
  REEL_REQUIRE(DecodePageRow(run, page_bytes, run.first_page, row, &memory) == meaning);
  // At another place it is damaged, whatever it is.
  ++run.extent;
  REEL_REQUIRE(!DecodePageRow(run, page_bytes, run.first_page, row, &memory));
}

}  // namespace
}  // namespace reel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const reel::FuzzInput input(data, size);
  reel::CheckCompression(input.rest());
  reel::CheckPage(input);
  return 0;
}

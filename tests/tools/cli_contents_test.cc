// What goes in comes out, byte by byte, at every size that is cut differently.
#include <xxhash.h>

#include <array>
#include <cstdio>

#include "tests/support/test_bytes.h"
#include "tests/tools/cli_fixture.h"

namespace reel::test {
namespace {

std::string Xxh3Of(const std::string& bytes) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  std::string hex;
  for (const unsigned char byte : canonical.digest) {
    std::array<char, 3> digits{};
    std::snprintf(digits.data(), digits.size(), "%02x", byte);
    hex += digits.data();
  }
  return hex;
}

struct Range {
  std::string text;
  size_t first;
  size_t length;
};

// Ranges at the ends of a video and around the ends of chunks, pages and copied blocks.
std::vector<Range> RangesOf(size_t size) {
  std::vector<Range> ranges = {
      {"0-0", 0, 1},
      {"-1", size - 1, 1},
      {"-" + std::to_string(size + 7), 0, size},
      {std::to_string(size - 1) + "-" + std::to_string(size + 99), size - 1, 1}};
  for (const size_t edge : {kMiB, 5 * kMiB, 20 * kMiB, 25 * kMiB}) {
    if (edge + 2 <= size) {
      ranges.push_back({std::to_string(edge - 1) + "-" + std::to_string(edge), edge - 1, 2});
    }
  }
  if (size > 12 * kMiB) {
    const size_t first = 3 * kMiB + 17;
    ranges.push_back(
        {std::to_string(first) + "-" + std::to_string(size - 2), first, size - 1 - first});
  }
  return ranges;
}

class CliContentsTest : public CliTest, public ::testing::WithParamInterface<size_t> {};

TEST_P(CliContentsTest, PutAndGet) {
  const size_t size = GetParam();
  const std::string bytes = RandomBytes(size, 11);
  const std::string file = File("v.mp4", bytes);
  const size_t chunks = size < 20 * kMiB ? 0 : (size + 5 * kMiB - 1) / (5 * kMiB);
  const std::string rest = "\",\"size\":" + std::to_string(size) +
                           ",\"chunkCount\":" + std::to_string(chunks) + ",\"xxh3\":\"" +
                           Xxh3Of(bytes) + "\"}\n";

  EXPECT_EQ(Out({"put", file, "--json"}), "{\"key\":\"video:v.mp4" + rest);
  ExpectSameBytes(Out({"get", "video:v.mp4"}), bytes);
  EXPECT_EQ(Out({"get", "video:v.mp4", "-o", directory_ / "out"}), "");
  ExpectSameBytes(ReadWholeFile(directory_ / "out"), bytes);
  for (const Range& range : RangesOf(size)) {
    SCOPED_TRACE(range.text);
    ExpectSameBytes(Out({"get", "video:v.mp4", "--range", range.text}),
                    std::string_view(bytes).substr(range.first, range.length));
  }

  ProcessOptions options = Command({"put", "-", "--key", "video:stdin.mp4", "--json"});
  options.feed = true;
  Process process(options);
  EXPECT_TRUE(process.WriteInput(bytes));
  const Outcome outcome = process.Wait();
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out, "{\"key\":\"video:stdin.mp4" + rest);
  ExpectSameBytes(Out({"get", "video:stdin.mp4"}), bytes);
}

INSTANTIATE_TEST_SUITE_P(Sizes, CliContentsTest,
                         ::testing::Values(1, 20 * kMiB - 1, 20 * kMiB, 25 * kMiB + 1, 30 * kMiB));

}  // namespace
}  // namespace reel::test

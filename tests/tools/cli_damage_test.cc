// A byte that rots in the store never leaves it.
#include <filesystem>
#include <fstream>

#include "tests/support/test_bytes.h"
#include "tests/tools/cli_fixture.h"

namespace reel::test {
namespace {

namespace fs = std::filesystem;

// Flips a bit of the bytes `needle` where they lie in the store; false if they are not found.
bool FlipABit(const std::string& store, const std::string& needle) {
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(store)) {
    if (entry.path().extension() == ".sst") {
      const size_t at = ReadWholeFile(entry.path()).find(needle);
      if (at != std::string::npos) {
        std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(at));
        file.put(static_cast<char>(needle[0] ^ 1));
        return file.good();
      }
    }
  }
  return false;
}

TEST_F(CliTest, ADamagedPageEndsGetWithAnError) {
  const size_t rotten = 17 * kMiB + 4321;
  const std::string bytes = RandomBytes(26 * kMiB, 12);
  ASSERT_EQ(Out({"put", File("v", bytes)}), "");
  ASSERT_TRUE(FlipABit(store_, bytes.substr(rotten, 64)));

  const Outcome outcome = Reel({"get", "video:v"});
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_NE(outcome.err.find("reel: get video:v: "), std::string::npos) << outcome.err;
  ASSERT_LE(outcome.out.size(), rotten);
  ExpectSameBytes(outcome.out, std::string_view(bytes).substr(0, outcome.out.size()));

  const std::string target = File("target", "precious");
  ExpectRefused(Reel({"get", "video:v", "-o", target}), 1, "video:v");
  EXPECT_EQ(ReadWholeFile(target), "precious");
  ExpectRefused(
      Reel({"get", "video:v", "--range", std::to_string(rotten) + "-" + std::to_string(rotten)}), 1,
      "video:v");

  // The same bytes as entries.
  const std::string chunk = "video:v_chunk_" + std::to_string(rotten / (5 * kMiB));
  ExpectRefused(Reel({"kv", "get", chunk, "-o", target}), 1, "reel: kv get " + chunk);
  ExpectRefused(Reel({"kv", "bulk", "dump", "-o", target}), 1, "reel: kv bulk dump: " + chunk);
  ExpectRefused(Reel({"kv", "bulk", "get", File("keys.json", "[\"" + chunk + "\"]"), "-o", target}),
                1, chunk);
  EXPECT_EQ(ReadWholeFile(target), "precious");

  // The rest of the video is as good as before, and so are the others.
  ExpectSameBytes(Out({"get", "video:v", "--range", "0-1048575"}),
                  std::string_view(bytes).substr(0, kMiB));
  ASSERT_EQ(Out({"put", directory_ / "v", "--key", "video:w"}), "");
  ExpectSameBytes(Out({"get", "video:w"}), bytes);
}

}  // namespace
}  // namespace reel::test

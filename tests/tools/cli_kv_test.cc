// reel kv get, put, list and delete: the entries of a namespace as they are.
#include <algorithm>
#include <ctime>
#include <filesystem>
#include <regex>

#include "tests/support/test_bytes.h"
#include "tests/tools/cli_fixture.h"

namespace reel::test {
namespace {

namespace fs = std::filesystem;

class CliKvTest : public CliTest {
 protected:
  void Put(const std::string& key, const std::string& value,
           const std::vector<std::string>& flags = {}) {
    std::vector<std::string> all = {"kv", "put", key, File("value", value)};
    all.insert(all.end(), flags.begin(), flags.end());
    EXPECT_EQ(Out(all), "");
  }

  [[nodiscard]] std::string Get(const std::string& key) const { return Out({"kv", "get", key}); }

  [[nodiscard]] std::string PutInput(const std::string& key, const std::string& value) const {
    ProcessOptions options = Command({"kv", "put", key, "-"});
    options.feed = true;
    Process process(options);
    process.WriteInput(value);
    process.CloseInput();
    const Outcome outcome = process.Wait();
    EXPECT_EQ(outcome.exit_status, 0);
    return outcome.out + outcome.err;
  }
};

TEST_F(CliKvTest, ValuesComeBackAsTheyWere) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"text", "bytes of a value"},
      {"empty", ""},
      {"binary", std::string("\0\xff\n\r\0", 5)},
      {"large", RandomBytes(3 * kMiB + 1, 1)},
      {"largest", RandomBytes(25 * kMiB, 2)},
      {"日本/a b%2F", "x"},
      {std::string(512, 'k'), "y"},
  };
  for (const auto& [key, value] : cases) {
    SCOPED_TRACE(key);
    Put(key, value);
    ExpectSameBytes(Get(key), value);
    EXPECT_EQ(Out({"kv", "get", key, "-o", directory_ / "out"}), "");
    ExpectSameBytes(ReadWholeFile(directory_ / "out"), value);
  }
  EXPECT_EQ(PutInput("input", cases[3].second), "");
  ExpectSameBytes(Get("input"), cases[3].second);
  EXPECT_EQ(PutInput("input", ""), "");
  EXPECT_EQ(Get("input"), "");
}

TEST_F(CliKvTest, AnOverwriteReplacesAllThatWasThere) {
  Put("k", "old", {"--metadata", R"({"a": 1})", "--ttl", "1h"});
  Put("k", "new");
  EXPECT_EQ(Get("k"), "new");
  EXPECT_EQ(Out({"kv", "list", "--json"}), "{\"name\":\"k\"}\n");
}

TEST_F(CliKvTest, MetadataOfAnyKind) {
  const std::string longest = '"' + std::string(1022, 'm') + '"';
  for (const std::string& metadata :
       {std::string(R"({"a":[1,2.5,null,true],"ü":"\u0001"})"), std::string("\"text\""),
        std::string("17"), std::string("[]"), longest}) {
    Put("k", "v", {"--metadata", metadata});
    EXPECT_EQ(Out({"kv", "list", "--json"}), R"({"name":"k","metadata":)" + metadata + "}\n");
  }
}

TEST_F(CliKvTest, Expiration) {
  const int64_t now = std::time(nullptr);
  const auto expiration_of = [&](const std::string& key) -> int64_t {
    const std::string row = Out({"kv", "list", "--json", "--prefix", key});
    std::smatch found;
    const std::regex expected("\\{\"name\":\"" + key + "\",\"expiration\":(\\d+)\\}\n");
    EXPECT_TRUE(std::regex_match(row, found, expected)) << row;
    return found.empty() ? 0 : std::stoll(found[1]);
  };
  Put("absolute", "v", {"--expiration", std::to_string(now + 1000)});
  EXPECT_EQ(expiration_of("absolute"), now + 1000);
  Put("relative", "v", {"--ttl", "2h"});
  EXPECT_GE(expiration_of("relative"), now + 7200);
  EXPECT_LE(expiration_of("relative"), std::time(nullptr) + 7200);
  Put("both", "v", {"--ttl", "2h", "--expiration", std::to_string(now + 1000)});
  EXPECT_GE(expiration_of("both"), now + 7200);
}

TEST_F(CliKvTest, Limits) {
  StoreSentinel();
  const std::string file = File("v", "bytes");
  const std::string large = File("large", RandomBytes(25 * kMiB + 1, 3));
  struct Case {
    std::vector<std::string> arguments;
    int exit_status;
    std::string words;
  };
  const std::vector<Case> cases = {
      {{std::string(513, 'k'), file}, 2, "513"},
      {{"", file}, 2, ""},
      {{".", file}, 2, ""},
      {{"..", file}, 2, ""},
      {{"\xff", file}, 2, "\\xff"},
      {{"k", large}, 1, "26214401"},
      {{"k", file, "--metadata", '"' + std::string(1023, 'm') + '"'}, 2, "1025"},
      {{"k", file, "--metadata", "{\"a\":"}, 2, "metadata"},
      {{"k", file, "--metadata", ""}, 2, "metadata"},
      {{"k", file, "--metadata", "{} {}"}, 2, "metadata"},
      {{"k", file, "--ttl", "59"}, 2, "--ttl"},
      {{"k", file, "--ttl", "0"}, 2, "--ttl"},
      {{"k", file, "--expiration", std::to_string(std::time(nullptr) + 30)}, 2, "60"},
      {{"k", file, "--expiration", "1"}, 2, ""},
      {{"k", file, "--expiration", "soon"}, 2, "--expiration"},
      {{"k", file, "--expiration", "99999999999999999999"}, 2, "--expiration"},
      {{"k", file, "--expiration", "18446744073709551615"}, 2, ""},
      {{"k", directory_ / "missing"}, 1, "missing"},
      {{"k", directory_.path()}, 1, "directory"},
  };
  for (const Case& test : cases) {
    std::vector<std::string> arguments = {"kv", "put"};
    arguments.insert(arguments.end(), test.arguments.begin(), test.arguments.end());
    SCOPED_TRACE(::testing::PrintToString(arguments).substr(0, 200));
    ExpectRefused(Reel(arguments), test.exit_status, test.words);
    arguments[2] = "video:sentinel";  // what is there stays
    if (test.arguments[0] == "k") {
      ExpectRefused(Reel(arguments), test.exit_status, test.words);
    }
    EXPECT_EQ(Out({"kv", "list"}), "video:sentinel\n");
  }
  ExpectIntact();
}

TEST_F(CliKvTest, AStreamThatIsTooLargeIsNotReadToItsEnd) {
  ProcessOptions options = Command({"kv", "put", "k", "-"});
  options.input = "/dev/zero";
  ExpectRefused(Process(options).Wait(), 1, "reel: kv put k: the value has ");
  EXPECT_EQ(Out({"kv", "list"}), "");
}

TEST_F(CliKvTest, ARefusedSettingCreatesNoStore) {
  const std::string file = File("v", "bytes");
  ExpectRefused(Reel({"kv", "put", "k", file, "--metadata", "{"}), 2, "metadata");
  ExpectRefused(Reel({"kv", "put", "k", directory_ / "missing"}), 1, "missing");
  ExpectRefused(Reel({"kv", "list"}), 1, store_);
  EXPECT_FALSE(fs::exists(store_));
}

TEST_F(CliKvTest, NotFound) {
  Put("k", "v");
  ExpectRefused(Reel({"kv", "get", "missing"}), 1, "reel: kv get missing: ");
  const std::string target = File("target", "precious");
  ExpectRefused(Reel({"kv", "get", "missing", "-o", target}), 1, "missing");
  EXPECT_EQ(ReadWholeFile(target), "precious");
  ExpectRefused(Reel({"kv", "get", "\x1b[2J\n"}), 1, "kv get \\x1b[2J\\n: ");
  ExpectRefused(Reel({"kv", "get", ""}), 2, "");
  ExpectRefused(Reel({"kv", "list", "--namespace", "none"}), 1, "\"none\"");
}

TEST_F(CliKvTest, DeleteIsIdempotent) {
  Put("a", "1");
  Put("b", "2");
  Put("c", "3");
  EXPECT_EQ(Out({"kv", "delete", "a", "missing", "c", "a"}), "");
  EXPECT_EQ(Out({"kv", "list"}), "b\n");
  EXPECT_EQ(Out({"kv", "delete", "a"}), "");
  ExpectRefused(Reel({"kv", "delete", "b", ""}), 2, "");
  EXPECT_EQ(Out({"kv", "list"}), "b\n");
}

TEST_F(CliKvTest, ALineIsOneKey) {
  Put("a\nb\x1b[2J", "v");
  Put("c", "v");
  EXPECT_EQ(Out({"kv", "list"}), "a\\nb\\x1b[2J\nc\n");
  EXPECT_EQ(Out({"kv", "list", "--json"}), "{\"name\":\"a\\nb\\u001b[2J\"}\n{\"name\":\"c\"}\n");
}

TEST_F(CliKvTest, PrefixAndLimit) {
  for (const char* key : {"a:1", "a:2", "b", "A:1", "ä"}) {
    Put(key, "v");
  }
  EXPECT_EQ(Out({"kv", "list"}), "A:1\na:1\na:2\nb\nä\n");
  EXPECT_EQ(Out({"kv", "list", "--prefix", "a:"}), "a:1\na:2\n");
  EXPECT_EQ(Out({"kv", "list", "--prefix", "\xc3"}), "ä\n");
  EXPECT_EQ(Out({"kv", "list", "--prefix", "z"}), "");
  EXPECT_EQ(Out({"kv", "list", "--limit", "2"}), "A:1\na:1\n");
  EXPECT_EQ(Out({"kv", "list", "--limit", "1", "--prefix=a"}), "a:1\n");
}

constexpr const char* kManifest =
    R"({"totalSize":22020097,"chunkCount":5,)"
    R"("actualChunkSizes":[5242880,5242880,5242880,5242880,1048577],)"
    R"("standardChunkSize":5242880,"originalContentType":"video/mp4"})";

// The caller's, then those derived from the key.
constexpr const char* kTags = R"(["x","y","video-path:v.mp4","video-mode:video"])";

// Manifest and chunks are entries as kv-chunking has them.
TEST_F(CliKvTest, AChunkedVideo) {
  const std::string bytes = RandomBytes(21 * kMiB + 1, 4);
  EXPECT_EQ(Out({"put", File("v.mp4", bytes), "--tag", "x", "--tag", "y"}), "");
  EXPECT_EQ(Get("video:v.mp4"), kManifest);
  std::string keys = "video:v.mp4\n";
  std::string rows = R"({"name":"video:v.mp4","metadata":{"sourcePath":"v.mp4","cacheTags":)" +
                     std::string(kTags) + R"(,"contentType":"application/json","contentLength":)" +
                     std::to_string(std::string(kManifest).size()) + R"(,"isChunked":true}})" +
                     "\n";
  for (size_t i = 0; i < 5; ++i) {
    const std::string key = "video:v.mp4_chunk_" + std::to_string(i);
    const std::string chunk = bytes.substr(i * 5 * kMiB, 5 * kMiB);
    ExpectSameBytes(Get(key), chunk);
    keys += key + "\n";
    rows += R"({"name":")" + key + R"(","metadata":{"parentKey":"video:v.mp4","chunkIndex":)" +
            std::to_string(i) + R"(,"cacheTags":)" + kTags + R"(,"contentLength":)" +
            std::to_string(chunk.size()) + "}}\n";
  }
  EXPECT_EQ(Out({"kv", "list"}), keys);
  EXPECT_EQ(Out({"kv", "list", "--json"}), rows);
  EXPECT_EQ(Out({"kv", "list", "--prefix", "video:v.mp4_chunk_3"}), "video:v.mp4_chunk_3\n");

  // A chunk is part of its video.
  ExpectRefused(Reel({"kv", "delete", "video:v.mp4_chunk_2"}), 1, "\"video:v.mp4\"");
  ExpectRefused(Reel({"kv", "put", "video:v.mp4_chunk_2", File("x", "x")}), 1, "\"video:v.mp4\"");
  ExpectSameBytes(Out({"get", "video:v.mp4"}), bytes);
  EXPECT_EQ(Out({"kv", "delete", "video:v.mp4"}), "");
  EXPECT_EQ(Out({"kv", "list"}), "");
}

TEST_F(CliKvTest, PartsExpireTogether) {
  EXPECT_EQ(Out({"put", File("v", RandomBytes(21 * kMiB, 5)), "--ttl", "1h"}), "");
  std::istringstream rows(Out({"kv", "list", "--json"}));
  std::string first;
  int count = 0;
  for (std::string row; std::getline(rows, row); ++count) {
    const size_t at = row.find("\"expiration\":");
    ASSERT_NE(at, std::string::npos) << row;
    const std::string expiration = row.substr(at, row.find(',', at) - at);
    first = count == 0 ? expiration : first;
    EXPECT_EQ(expiration, first);
  }
  EXPECT_EQ(count, 6);
}

TEST_F(CliKvTest, AnOverwriteOfAVideoTakesItsChunks) {
  EXPECT_EQ(Out({"put", File("v", RandomBytes(21 * kMiB, 6))}), "");
  Put("video:v", "small");
  EXPECT_EQ(Out({"kv", "list"}), "video:v\n");
  EXPECT_EQ(Get("video:v"), "small");
}

}  // namespace
}  // namespace reel::test

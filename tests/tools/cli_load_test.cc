// Dumps that are loaded: the videos in them are videos again.
#include <algorithm>
#include <ctime>
#include <random>
#include <regex>

#include "tests/support/test_bytes.h"
#include "tests/tools/cli_fixture.h"

namespace reel::test {
namespace {

class CliLoadTest : public CliTest {
 protected:
  // With chunks that are small enough for many to be in one batch.
  [[nodiscard]] std::vector<std::string> Put(const std::string& name, const std::string& bytes,
                                             std::vector<std::string> flags = {}) const {
    const std::string settings =
        File("small.json", R"({"kvChunking":{"sizeThreshold":5000,"chunkSize":1000}})");
    const std::vector<std::string> put = {"put", File(name, bytes), "--config", settings};
    flags.insert(flags.begin(), put.begin(), put.end());
    return flags;
  }

  // The elements of a dump, each on a line of its own.
  static std::vector<std::string> Elements(const std::string& dump) {
    std::vector<std::string> elements;
    for (size_t at = dump.find('\n') + 1; at < dump.size() && dump[at] == '{';) {
      size_t end = dump.find('\n', at);
      const size_t next = end + 1;
      end -= dump[end - 1] == ',' ? 1 : 0;
      elements.push_back(dump.substr(at, end - at));
      at = next;
    }
    return elements;
  }

  [[nodiscard]] std::string FileOf(const std::vector<std::string>& elements) const {
    std::string text = "[";
    for (const std::string& element : elements) {
      text += (text.size() > 1 ? "," : "") + element;
    }
    return File("elements.json", text + "]");
  }

  [[nodiscard]] static bool IsOf(const std::string& element, const std::string& key) {
    return element.starts_with(R"({"key":")" + key + "\"");
  }

  // What is known of the video, but for the time at which it came into this store.
  [[nodiscard]] std::string StatOf(const std::string& key) const {
    return std::regex_replace(Out({"stat", key, "--json"}), std::regex("\"created\":\\d+"), "");
  }
};

TEST_F(CliLoadTest, ADumpGivesVideosAgain) {
  const std::string large = RandomBytes(21 * kMiB, 1);
  EXPECT_EQ(Out({"put", File("large.mp4", large), "--tag", "x", "--ttl", "2h"}), "");
  EXPECT_EQ(Out({"put", File("small.mp4", "small"), "--tag", "x"}), "");
  EXPECT_EQ(Out({"put", File("other.mp4", RandomBytes(20 * kMiB, 2))}), "");
  const std::string dump = directory_ / "dump.json";
  EXPECT_EQ(Out({"kv", "bulk", "dump", "-o", dump}), "");
  const std::vector<std::string> keys = {"video:large.mp4", "video:other.mp4", "video:small.mp4"};
  const std::string rows = Out({"kv", "list", "--json"});
  std::vector<std::string> stats;
  for (const std::string& key : keys) {
    stats.push_back(StatOf(key));
  }
  EXPECT_NE(stats[0].find(R"("chunked":true,"chunkCount":5,)"), std::string::npos) << stats[0];

  store_ = directory_ / "second";
  for (const char* round : {"into nothing", "over itself"}) {
    SCOPED_TRACE(round);
    EXPECT_EQ(Out({"kv", "bulk", "put", dump}), "");
    EXPECT_EQ(Out({"ls"}), "video:large.mp4\nvideo:other.mp4\nvideo:small.mp4\n");
    EXPECT_EQ(Out({"ls", "--tag", "x"}), "video:large.mp4\nvideo:small.mp4\n");
    for (size_t i = 0; i < keys.size(); ++i) {
      EXPECT_EQ(StatOf(keys[i]), stats[i]);
    }
    ExpectSameBytes(Out({"get", "video:large.mp4"}), large);
    ExpectSameBytes(Out({"get", "video:large.mp4", "--range", "5242879-10485760"}),
                    large.substr(5'242'879, 5'242'882));
    EXPECT_EQ(Out({"kv", "list", "--json"}), rows);
    EXPECT_EQ(Out({"kv", "bulk", "dump"}), ReadWholeFile(dump));
    EXPECT_NE(Out({"stats", "--json"}).find("\"garbageExtents\":0,"), std::string::npos);
  }
  EXPECT_EQ(Out({"purge", "--tag", "x", "--json"}), "{\"videos\":2,\"bytes\":22020101}\n");
  EXPECT_EQ(Out({"ls"}), "video:other.mp4\n");
}

TEST_F(CliLoadTest, TheOrderOfABatchDoesNotMatter) {
  const std::string bytes = RandomBytes(12'345, 3);
  EXPECT_EQ(Out(Put("a", bytes)), "");
  EXPECT_EQ(Out(Put("b", bytes.substr(3))), "");
  std::vector<std::string> elements = Elements(Out({"kv", "bulk", "dump"}));
  ASSERT_EQ(elements.size(), 2U + 13 + 13);
  const std::string stat = StatOf("video:a");
  const std::string rows = Out({"kv", "list", "--json"});

  store_ = directory_ / "second";
  const uint64_t seed = TestSeed();
  std::mt19937_64 random(seed);
  for (int round = 0; round < 4; ++round) {
    std::shuffle(elements.begin(), elements.end(), random);
    EXPECT_EQ(Out({"kv", "bulk", "put", FileOf(elements)}), "");
    EXPECT_EQ(Out({"ls"}), "video:a\nvideo:b\n");
    EXPECT_EQ(StatOf("video:a"), stat);
    EXPECT_EQ(Out({"kv", "list", "--json"}), rows);
    ExpectSameBytes(Out({"get", "video:a"}), bytes);
    ExpectSameBytes(Out({"get", "video:b"}), bytes.substr(3));
  }
}

TEST_F(CliLoadTest, AMissingChunkIsToldAndMayComeLater) {
  const std::string bytes = RandomBytes(6'000, 4);
  EXPECT_EQ(Out(Put("a", bytes)), "");
  EXPECT_EQ(Out(Put("b", bytes)), "");
  std::vector<std::string> elements = Elements(Out({"kv", "bulk", "dump"}));
  const auto lost = std::find_if(elements.begin(), elements.end(), [](const std::string& element) {
    return IsOf(element, "video:a_chunk_2");
  });
  ASSERT_NE(lost, elements.end());
  const std::string chunk = *lost;
  elements.erase(lost);

  store_ = directory_ / "second";
  const std::string file = FileOf(elements);
  const Outcome outcome = Reel({"kv", "bulk", "put", file});
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "reel: kv bulk put " + file +
                             ": \"video:a\" was stored as entries, not as a video: chunk 2 is "
                             "missing (load it too)\n");
  EXPECT_NE(Out({"stat", "video:a", "--json"}).find("\"chunked\":false"), std::string::npos);
  ExpectSameBytes(Out({"get", "video:b"}), bytes);
  EXPECT_EQ(Out({"kv", "bulk", "put", FileOf({chunk})}), "");
  ExpectSameBytes(Out({"get", "video:a"}), bytes);
  EXPECT_EQ(Out({"ls"}), "video:a\nvideo:b\n");
}

// A batch holds 1,000 entries, so the manifest comes too late to make room for its chunk.
TEST_F(CliLoadTest, AChunkOfAVideoThatIsStillThereIsRefused) {
  const std::string bytes = RandomBytes(6'000, 5);
  EXPECT_EQ(Out(Put("a", bytes)), "");
  std::vector<std::string> elements = Elements(Out({"kv", "bulk", "dump"}));
  ASSERT_EQ(elements.size(), 7U);
  std::reverse(elements.begin(), elements.end());
  for (int i = 0; i < 1000; ++i) {
    elements.insert(elements.begin() + 6, R"({"key":"k)" + std::to_string(i) + R"(","value":""})");
  }
  const std::string file = FileOf(elements);
  ExpectRefused(Reel({"kv", "bulk", "put", file}), 1,
                "entries stored: 0; \"video:a_chunk_5\" is chunk 5 of the video \"video:a\" "
                "(choose another key, or remove the video first)");
  ExpectSameBytes(Out({"get", "video:a"}), bytes);
  EXPECT_EQ(Out({"rm", "video:a"}), "");
  EXPECT_EQ(Out({"kv", "bulk", "put", file}), "");
  ExpectSameBytes(Out({"get", "video:a"}), bytes);
  EXPECT_NE(Out({"stat", "video:a", "--json"}).find("\"chunkCount\":6"), std::string::npos);
}

// As the system of the specification writes it: metadata of more fields, a manifest with spaces.
TEST_F(CliLoadTest, AFileOfAnotherWriter) {
  const std::string later = std::to_string(std::time(nullptr) + 5000);
  const std::string tags = R"("cacheTags":["video-cats","no,tag"])";
  const std::string text =
      R"([{"key":"video:cats.mp4:w=1280_chunk_1","value":"/w==","base64":true,"expiration":)" +
      later + R"(,"metadata":{"parentKey":"video:cats.mp4:w=1280","chunkIndex":1,)" + tags +
      R"(,"contentLength":1}},
          {"key":"video:cats.mp4:w=1280","expiration":)" +
      later + R"(,"metadata":{"sourcePath":"/cats.mp4","width":1280,"createdAt":1.5,)" + tags +
      R"(,"isChunked":true,"contentType":"application/json"},
           "value":"{ \"totalSize\": 3, \"chunkCount\": 2, \"actualChunkSizes\": [2, 1],
                      \"standardChunkSize\": 2, \"originalContentType\": \"video/mp4\" }"},
          {"key":"video:cats.mp4:w=1280_chunk_0","value":"ab"},
          {"key":"video:cats.mp4:w=1280_chunk_2","value":"a part of nothing"}])";
  const std::string file = File("other.json", std::regex_replace(text, std::regex("\n +"), " "));
  EXPECT_EQ(Out({"kv", "bulk", "put", file}), "");
  EXPECT_EQ(Out({"ls"}), "video:cats.mp4:w=1280\nvideo:cats.mp4:w=1280_chunk_2\n");
  EXPECT_EQ(Out({"get", "video:cats.mp4:w=1280"}), "ab\xff");
  const std::string stat = Out({"stat", "video:cats.mp4:w=1280", "--json"});
  for (const std::string& field :
       {std::string(R"("chunkCount":2,"chunkSize":2,"contentType":"video/mp4")"),
        std::string(R"("tags":["video-cats"])"), "\"expires\":" + later,
        std::string(R"("createdAt":1.5)")}) {
    EXPECT_NE(stat.find(field), std::string::npos) << stat << " lacks " << field;
  }
  const std::string rows = Out({"kv", "list", "--json", "--prefix", "video:cats.mp4:w=1280_chunk"});
  EXPECT_TRUE(rows.starts_with(
      "{\"name\":\"video:cats.mp4:w=1280_chunk_0\",\"expiration\":" + later + "}\n"))
      << rows;
}

}  // namespace
}  // namespace reel::test

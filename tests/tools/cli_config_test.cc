// reel config, reel.json and --config: which settings are in force, and that commands obey them.

#include <filesystem>

#include "tests/support/test_bytes.h"
#include "tests/tools/cli_fixture.h"

namespace reel::test {
namespace {

namespace fs = std::filesystem;

class CliConfigTest : public CliTest {
 protected:
  void WriteStoreSettings(const std::string& text) const {
    WriteWholeFile(store_ + "/reel.json", text);
  }

  [[nodiscard]] static std::string Row(const std::string& name, const std::string& value,
                                       const std::string& source) {
    return R"({"name":")" + name + R"(","value":)" + value + R"(,"source":")" + source + "\"}\n";
  }
};

TEST_F(CliConfigTest, DefaultsNeedNoStore) {
  EXPECT_EQ(Out({"config", "--json"}), Row("kvChunking.enabled", "true", "default") +
                                           Row("kvChunking.sizeThreshold", "20971520", "default") +
                                           Row("kvChunking.chunkSize", "5242880", "default") +
                                           Row("kvChunking.timeoutMs", "10000", "default") +
                                           Row("kvChunking.maxChunks", "1000", "default") +
                                           Row("kvChunking.parallelFetches", "3", "default") +
                                           Row("kvChunking.logChunkOperations", "true", "default") +
                                           Row("kvChunking.useEdgeCache", "true", "default") +
                                           Row("kvChunking.edgeCacheTtl", "3600", "default") +
                                           Row("ttlRefresh.enabled", "true", "default") +
                                           Row("ttlRefresh.minElapsedPercent", "10", "default") +
                                           Row("ttlRefresh.minRemainingSeconds", "60", "default") +
                                           Row("cacheTags.derived", "true", "default") +
                                           Row("cacheTags.prefix", "\"video-\"", "default"));
  EXPECT_FALSE(fs::exists(store_));
}

TEST_F(CliConfigTest, LayersAndSources) {
  StoreSentinel();
  WriteStoreSettings(R"({"kvChunking": {"chunkSize": 1000000, "maxChunks": 500}})");
  const std::string beside = store_ + "/reel.json";
  const std::string given =
      File("own.json", R"({"kvChunking": {"maxChunks": 600}, "ttlRefresh": {"enabled": false}})");
  for (const auto& arguments :
       {std::vector<std::string>{"config", "--json", "--config", given},
        std::vector<std::string>{"--config=" + given, "config", "--json"}}) {
    const std::string rows = Out(arguments);
    for (const std::string& row :
         {Row("kvChunking.chunkSize", "1000000", beside), Row("kvChunking.maxChunks", "600", given),
          Row("ttlRefresh.enabled", "false", given),
          Row("kvChunking.enabled", "true", "default")}) {
      EXPECT_NE(rows.find(row), std::string::npos) << rows << " lacks " << row;
    }
  }
  EXPECT_NE(Out({"config", "--json"}).find(Row("kvChunking.maxChunks", "500", beside)),
            std::string::npos);
  const std::string table = Out({"config", "--config", given});
  EXPECT_NE(table.find("\nkvChunking.chunkSize            1000000   " + beside + "\n"),
            std::string::npos)
      << table;
  EXPECT_NE(table.find("\nttlRefresh.enabled              false     " + given + "\n"),
            std::string::npos)
      << table;
}

TEST_F(CliConfigTest, WrongSettings) {
  StoreSentinel();
  struct Case {
    std::string text;
    std::string words;
  };
  const std::vector<Case> cases = {
      {"", ""},
      {"{", ""},
      {"[]", "[]"},
      {R"({"chunking": {}})", "chunking"},
      {R"({"kvChunking": {"size": 1}})", "kvChunking.size"},
      {R"({"kvChunking": {"chunkSize": 0}})", "kvChunking.chunkSize"},
      {R"({"kvChunking": {"chunkSize": 26214401}})", "kvChunking.chunkSize"},
      {R"({"kvChunking": {"enabled": "yes"}})", "kvChunking.enabled"},
      {R"({"ttlRefresh": {"minElapsedPercent": 101}})", "ttlRefresh.minElapsedPercent"},
      {R"({"kvChunking": {"chunkSize": 1, "maxChunks": 2}})", "sizeThreshold"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.text);
    const std::string given = File("own.json", test.text);
    for (const auto& arguments :
         {std::vector<std::string>{"config"}, std::vector<std::string>{"ls"},
          std::vector<std::string>{"kv", "list"}, std::vector<std::string>{"stats"},
          std::vector<std::string>{"put", directory_ / "sentinel"}}) {
      std::vector<std::string> with = arguments;
      with.insert(with.begin(), {"--config", given});
      const Outcome outcome = Reel(with);
      ExpectRefused(outcome, 2, test.words);
      EXPECT_NE(outcome.err.find(given), std::string::npos) << outcome.err;
    }
    WriteStoreSettings(test.text);
    ExpectRefused(Reel({"ls"}), 2, store_ + "/reel.json");
    ExpectRefused(Reel({"config"}), 2, test.words);
    fs::remove(store_ + "/reel.json");
  }
  ExpectIntact();
}

TEST_F(CliConfigTest, FilesThatCannotBeRead) {
  const std::string file = File("v", "bytes");
  ExpectRefused(Reel({"config", "--config", directory_ / "missing.json"}), 2, "missing.json");
  ExpectRefused(Reel({"config", "--config", directory_.path()}), 2, "directory");
  ExpectRefused(Reel({"config", "--config", ""}), 2, "--config");
  ExpectRefused(Reel({"config", "--config", "-"}), 2, "--config");
  ExpectRefused(Reel({"config", "--config", "/dev/zero"}), 2, "1048576");
  ExpectRefused(Reel({"put", file, "--config", directory_ / "missing.json"}), 2, "missing.json");
  EXPECT_FALSE(fs::exists(store_));
  StoreSentinel();
  fs::create_directory(store_ + "/reel.json");
  ExpectRefused(Reel({"ls"}), 2, "reel.json");
  fs::remove(store_ + "/reel.json");
  ExpectIntact();
}

TEST_F(CliConfigTest, ChunkingIsAsTheSettingsSay) {
  StoreSentinel();
  const std::string file = File("v", RandomBytes(1000, 1));
  WriteStoreSettings(R"({"kvChunking": {"sizeThreshold": 1000, "chunkSize": 300}})");
  EXPECT_EQ(Out({"put", file}), "");
  EXPECT_EQ(Out({"kv", "list", "--prefix", "video:v"}),
            "video:v\nvideo:v_chunk_0\nvideo:v_chunk_1\nvideo:v_chunk_2\nvideo:v_chunk_3\n");
  ExpectSameBytes(Out({"get", "video:v"}), RandomBytes(1000, 1));

  const std::string off = File("off.json", R"({"kvChunking": {"enabled": false}})");
  EXPECT_EQ(Out({"put", file, "--config", off}), "");
  EXPECT_EQ(Out({"kv", "list", "--prefix", "video:v"}), "video:v\n");
  const std::string large = File("large", RandomBytes(24 * kMiB, 2));
  EXPECT_EQ(Out({"put", large, "--config", off}), "");
  EXPECT_EQ(Out({"kv", "list", "--prefix", "video:large"}), "video:large\n");
  const std::string too_large = File("too-large", RandomBytes(25 * kMiB + 1, 3));
  ExpectRefused(Reel({"put", too_large, "--config", off}), 1, "enable kvChunking");

  const std::string few = File("few.json", R"({"kvChunking": {"maxChunks": 4}})");
  EXPECT_EQ(Out({"put", file, "--config", few}), "");
  ExpectRefused(Reel({"put", File("longer", RandomBytes(1201, 4)), "--config", few}), 1,
                "more than 4 chunks");
  EXPECT_EQ(Out({"rm", "video:v", "video:large"}), "");
  ExpectIntact();
}

TEST_F(CliConfigTest, TagsAreDerivedAsTheSettingsSay) {
  const std::string file = File("v.mp4", "bytes");
  const auto tags_with = [&](const std::string& settings) {
    EXPECT_EQ(Out({"put", file, "--tag", "x", "--config", File("own.json", settings)}), "");
    const std::string record = Out({"stat", "video:v.mp4", "--json"});
    const size_t begin = record.find("\"tags\":");
    return record.substr(begin, record.find(']', begin) + 1 - begin);
  };
  EXPECT_EQ(tags_with("{}"), R"("tags":["x","video-path:v.mp4","video-mode:video"])");
  EXPECT_EQ(tags_with(R"({"cacheTags": {"prefix": "p/"}})"),
            R"("tags":["x","p/path:v.mp4","p/mode:video"])");
  EXPECT_EQ(tags_with(R"({"cacheTags": {"derived": false}})"), R"("tags":["x"])");
}

// Expiry is in whole seconds, so the least that can go by is one.
TEST_F(CliConfigTest, RefreshIsAsTheSettingsSay) {
  const std::string on =
      File("on.json", R"({"ttlRefresh": {"minElapsedPercent": 1, "minRemainingSeconds": 0}})");
  const std::string off =
      File("off.json", R"({"ttlRefresh": {"enabled": false, "minElapsedPercent": 1}})");
  const std::string file = File("v", "bytes");
  EXPECT_EQ(Out({"put", file, "--key", "on", "--ttl", "60"}), "");
  EXPECT_EQ(Out({"put", file, "--key", "off", "--ttl", "60"}), "");
  const std::string stored_on = Out({"stat", "on"});
  const std::string stored_off = Out({"stat", "off"});
  EXPECT_TRUE(WaitUntil([&] {
    EXPECT_EQ(Out({"get", "off", "--config", off}), "bytes");
    EXPECT_EQ(Out({"get", "on", "--config", on}), "bytes");
    return Out({"stat", "on"}) != stored_on;
  }));
  EXPECT_EQ(Out({"stat", "off"}), stored_off);
}

}  // namespace
}  // namespace reel::test

// reel kv bulk: files of many entries, in wrangler's formats.
#include <algorithm>
#include <ctime>
#include <filesystem>
#include <regex>

#include "tests/support/test_bytes.h"
#include "tests/tools/cli_fixture.h"

namespace reel::test {
namespace {

namespace fs = std::filesystem;

class CliKvBulkTest : public CliTest {
 protected:
  [[nodiscard]] Outcome Feed(const std::vector<std::string>& arguments,
                             const std::string& input) const {
    ProcessOptions options = Command(arguments);
    options.feed = true;
    Process process(options);
    process.WriteInput(input);
    process.CloseInput();
    return process.Wait();
  }

  void BulkPut(const std::string& text) const {
    EXPECT_EQ(Out({"kv", "bulk", "put", File("bulk.json", text)}), "");
  }

  // {"key":"k:0","value":"0"} and so on.
  static std::string Elements(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      const std::string n = std::to_string(i);
      text += (text.empty() ? "" : ",\n") + (R"({"key":"k:)" + n) + R"(","value":")" + n + "\"}";
    }
    return text;
  }

  [[nodiscard]] size_t CountKeys() const {
    const std::string keys = Out({"kv", "list"});
    return static_cast<size_t>(std::count(keys.begin(), keys.end(), '\n'));
  }
};

TEST_F(CliKvBulkTest, PutAndGet) {
  const int64_t later = std::time(nullptr) + 5000;
  BulkPut(R"([{"key":"text","value":"a\n\"b\" ü"},
              {"key":"binary","value":"AP8K","base64":true},
              {"key":"empty","value":""},
              {"key":"meta","value":"m","metadata":{"a":[1,null]}},
              {"key":"expiring","value":"e","expiration":)" +
          std::to_string(later) + "}]");
  EXPECT_EQ(Out({"kv", "list", "--json"}),
            "{\"name\":\"binary\"}\n{\"name\":\"empty\"}\n{\"name\":\"expiring\",\"expiration\":" +
                std::to_string(later) +
                "}\n{\"name\":\"meta\",\"metadata\":{\"a\":[1,null]}}\n{\"name\":\"text\"}\n");
  EXPECT_EQ(Out({"kv", "get", "text"}), "a\n\"b\" ü");
  EXPECT_EQ(Out({"kv", "get", "binary"}), std::string("\0\xff\n", 3));
  EXPECT_EQ(Out({"kv", "get", "empty"}), "");

  const std::string expected =
      R"({
"text":{"value":"a\n\"b\" ü"},
"missing":{"value":null},
"meta":{"value":"m","metadata":{"a":[1,null]}},
"binary":{"key":"binary","value":"AP8K","base64":true}
}
)";
  const std::string keys = R"(["text", {"name":"missing"}, {"name":"meta","metadata":1}, "binary",
                               "text"])";
  EXPECT_EQ(Out({"kv", "bulk", "get", File("keys.json", keys)}), expected);
  EXPECT_EQ(Feed({"kv", "bulk", "get", "-"}, keys).out, expected);
  EXPECT_EQ(Out({"kv", "bulk", "get", File("none.json", "[]")}), "{}\n");
  EXPECT_EQ(Out({"kv", "bulk", "get", directory_ / "keys.json", "-o", directory_ / "out"}), "");
  EXPECT_EQ(ReadWholeFile(directory_ / "out"), expected);
}

TEST_F(CliKvBulkTest, PutFromStandardInputAcrossBatches) {
  const Outcome outcome = Feed({"kv", "bulk", "put", "-"}, "[" + Elements(2500) + "]");
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_EQ(outcome.out + outcome.err, "");
  EXPECT_EQ(CountKeys(), 2500U);
  EXPECT_EQ(Out({"kv", "get", "k:2499"}), "2499");
}

TEST_F(CliKvBulkTest, AnErrorTellsWhatIsStored) {
  struct Case {
    std::string text;
    size_t stored;
    std::string words;
  };
  const std::vector<Case> cases = {
      {"[" + Elements(1500), 1000, ""},
      {"[" + Elements(1500) + ",", 1000, ""},
      {"[" + Elements(1500) + R"(,{"key":"x","val)", 1000, ""},
      {"[" + Elements(1500) + R"(,{"key":"x"}])", 1000, "value is missing"},
      {"[" + Elements(1500) + R"(,{"key":"k:7","value":"again"}])", 1000, "k:7"},
      {"[" + Elements(900) + "] x", 0, ""},
      {"[" + Elements(10) + R"(,{"key":"x","value":"y","expiration_ttl":59}])", 0, "59"},
      {"[" + Elements(10) + R"(,{"key":"x","value":"y","expiration":5}])", 0, ""},
      {"[" + Elements(10) + R"(,{"key":"","value":"y"}])", 0, ""},
      {R"({"key":"x","value":"y"})", 0, ""},
      {"[1]", 0, ""},
      {"x", 0, ""},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.text.substr(test.text.size() - std::min<size_t>(test.text.size(), 40)));
    const std::string file = File("bulk.json", test.text);
    const Outcome outcome = Reel({"kv", "bulk", "put", file});
    ExpectRefused(outcome, 1, test.words);
    EXPECT_TRUE(outcome.err.starts_with("reel: kv bulk put " + file +
                                        ": entries stored: " + std::to_string(test.stored) + "; "))
        << outcome.err;
    if (test.stored > 0) {
      EXPECT_EQ(CountKeys(), test.stored);
    } else if (fs::exists(store_)) {
      EXPECT_EQ(CountKeys(), 0U);
    }
    fs::remove_all(store_);
  }
}

TEST_F(CliKvBulkTest, ABatchIsWholeOrNotAtAll) {
  EXPECT_EQ(Out({"put", File("v", RandomBytes(21 * kMiB, 1))}), "");
  // The tenth is a chunk of a video, which only the namespace can tell.
  const Outcome outcome =
      Reel({"kv", "bulk", "put",
            File("bulk.json", "[" + Elements(9) + R"(,{"key":"video:v_chunk_1","value":"x"}])")});
  ExpectRefused(outcome, 1, "entries stored: 0; ");
  EXPECT_NE(outcome.err.find("video:v"), std::string::npos) << outcome.err;
  EXPECT_EQ(Out({"kv", "list", "--prefix", "k:"}), "");
  ExpectSameBytes(Out({"get", "video:v"}), RandomBytes(21 * kMiB, 1));
}

TEST_F(CliKvBulkTest, LargeValuesAreSplitIntoBatches) {
  std::string text = "[";
  const std::string value(10 * kMiB, 'v');
  for (int i = 0; i < 5; ++i) {
    text += R"({"key":")" + std::to_string(i) + R"(","value":")" + value + "\"},";
  }
  const Outcome outcome = Reel({"kv", "bulk", "put", File("bulk.json", text + "{}]")});
  ExpectRefused(outcome, 1, ": entries stored: 3; entry 6: ");
  EXPECT_EQ(Out({"kv", "list"}), "0\n1\n2\n");
  ExpectSameBytes(Out({"kv", "get", "2"}), value);
}

TEST_F(CliKvBulkTest, FieldsThatMeanNothingAreToldOnce) {
  const Outcome outcome =
      Feed({"kv", "bulk", "put", "-"},
           R"([{"key":"a","value":"1","ttl":5},{"key":"b","value":"2","ttl":5}])");
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_EQ(outcome.err, "reel: kv bulk put -: the field \"ttl\" means nothing and was left out\n");
  EXPECT_EQ(Out({"kv", "list"}), "a\nb\n");
}

TEST_F(CliKvBulkTest, Delete) {
  BulkPut("[" + Elements(5) + "]");
  EXPECT_EQ(Out({"kv", "bulk", "delete",
                 File("keys.json", R"(["k:1", {"name":"k:3"}, "missing", "k:1"])")}),
            "");
  EXPECT_EQ(Out({"kv", "list"}), "k:0\nk:2\nk:4\n");
  ExpectRefused(Reel({"kv", "bulk", "delete", File("keys.json", R"(["k:0", 5])")}), 1, "");
  ExpectRefused(Reel({"kv", "bulk", "delete", File("keys.json", R"(["k:0")")}), 1, "");
  ExpectRefused(Reel({"kv", "bulk", "delete", directory_ / "nothing"}), 1, "nothing");
  EXPECT_EQ(Out({"kv", "list"}), "k:0\nk:2\nk:4\n");
}

TEST_F(CliKvBulkTest, DeleteTakesTheRowsOfAListing) {
  EXPECT_EQ(Out({"put", File("v", RandomBytes(21 * kMiB, 1))}), "");
  const Outcome chunk = Feed({"kv", "bulk", "delete", "-"}, R"(["x", "video:v_chunk_0"])");
  ExpectRefused(chunk, 1, "keys removed: 1; video:v_chunk_0: ");
  std::string rows = Out({"kv", "list", "--json"});
  rows = "[" + std::regex_replace(rows, std::regex("\\}\n\\{"), "},{") + "]";
  const Outcome outcome = Feed({"kv", "bulk", "delete", "-"}, rows);
  EXPECT_EQ(outcome.exit_status, 0) << outcome.err;
  EXPECT_EQ(Out({"kv", "list"}), "");
}

TEST_F(CliKvBulkTest, ADumpMakesAnotherStoreTheSame) {
  const int64_t later = std::time(nullptr) + 5000;
  const std::string binary = RandomBytes(3 * kMiB, 2);
  const std::string video = RandomBytes(21 * kMiB, 3);
  EXPECT_EQ(Out({"kv", "put", "text", File("t", "line\n\"two\" \x7f ü"), "--metadata", "[1, 2]"}),
            "");
  EXPECT_EQ(Out({"kv", "put", "binary", File("b", binary), "--expiration", std::to_string(later)}),
            "");
  EXPECT_EQ(Out({"kv", "put", "empty", File("e", "")}), "");
  EXPECT_EQ(Out({"put", File("v", video), "--tag", "x"}), "");
  const std::string dump = directory_ / "dump.json";
  EXPECT_EQ(Out({"kv", "bulk", "dump", "-o", dump}), "");
  EXPECT_EQ(ReadWholeFile(dump), Out({"kv", "bulk", "dump"}));
  const std::string rows = Out({"kv", "list", "--json"});

  store_ = directory_ / "second";
  EXPECT_EQ(Out({"kv", "bulk", "put", dump}), "");
  EXPECT_EQ(Out({"kv", "list", "--json"}), rows);
  EXPECT_EQ(Out({"kv", "get", "text"}), "line\n\"two\" \x7f ü");
  ExpectSameBytes(Out({"kv", "get", "binary"}), binary);
  EXPECT_EQ(Out({"kv", "get", "empty"}), "");
  std::string joined;
  for (int i = 0; i < 5; ++i) {
    joined += Out({"kv", "get", "video:v_chunk_" + std::to_string(i)});
  }
  ExpectSameBytes(joined, video);
  EXPECT_EQ(Out({"kv", "bulk", "dump"}), ReadWholeFile(dump));
}

TEST_F(CliKvBulkTest, DumpsOfLittle) {
  BulkPut(R"([{"key":"a","value":"1"},{"key":"b","value":"2"}])");
  EXPECT_EQ(Out({"kv", "bulk", "dump"}),
            "[\n{\"key\":\"a\",\"value\":\"1\"},\n{\"key\":\"b\",\"value\":\"2\"}\n]\n");
  EXPECT_EQ(Out({"kv", "bulk", "dump", "--prefix", "b"}),
            "[\n{\"key\":\"b\",\"value\":\"2\"}\n]\n");
  EXPECT_EQ(Out({"kv", "bulk", "dump", "--prefix", "c"}), "[]\n");
  ExpectRefused(Reel({"kv", "bulk", "dump", "--namespace", "none"}), 1, "\"none\"");
  const std::string target = File("target", "precious");
  ExpectRefused(Reel({"kv", "bulk", "dump", "--namespace", "none", "-o", target}), 1, "");
  EXPECT_EQ(ReadWholeFile(target), "precious");
}

}  // namespace
}  // namespace reel::test

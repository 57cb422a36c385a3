#include <gtest/gtest.h>
#include <reel/bulk.h>

#include <random>
#include <string>
#include <vector>

#include "format/base64.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

BulkEntry Make(std::string key, std::string value = "", std::string metadata = "",
               std::optional<int64_t> expiration = std::nullopt,
               std::optional<int64_t> expiration_ttl = std::nullopt,
               std::vector<std::string> ignored_fields = {}) {
  BulkEntry entry;
  entry.key = std::move(key);
  entry.value = std::move(value);
  entry.metadata = std::move(metadata);
  entry.expiration = expiration;
  entry.expiration_ttl = expiration_ttl;
  entry.ignored_fields = std::move(ignored_fields);
  return entry;
}

// Every field, every sort of value, and white space wherever it may stand.
constexpr const char* kSmallFile =
    "[ {\"key\":\"a\",\"value\":\"x\\u0041\\n\"},\n"
    "  {\"key\" : \"b/\\\"]\", \"value\":\"AP8=\", \"base64\":true,\n"
    "   \"expiration\":1735689600, \"expiration_ttl\":6e1 , \"metadata\" : {\"n\": [1, 2.50, {}]} "
    "}\t,"
    "{\"metadata\":\"m\",\"value\":\"日\",\"key\":\"c\",\"base64\":false}\r\n]\n";

std::vector<BulkEntry> SmallFileEntries() {
  return {Make("a", "xA\n"),
          Make("b/\"]", std::string("\0\xFF", 2), R"({"n":[1,2.50,{}]})", 1735689600, 60),
          Make("c", "日", "\"m\"")};
}

// Reads a file in pieces of `step` bytes.
Result<std::vector<BulkEntry>> ReadInPieces(const std::string& text, size_t step) {
  BulkReader reader;
  std::vector<BulkEntry> entries;
  for (size_t at = 0; at < text.size(); at += step) {
    reader.Append(std::string_view(text).substr(at, step));
    while (true) {
      auto entry = reader.Next();
      REEL_RETURN_IF_ERROR(entry.status());
      if (!*entry) {
        break;
      }
      entries.push_back(**std::move(entry));
    }
  }
  REEL_RETURN_IF_ERROR(reader.Finish());
  return entries;
}

void ExpectRefusal(const Status& status, const std::string& message, Code code,
                   const std::string& text) {
  EXPECT_EQ(status.code(), code) << text;
  EXPECT_EQ(status.message(), message) << text;
}

TEST(Base64, IsTheRfcs) {
  const struct {
    const char* bytes;
    const char* text;
  } kCases[] = {{"", ""},
                {"f", "Zg=="},
                {"fo", "Zm8="},
                {"foo", "Zm9v"},
                {"foob", "Zm9vYg=="},
                {"fooba", "Zm9vYmE="},
                {"foobar", "Zm9vYmFy"},
                {"\xFB\xFF", "+/8="}};
  for (const auto& test : kCases) {
    EXPECT_EQ(EncodeBase64(test.bytes), test.text);
    EXPECT_EQ(DecodeBase64(test.text), test.bytes);
  }
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "====", "=",
                           "==", "Z===", "Zg==Zg==", "Zh==", "Zm9=", "Zm9v\n", "Zm 9", "-_8="}) {
    EXPECT_EQ(DecodeBase64(text), std::nullopt) << text;
  }
  EXPECT_EQ(DecodeBase64(std::string_view("Zm8\0", 4)), std::nullopt);
}

TEST(BulkPut, ReadsWranglersFileHoweverItIsCut) {
  for (size_t step = 1; step <= std::string_view(kSmallFile).size(); ++step) {
    const auto entries = ReadInPieces(kSmallFile, step);
    ASSERT_TRUE(entries.ok()) << entries.status().message();
    EXPECT_EQ(*entries, SmallFileEntries()) << step;
  }
  for (const char* text : {"[]", " [\n] ", "\xEF\xBB\xBF[]"}) {
    const auto entries = ReadInPieces(text, 1);
    ASSERT_TRUE(entries.ok()) << entries.status().message();
    EXPECT_TRUE(entries->empty());
  }
}

TEST(BulkPut, KeepsValuesAndMetadataAsTheyAre) {
  const struct {
    const char* text;
    BulkEntry entry;
  } kCases[] = {
      {R"([{"key":"k","value":""}])", Make("k")},
      {R"([{"key":"k","value":"","base64":true}])", Make("k")},
      {R"([{"key":"k","value":"AP8="}])", Make("k", "AP8=")},
      {R"([{"key":"\u0000","value":"\u0000"}])", Make(std::string(1, '\0'), std::string(1, '\0'))},
      {R"([{"key":"k","value":"\ud83d\ude00"}])", Make("k", "\xF0\x9F\x98\x80")},
      {R"([{"key":"k","value":"","metadata":null}])", Make("k", "", "null")},
      {R"([{"key":"k","value":"","metadata":12345678901234567890123}])",
       Make("k", "", "12345678901234567890123")},
      {R"([{"key":"k","value":"","metadata":{"a":1.0,"a":[-0.10e+2,"\u00e9\/"]}}])",
       Make("k", "", "{\"a\":1.0,\"a\":[-0.10e+2,\"é/\"]}")},
      {R"([{"key":"k","value":"v","expirationTtl":60,"type":null}])",
       Make("k", "v", "", std::nullopt, std::nullopt, {"expirationTtl", "type"})},
      {R"([{"key":"k","value":"v","expiration":1,"expiration_ttl":60.0}])",
       Make("k", "v", "", 1, 60)},
  };
  for (const auto& test : kCases) {
    const auto entries = DecodeBulkEntries(test.text);
    ASSERT_TRUE(entries.ok()) << entries.status().message();
    ASSERT_EQ(entries->size(), 1U) << test.text;
    EXPECT_EQ(entries->front(), test.entry) << test.text;
  }
}

TEST(BulkPut, RefusalsNameTheEntryAndWhatIsAllowed) {
  const std::string long_key(513, 'k');
  const std::string long_metadata(1023, 'm');
  const struct {
    std::string text;
    std::string message;
    Code code = Code::kInvalidArgument;
  } kCases[] = {
      {"", "the file ends before its array began (is it complete? It ends with ])"},
      {"{}", "line 1, column 1: \"{\" is out of place (allowed: an array: [)"},
      {"\xEF\xBB[]", "line 1, column 3: \"[\" is out of place (allowed: an array: [)"},
      {"[1]",
       "line 1, column 2: \"1\" is out of place (allowed: an entry: {, or \" where keys are "
       "listed)"},
      {"[\n ,]",
       "line 2, column 2: \",\" is out of place (allowed: an entry: {, or \" where keys "
       "are listed)"},
      {R"([{"key":"a","value":""},])",
       "line 1, column 25: \"]\" is out of place (allowed: an entry: {, or \" where keys are "
       "listed)"},
      {R"([{"key":"a","value":""}{}])",
       "line 1, column 24: \"{\" is out of place (allowed: a comma or ])"},
      {"[]\n]", "line 2, column 1: \"]\" is out of place (allowed: nothing behind the array)"},
      {std::string("[]\0", 3),
       "line 1, column 3: \"\\u0000\" is out of place (allowed: nothing behind the array)"},
      {"[\"k\"]", "entry 1: it is \"k\" (allowed: an object with key and value)"},
      {"[{}]", "entry 1: key is missing (allowed: text of 1 to 512 bytes)"},
      {R"([{"key":1,"value":""}])", "entry 1: key is 1 (allowed: text of 1 to 512 bytes)"},
      {R"([{"key":"","value":""}])",
       "entry 1: key \"\": the key is empty (a key has 1 to 512 bytes)"},
      {R"([{"key":"..","value":""}])",
       "entry 1: key \"..\": the key \"..\" is not allowed (choose another one)"},
      {R"([{"key":")" + long_key + R"(","value":""}])",
       "entry 1: key \"" + std::string(79, 'k') +
           "...: the key has 513 bytes (a key has at most 512; choose a shorter one)",
       Code::kTooLarge},
      {R"([{"key":"a","value":""},{"key":"x\n"}])",
       "entry 2: key \"x\\n\": value is missing (allowed: text)"},
      {R"([{"key":"x","value":{"a":1}}])",
       "entry 1: key \"x\": value is {\"a\":1} (allowed: text, in base64 with \"base64\":true)"},
      {R"([{"key":"x","value":"","base64":"true"}])",
       "entry 1: key \"x\": base64 is \"true\" (allowed: true or false)"},
      {R"([{"key":"x","value":"AP8","base64":true}])",
       "entry 1: key \"x\": value is no base64: \"AP8\" (allowed: A-Z a-z 0-9 + /, padded with =, "
       "without white space)"},
      {R"([{"key":"x","value":"","expiration":"1735689600"}])",
       "entry 1: key \"x\": expiration is \"1735689600\" (allowed: an integer, seconds since the "
       "epoch)"},
      {R"([{"key":"x","value":"","expiration":-5}])",
       "entry 1: key \"x\": expiration is -5 (allowed: an integer, seconds since the epoch)"},
      {R"([{"key":"x","value":"","expiration":9223372036854775808}])",
       "entry 1: key \"x\": expiration is 9223372036854775808 (allowed: an integer, seconds since "
       "the epoch)"},
      {R"([{"key":"x","value":"","expiration":null}])",
       "entry 1: key \"x\": expiration is null (allowed: an integer, seconds since the epoch)"},
      {R"([{"key":"x","value":"","expiration_ttl":59}])",
       "entry 1: key \"x\": expiration_ttl is 59 (allowed: an integer, seconds from 60 to "
       "1099511627776)"},
      {R"([{"key":"x","value":"","expiration_ttl":60.5}])",
       "entry 1: key \"x\": expiration_ttl is 60.5 (allowed: an integer, seconds from 60 to "
       "1099511627776)"},
      {R"([{"key":"x","value":"","expiration_ttl":1e99}])",
       "entry 1: key \"x\": expiration_ttl is 1e99 (allowed: an integer, seconds from 60 to "
       "1099511627776)"},
      {R"([{"key":"x","value":"","metadata":")" + long_metadata + "\"}]",
       "entry 1: key \"x\": the metadata has 1025 bytes of JSON (allowed: at most 1024)",
       Code::kTooLarge},
      {R"([{"key":"x","value":"","value":""}])", "entry 1: value stands twice (give it once)"},
      {R"([{"key":"x","value":""},{"key":"y","value":""},{"value":"","key":"\u0078"}])",
       "entry 3: key \"x\" stood in the file before (give it once)"},
      {"[{\"key\":\"x\",\n \"value\":\"\xC0\x80\"}]",
       "entry 1: bad JSON at line 2, column 11, in \"value\": syntax error while parsing value - "
       "invalid string: ill-formed UTF-8 byte (correct the text)"},
      {R"([{"key":"x","value":"\ud800"}])",
       "entry 1: bad JSON at line 1, column 28, in \"value\": syntax error while parsing value - "
       "invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF (corre"
       "ct the text)"},
      {"[\n  {\"key\":\"x\"]]",
       "entry 1: bad JSON at line 2, column 13, in \"key\": syntax error while parsing object - "
       "unexpected ']'; expected '}' (correct the text)"},
      {std::string("[{\"key\":\"x\0\"}]", 14),
       "entry 1: bad JSON at line 1, column 11: a zero byte (correct the text)"},
      {R"([{"key":"x","value":1e999}])",
       "entry 1: bad JSON at line 1, column 25, in \"value\": number overflow parsing '1e999' "
       "(correct the text)"},
  };
  for (const auto& test : kCases) {
    ExpectRefusal(DecodeBulkEntries(test.text).status(), test.message, test.code, test.text);
    ExpectRefusal(ReadInPieces(test.text, 1).status(), test.message, test.code, test.text);
  }
}

TEST(BulkPut, RepeatsItsFirstError) {
  BulkReader reader;
  reader.Append(R"([{"key":"a","value":"1"},{"key":""},{"key":"b","value":"2"}])");
  const auto first = reader.Next();
  ASSERT_TRUE(first.ok());
  EXPECT_EQ((*first)->key, "a");
  const Status error = reader.Next().status();
  EXPECT_EQ(error.code(), Code::kInvalidArgument);
  reader.Append("[]");
  EXPECT_EQ(reader.Next().status().message(), error.message());
  EXPECT_EQ(reader.Finish().message(), error.message());
}

TEST(BulkPut, TruncatedFilesAreNeverWhole) {
  const std::string whole = kSmallFile;
  for (size_t size = 0; size < whole.rfind(']') + 1; ++size) {
    const Status status = DecodeBulkEntries(whole.substr(0, size)).status();
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << size;
    EXPECT_TRUE(status.message().starts_with("the file ends ")) << status.message();
  }
  ExpectRefusal(DecodeBulkEntries(whole.substr(0, 60)).status(),
                "the file ends inside entry 2 (is it complete? It ends with ])",
                Code::kInvalidArgument, "60");
  ExpectRefusal(DecodeBulkEntries(whole.substr(0, whole.find('\n'))).status(),
                "the file ends before its array ended, behind entry 1 (is it complete? It ends "
                "with ])",
                Code::kInvalidArgument, "31");
}

TEST(BulkPut, BoundsWhatAnElementTakes) {
  BulkReader small(100);
  const std::string fits = R"({"key":"k","value":")" + std::string(78, 'v') + "\"}";
  ASSERT_EQ(fits.size(), 100U);
  small.Append("[" + std::string(1000, ' ') + fits + ",{\"key\":\"" + std::string(93, 'k'));
  const auto first = small.Next();
  ASSERT_TRUE(first.ok()) << first.status().message();
  EXPECT_EQ((*first)->value.size(), 78U);
  const std::string too_large =
      "entry 2 at line 1, column 1103 has more than 100 bytes of JSON (is a quote missing? A value "
      "has at most 26214400)";
  ExpectRefusal(small.Next().status(), too_large, Code::kTooLarge, "incomplete");

  BulkReader whole(100);
  whole.Append("[" + fits + " , " + fits + "]");
  EXPECT_TRUE(whole.Next().ok());
  BulkReader one_more(99);
  one_more.Append("[" + fits + "]");
  EXPECT_EQ(one_more.Next().code(), Code::kTooLarge);

  // The largest value, and one byte more.
  std::string text = R"([{"key":"k","value":")" + std::string(25U << 20, 'v') + "\"}]";
  const auto entries = ReadInPieces(text, 1U << 20);
  ASSERT_TRUE(entries.ok()) << entries.status().message();
  EXPECT_EQ(entries->front().value.size(), 25U << 20);
  text.insert(text.size() / 2, "v");
  ExpectRefusal(ReadInPieces(text, 1U << 20).status(),
                "entry 1: key \"k\": value has 26214401 bytes (allowed: at most 26214400; store it "
                "as a video)",
                Code::kTooLarge, "26214401");
}

TEST(BulkPut, DepthAndWidthAreBounded) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  const auto file = [](const std::string& metadata) {
    return R"([{"key":"k","value":"","metadata":)" + metadata + "}]";
  };
  const auto deepest = DecodeBulkEntries(file(nested(100)));
  ASSERT_TRUE(deepest.ok()) << deepest.status().message();
  EXPECT_EQ(deepest->front().metadata, nested(100));
  for (const size_t depth : {101, 10'000, 1'000'000}) {
    ExpectRefusal(
        DecodeBulkEntries(file(nested(depth))).status(),
        "entry 1: bad JSON, in \"metadata\": nested more than 101 deep (correct the text)",
        Code::kInvalidArgument, std::to_string(depth));
  }
  EXPECT_FALSE(DecodeBulkEntries(std::string(10'000, '[')).ok());
  EXPECT_FALSE(DecodeBulkEntries("[" + std::string(10'000, '{')).ok());
  EXPECT_FALSE(DecodeBulkKeys(std::string(10'000, '[') + std::string(10'000, ']')).ok());
  std::string wide = "[0";
  for (int i = 0; i < 100'000; ++i) {
    wide += ",0";
  }
  ExpectRefusal(DecodeBulkEntries(file(wide + "]")).status(),
                "entry 1: bad JSON, in \"metadata\": more than 65536 values (correct the text)",
                Code::kInvalidArgument, "wide");
}

TEST(BulkKeys, AreTextsOrNames) {
  const struct {
    const char* text;
    std::vector<std::string> keys;
  } kCases[] = {
      {"[]", {}},
      {R"(["b","a"])", {"b", "a"}},
      {R"([{"name":"a"},{"name":"b"}])", {"a", "b"}},
      {R"([ "x\"]" , {"name":"日","expiration":5,"metadata":{"name":"z"}}, "x\"]",{"name":"\u65e5"}])",
       {"x\"]", "日"}},
  };
  for (const auto& test : kCases) {
    const auto keys = DecodeBulkKeys(test.text);
    ASSERT_TRUE(keys.ok()) << keys.status().message();
    EXPECT_EQ(*keys, test.keys);
  }
}

TEST(BulkKeys, RefusalsNameTheEntryAndWhatIsAllowed) {
  const struct {
    const char* text;
    const char* message;
  } kCases[] = {
      {R"(["a",5])",
       "line 1, column 6: \"5\" is out of place (allowed: an entry: {, or \" where keys are "
       "listed)"},
      {R"(["a",{"key":"b"}])", "entry 2: name is missing (allowed: a key, or an object with name)"},
      {R"([{"name":["b"]}])", "entry 1: name is [\"b\"] (allowed: text of 1 to 512 bytes)"},
      {R"([{"name":"b","name":"c"}])", "entry 1: name stands twice (give it once)"},
      {R"(["a","."])", "entry 2: \".\": the key \".\" is not allowed (choose another one)"},
      {"[\"a\xFF\"]",
       "entry 1: bad JSON at line 1, column 4: syntax error while parsing value - invalid string: "
       "ill-formed UTF-8 byte (correct the text)"},
  };
  for (const auto& test : kCases) {
    ExpectRefusal(DecodeBulkKeys(test.text).status(), test.message, Code::kInvalidArgument,
                  test.text);
  }
  const std::string whole = R"(["a",{"name":"b"}])";
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(DecodeBulkKeys(whole.substr(0, size)).code(), Code::kInvalidArgument) << size;
  }
}

TEST(BulkEncoding, IsWranglersFormat) {
  const struct {
    BulkEntry entry;
    const char* text;
  } kCases[] = {
      {Make("k"), R"({"key":"k","value":""})"},
      {Make("k\n日", "say \"hi\", 日"), "{\"key\":\"k\\n日\",\"value\":\"say \\\"hi\\\", 日\"}"},
      {Make("k", "\xFF"), R"({"key":"k","value":"/w==","base64":true})"},
      // Shorter than eight times \u0001.
      {Make("k", std::string(8, '\x01')), R"({"key":"k","value":"AQEBAQEBAQE=","base64":true})"},
      {Make("k", "v", "{ \"a\":\n[1, null] }", 1735689600, 60, {"x"}),
       R"({"key":"k","value":"v","expiration":1735689600,"expiration_ttl":60,"metadata":{"a":[1,null]}})"},
  };
  for (const auto& test : kCases) {
    const auto text = EncodeBulkEntry(test.entry);
    ASSERT_TRUE(text.ok()) << text.status().message();
    EXPECT_EQ(*text, test.text);
  }
  ExpectRefusal(EncodeBulkEntry(Make("k", "", "{")).status(),
                "key \"k\": the metadata: bad JSON at line 1, column 2: syntax error while parsing "
                "object key - unexpected end of input; expected string literal (correct the text)",
                Code::kInvalidArgument, "metadata");
  EXPECT_EQ(EncodeBulkEntry(Make("\xFF")).code(), Code::kInvalidArgument);
}

// A text of `length` units: UTF-8 of all lengths with what JSON escapes, or bytes.
std::string RandomText(std::mt19937_64& random, size_t length, bool utf8) {
  static const std::vector<std::string> kUnits = {"a",
                                                  "\"",
                                                  "\\",
                                                  "/",
                                                  "\n",
                                                  "\x01",
                                                  "\x7F",
                                                  "é",
                                                  "日",
                                                  "\xF0\x9F\x98\x80",
                                                  "]",
                                                  "},{",
                                                  std::string(1, '\0'),
                                                  "\xE2\x80\xA8"};
  if (!utf8) {
    return test::RandomBytes(length, random());
  }
  std::string text;
  for (size_t i = 0; i < length; ++i) {
    text += kUnits[random() % kUnits.size()];
  }
  return text;
}

TEST(BulkEncoding, ADumpReadsBackAsItWas) {
  std::mt19937_64 random(test::TestSeed());
  constexpr const char* kMetadata[] = {
      "", "null", "{}", R"({"a":[1,2.50,"]}"],"日":{"b":false}})", "\"text\"", "-1e5", "[[[[]]]]"};
  for (int round = 0; round < 60; ++round) {
    std::vector<BulkEntry> entries(random() % 20);
    std::string file = "[";
    for (size_t i = 0; i < entries.size(); ++i) {
      BulkEntry& entry = entries[i];
      entry.key = std::to_string(i) + RandomText(random, random() % 40, true);
      entry.value = RandomText(random, random() % 300, random() % 2 == 0);
      if (random() % 3 == 0) {
        entry.expiration = static_cast<int64_t>(1 + random() % (1ULL << 62U));
      }
      if (random() % 3 == 0) {
        entry.expiration_ttl = static_cast<int64_t>(60 + random() % (1ULL << 39U));
      }
      entry.metadata = kMetadata[random() % std::size(kMetadata)];
      const auto text = EncodeBulkEntry(entry);
      ASSERT_TRUE(text.ok()) << text.status().message();
      EXPECT_EQ(text->find('\n'), std::string::npos);
      file += (i > 0 ? "," : "") + std::string(random() % 3, '\n') + *text;
    }
    file += "]";
    const auto read = ReadInPieces(file, 1 + random() % 200);
    ASSERT_TRUE(read.ok()) << read.status().message();
    EXPECT_EQ(*read, entries);
  }
}

// Whatever is damaged, a file is refused in one line, or what is read of it can be written.
TEST(BulkEncoding, DamagedFilesNeverGiveUnsoundEntries) {
  std::mt19937_64 random(test::TestSeed());
  for (int round = 0; round < 3000; ++round) {
    std::string file = kSmallFile;
    for (uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
      const size_t at = random() % file.size();
      if (random() % 2 == 0) {
        file[at] = static_cast<char>(random());
      } else {
        file.erase(at, random() % 4);
      }
    }
    const auto entries = DecodeBulkEntries(file);
    const auto in_pieces = ReadInPieces(file, 1 + random() % 9);
    EXPECT_EQ(in_pieces.status().message(), entries.status().message()) << file;
    EXPECT_EQ(entries.status().message().find('\n'), std::string::npos)
        << entries.status().message();
    if (!entries.ok()) {
      continue;
    }
    std::string again = "[";
    for (const BulkEntry& entry : *entries) {
      EXPECT_TRUE(ValidateKey(entry.key).ok()) << file;
      const auto text = EncodeBulkEntry(entry);
      ASSERT_TRUE(text.ok()) << text.status().message();
      again += (again.size() > 1 ? "," : "") + *text;
    }
    auto expected = *entries;
    for (BulkEntry& entry : expected) {
      entry.ignored_fields.clear();
    }
    const auto read = DecodeBulkEntries(again + "]");
    ASSERT_TRUE(read.ok()) << read.status().message();
    EXPECT_EQ(*read, expected);
  }
}

TEST(KeyRow, EmbedsMetadata) {
  Entry entry;
  entry.key = "a\"日";
  EXPECT_EQ(EncodeKeyRow(entry), R"({"name":"a\"日"})");
  entry.expires = 1735689600;
  entry.metadata = "{\"a\": 1.0,\n\"b\":[]}";
  EXPECT_EQ(EncodeKeyRow(entry),
            R"({"name":"a\"日","expiration":1735689600,"metadata":{"a":1.0,"b":[]}})");
  entry.expires.reset();
  entry.metadata = "\"text\"";
  EXPECT_EQ(EncodeKeyRow(entry), R"({"name":"a\"日","metadata":"text"})");
  entry.metadata = "{no\nJSON";
  EXPECT_EQ(EncodeKeyRow(entry), R"({"name":"a\"日","metadata":"{no\nJSON"})");
}

TEST(ParseMetadata, GivesTheSameJsonWithoutWhiteSpace) {
  const struct {
    const char* text;
    const char* metadata;
  } kCases[] = {{" { \"a\" : [ 1 , 2.0 ] , \"\\u0062\" : null }\n", R"({"a":[1,2.0],"b":null})"},
                {"\"a b\"", "\"a b\""},
                {"-1E5", "-1E5"},
                {"true", "true"},
                {"[]", "[]"}};
  for (const auto& test : kCases) {
    const auto metadata = ParseMetadata(test.text);
    ASSERT_TRUE(metadata.ok()) << metadata.status().message();
    EXPECT_EQ(*metadata, test.metadata);
  }
  EXPECT_TRUE(ParseMetadata(std::string(100, '[') + std::string(100, ']')).ok());
  const std::string texts[] = {"",
                               "{",
                               "{\"a\":1,}",
                               "'a'",
                               "NaN",
                               "1 2",
                               "\"\xED\xA0\x80\"",
                               "1e999",
                               "\"\t\"",
                               "// c\n1",
                               "01",
                               ".5",
                               std::string("1\0", 2),
                               std::string(101, '[') + std::string(101, ']'),
                               std::string(10'000, '[') + std::string(10'000, ']')};
  for (const std::string& text : texts) {
    const Status status = ParseMetadata(text).status();
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << text;
    EXPECT_TRUE(status.message().starts_with("the metadata: bad JSON")) << status.message();
  }
  EXPECT_EQ(ParseMetadata("\"" + std::string(1022, 'm') + "\"")->size(), 1024U);
  ExpectRefusal(ParseMetadata("\"" + std::string(1023, 'm') + "\"").status(),
                "the metadata has 1025 bytes of JSON (allowed: at most 1024)", Code::kTooLarge, "");
}

TEST(MetadataTags, AreThoseThatCanBeTags) {
  const std::pair<std::string, std::vector<std::string>> cases[] = {
      {"", {}},
      {"no JSON", {}},
      {"[]", {}},
      {R"({"cacheTags":"a"})", {}},
      {R"({"cacheTags":[]})", {}},
      {R"({"tags":["a"]})", {}},
      {R"({"x":1,"cacheTags":["b","a",1,"no,tag","","b",null]})", {"b", "a"}},
  };
  for (const auto& [metadata, tags] : cases) {
    EXPECT_EQ(MetadataTags(metadata), tags) << metadata;
    BulkEntry entry{"k", "v", 5, 60, metadata, {}};
    const Mutation put = ToMutation(entry);
    EXPECT_EQ(put.kind, Mutation::Kind::kPut);
    EXPECT_EQ(put.key, "k");
    EXPECT_EQ(put.value, "v");
    EXPECT_EQ(put.attributes.metadata, metadata);
    EXPECT_EQ(put.attributes.tags, tags);
    EXPECT_EQ(put.attributes.expiration, 5);
    EXPECT_EQ(put.attributes.ttl, 60);
  }
}

}  // namespace
}  // namespace reel

#include <gtest/gtest.h>
#include <reel/config.h>

#include <random>
#include <string>
#include <vector>

#include "tests/support/test_bytes.h"

namespace reel {
namespace {

// All settings, each unlike its default.
constexpr const char* kEverySetting =
    R"({"kvChunking":{"enabled":false,"sizeThreshold":1,"chunkSize":2,"timeoutMs":3,"maxChunks":4,)"
    R"("parallelFetches":5,"logChunkOperations":false,"useEdgeCache":false,"edgeCacheTtl":30},)"
    R"("ttlRefresh":{"enabled":false,"minElapsedPercent":100,"minRemainingSeconds":0},)"
    R"("cacheTags":{"derived":false,"prefix":"日\"x"}})";

std::string Refusal(const std::string& text) {
  ConfigBuilder builder;
  const auto before = builder.Settings();
  const Status status = builder.Apply(text, "reel.json");
  EXPECT_EQ(builder.Settings(), before) << text;
  EXPECT_EQ(status.code(), Code::kInvalidArgument) << text;
  EXPECT_EQ(status.message().find('\n'), std::string::npos) << status.message();
  return status.message();
}

std::vector<std::string> Lines(const ConfigBuilder& builder) {
  std::vector<std::string> lines;
  for (const Setting& setting : builder.Settings()) {
    lines.push_back(EncodeSetting(setting));
  }
  return lines;
}

TEST(Config, DefaultsAreTheSpecifications) {
  EXPECT_EQ(Lines(ConfigBuilder()),
            (std::vector<std::string>{
                R"({"name":"kvChunking.enabled","value":true,"source":"default"})",
                R"({"name":"kvChunking.sizeThreshold","value":20971520,"source":"default"})",
                R"({"name":"kvChunking.chunkSize","value":5242880,"source":"default"})",
                R"({"name":"kvChunking.timeoutMs","value":10000,"source":"default"})",
                R"({"name":"kvChunking.maxChunks","value":1000,"source":"default"})",
                R"({"name":"kvChunking.parallelFetches","value":3,"source":"default"})",
                R"({"name":"kvChunking.logChunkOperations","value":true,"source":"default"})",
                R"({"name":"kvChunking.useEdgeCache","value":true,"source":"default"})",
                R"({"name":"kvChunking.edgeCacheTtl","value":3600,"source":"default"})",
                R"({"name":"ttlRefresh.enabled","value":true,"source":"default"})",
                R"({"name":"ttlRefresh.minElapsedPercent","value":10,"source":"default"})",
                R"({"name":"ttlRefresh.minRemainingSeconds","value":60,"source":"default"})",
                R"({"name":"cacheTags.derived","value":true,"source":"default"})",
                R"({"name":"cacheTags.prefix","value":"video-","source":"default"})",
            }));
  const auto config = ConfigBuilder().Build();
  ASSERT_TRUE(config.ok()) << config.status().message();
  EXPECT_TRUE(config->chunking.Validate().ok());
  EXPECT_TRUE(config->fetch.Validate().ok());
  EXPECT_TRUE(config->ttl_refresh.Validate().ok());
  EXPECT_TRUE(config->tags.Validate().ok());
}

TEST(Config, EverySettingReachesItsOption) {
  ConfigBuilder builder;
  const Status status = builder.Apply(kEverySetting, "f");
  ASSERT_TRUE(status.ok()) << status.message();
  const auto config = builder.Build();
  ASSERT_TRUE(config.ok()) << config.status().message();
  EXPECT_FALSE(config->chunking.enabled);
  EXPECT_EQ(config->chunking.size_threshold, 1U);
  EXPECT_EQ(config->chunking.chunk_size, 2U);
  EXPECT_EQ(config->chunking.max_chunks, 4U);
  EXPECT_EQ(config->fetch.timeout_ms, 3U);
  EXPECT_EQ(config->fetch.parallel_fetches, 5U);
  EXPECT_FALSE(config->fetch.log_chunk_operations);
  EXPECT_FALSE(config->fetch.use_edge_cache);
  EXPECT_EQ(config->fetch.edge_cache_ttl_s, 30);
  EXPECT_FALSE(config->ttl_refresh.enabled);
  EXPECT_EQ(config->ttl_refresh.min_elapsed_percent, 100U);
  EXPECT_EQ(config->ttl_refresh.min_remaining_s, 0);
  EXPECT_FALSE(config->tags.derived);
  EXPECT_EQ(config->tags.prefix, "日\"x");
  for (const Setting& setting : builder.Settings()) {
    EXPECT_EQ(setting.source, "f") << setting.name;
  }
  EXPECT_EQ(Lines(builder).back(), R"({"name":"cacheTags.prefix","value":"日\"x","source":"f"})");
}

TEST(Config, LaterTextsOverrideOnlyWhatTheyName) {
  ConfigBuilder builder;
  ASSERT_TRUE(builder.Apply(R"({"kvChunking":{"chunkSize":1000000,"maxChunks":50}})", "a").ok());
  ASSERT_TRUE(builder.Apply("\xEF\xBB\xBF{ }\n", "empty").ok());
  ASSERT_TRUE(builder.Apply(R"({"ttlRefresh":{},"kvChunking":{"maxChunks":60}})", "b").ok());
  // The same value again, but now it is this text's.
  ASSERT_TRUE(builder.Apply(R"({"cacheTags":{"prefix":"video-"}})", "c").ok());
  for (const Setting& setting : builder.Settings()) {
    const std::string expected = setting.name == "kvChunking.chunkSize"   ? "1000000 a"
                                 : setting.name == "kvChunking.maxChunks" ? "60 b"
                                 : setting.name == "cacheTags.prefix"     ? "\"video-\" c"
                                                                          : " default";
    const std::string found = setting.value + " " + setting.source;
    EXPECT_TRUE(found.ends_with(expected)) << setting.name << " is " << found;
  }
}

TEST(Config, TakesIntegersHoweverTheyAreWritten) {
  for (const char* written : {"5000000", "5e6", "5E+6", "5000000.0", "0.5e7", "50000000e-1",
                              "5000000.000e0", "0.00005e11"}) {
    ConfigBuilder builder;
    const Status status =
        builder.Apply(std::string(R"({"kvChunking":{"chunkSize":)") + written + "}}", "f");
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(builder.Settings()[2].value, "5000000") << written;
  }
  for (const char* written :
       {"0", "-0", "0.0", "0e99", "0e-99", "0.0e-9223372036854775808", "0e99999999999999999999"}) {
    ConfigBuilder builder;
    const Status status = builder.Apply(
        std::string(R"({"ttlRefresh":{"minRemainingSeconds":)") + written + "}}", "f");
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(builder.Settings()[11].value, "0") << written;
  }
}

TEST(Config, ExponentsBeyondAllReachAreRefused) {
  for (const char* written : {"1e2147483648", "1e-2147483648", "1.5e-9223372036854775808",
                              "12e9223372036854775807", "1e99999999999999999999"}) {
    ConfigBuilder builder;
    EXPECT_EQ(
        builder.Apply(std::string(R"({"kvChunking":{"chunkSize":)") + written + "}}", "f").code(),
        Code::kInvalidArgument)
        << written;
  }
}

TEST(Config, RefusalsNameSettingValueAndWhatIsAllowed) {
  const struct {
    const char* text;
    const char* message;
  } kCases[] = {
      {"",
       "reel.json: bad JSON at line 1, column 1: syntax error while parsing value - "
       "unexpected end of input; expected '[', '{', or a literal (correct the text)"},
      {"[]", "reel.json: the configuration is [] (allowed: an object)"},
      {"\"\\n\"", "reel.json: the configuration is \"\\n\" (allowed: an object)"},
      {R"({"kvchunking":{}})",
       "reel.json: \"kvchunking\" is unknown (allowed: kvChunking, ttlRefresh, cacheTags)"},
      {R"({"":{}})", "reel.json: \"\" is unknown (allowed: kvChunking, ttlRefresh, cacheTags)"},
      {R"({"kvChunking":[5]})", "reel.json: kvChunking is [5] (allowed: an object)"},
      {R"({"cacheTags":null})", "reel.json: cacheTags is null (allowed: an object)"},
      {R"({"cacheTags":{"Prefix":"x"}})",
       "reel.json: \"cacheTags.Prefix\" is unknown (allowed: cacheTags.derived, "
       "cacheTags.prefix)"},
      {R"({"ttlRefresh":{"chunkSize":7}})",
       "reel.json: \"ttlRefresh.chunkSize\" is unknown (allowed: ttlRefresh.enabled, "
       "ttlRefresh.minElapsedPercent, ttlRefresh.minRemainingSeconds)"},
      {R"({"ttlRefresh":{},"ttlRefresh":{}})",
       "reel.json: \"ttlRefresh\" stands twice (give it once)"},
      {R"({"kvChunking":{"chunkSize":5,"maxChunks":9,"chunkSize":5}})",
       "reel.json: \"kvChunking.chunkSize\" stands twice (give it once)"},
      {R"({"kvChunking":{"enabled":1}})",
       "reel.json: kvChunking.enabled is 1 (allowed: true or false)"},
      {R"({"kvChunking":{"enabled":"true"}})",
       "reel.json: kvChunking.enabled is \"true\" (allowed: true or false)"},
      {R"({"kvChunking":{"sizeThreshold":26214401}})",
       "reel.json: kvChunking.sizeThreshold is 26214401 (allowed: an integer from 0 to 26214400, "
       "the largest value of an entry)"},
      {R"({"kvChunking":{"sizeThreshold":-1}})",
       "reel.json: kvChunking.sizeThreshold is -1 (allowed: an integer from 0 to 26214400, the "
       "largest value of an entry)"},
      {R"({"kvChunking":{"chunkSize":0}})",
       "reel.json: kvChunking.chunkSize is 0 (allowed: an integer from 1 to 26214400, the largest "
       "value of an entry)"},
      {R"({"kvChunking":{"chunkSize":"5242880"}})",
       "reel.json: kvChunking.chunkSize is \"5242880\" (allowed: an integer from 1 to 26214400, "
       "the largest value of an entry)"},
      {R"({"kvChunking":{"maxChunks":1.5}})",
       "reel.json: kvChunking.maxChunks is 1.5 (allowed: an integer from 1 to 4294967295)"},
      // A double would make 1 of it.
      {R"({"kvChunking":{"maxChunks":1.00000000000000000001}})",
       "reel.json: kvChunking.maxChunks is 1.00000000000000000001 (allowed: an integer from 1 to "
       "4294967295)"},
      {R"({"kvChunking":{"maxChunks":4294967296}})",
       "reel.json: kvChunking.maxChunks is 4294967296 (allowed: an integer from 1 to 4294967295)"},
      {R"({"kvChunking":{"maxChunks":18446744073709551617}})",
       "reel.json: kvChunking.maxChunks is 18446744073709551617 (allowed: an integer from 1 to "
       "4294967295)"},
      {R"({"kvChunking":{"maxChunks":1e300}})",
       "reel.json: kvChunking.maxChunks is 1e300 (allowed: an integer from 1 to 4294967295)"},
      {R"({"kvChunking":{"maxChunks":1e-99999999999999999999}})",
       "reel.json: kvChunking.maxChunks is 1e-99999999999999999999 (allowed: an integer from 1 to "
       "4294967295)"},
      {R"({"kvChunking":{"maxChunks":1e400}})",
       "reel.json: bad JSON at line 1, column 32, in \"kvChunking.maxChunks\": number overflow "
       "parsing '1e400' (correct the text)"},
      {R"({"kvChunking":{"timeoutMs":0}})",
       "reel.json: kvChunking.timeoutMs is 0 (allowed: an integer from 1 to 4294967295)"},
      {R"({"kvChunking":{"parallelFetches":65}})",
       "reel.json: kvChunking.parallelFetches is 65 (allowed: an integer from 1 to 64)"},
      {R"({"kvChunking":{"edgeCacheTtl":29}})",
       "reel.json: kvChunking.edgeCacheTtl is 29 (allowed: an integer from 30 to 1099511627776 "
       "seconds)"},
      {R"({"ttlRefresh":{"minElapsedPercent":101}})",
       "reel.json: ttlRefresh.minElapsedPercent is 101 (allowed: an integer from 1 to 100)"},
      {R"({"ttlRefresh":{"minRemainingSeconds":null}})",
       "reel.json: ttlRefresh.minRemainingSeconds is null (allowed: an integer from 0 to "
       "1099511627776)"},
      {R"({"cacheTags":{"prefix":7}})",
       "reel.json: cacheTags.prefix is 7 (allowed: text, at most 64 bytes of UTF-8, no commas or "
       "control characters)"},
      {R"({"cacheTags":{"prefix":"a,b"}})",
       "reel.json: cacheTags.prefix is \"a,b\" (allowed: text, at most 64 bytes of UTF-8, no "
       "commas or control characters)"},
      {R"({"cacheTags":{"prefix":"a\u0000b\n"}})",
       "reel.json: cacheTags.prefix is \"a\\u0000b\\n\" (allowed: text, at most 64 bytes of UTF-8, "
       "no commas or control characters)"},
      {"{\n \"cacheTags\": {\"prefix\": \"a\xFF\"}}",
       "reel.json: bad JSON at line 2, column 28, in \"cacheTags.prefix\": syntax error while "
       "parsing value - invalid string: ill-formed UTF-8 byte (correct the text)"},
      {"{\n\n  \"kvChunking\": {]}",
       "reel.json: bad JSON at line 3, column 18, in \"kvChunking\": syntax error while parsing "
       "object key - unexpected ']'; expected string literal (correct the text)"},
      {"{} {}",
       "reel.json: bad JSON at line 1, column 4: syntax error while parsing value - "
       "unexpected '{'; expected end of input (correct the text)"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(Refusal(test.text), test.message) << test.text;
  }
}

TEST(Config, RefusesPrefixesThatLeaveNoRoom) {
  ConfigBuilder builder;
  const std::string longest(64, 'p');
  EXPECT_TRUE(builder.Apply(R"({"cacheTags":{"prefix":")" + longest + "\"}}", "f").ok());
  EXPECT_TRUE(builder.Apply(R"({"cacheTags":{"prefix":""}})", "f").ok());
  Refusal(R"({"cacheTags":{"prefix":")" + longest + "p\"}}");
  TagOptions tags;
  tags.prefix = "a,\n";
  EXPECT_EQ(tags.Validate().message(),
            "prefix is \"a,\\n\" (allowed: at most 64 bytes of UTF-8, no commas or control "
            "characters)");
  tags.prefix = "\xFF";
  EXPECT_EQ(tags.Validate().code(), Code::kInvalidArgument);
}

TEST(Config, OptionsSayWhatIsOutOfBounds) {
  TtlRefreshOptions ttl_refresh;
  ttl_refresh.min_elapsed_percent = 0;
  EXPECT_EQ(ttl_refresh.Validate().message(), "minElapsedPercent is 0 (allowed: 1 to 100)");
  ttl_refresh.min_elapsed_percent = 1;
  ttl_refresh.min_remaining_s = -1;
  EXPECT_EQ(ttl_refresh.Validate().message(),
            "minRemainingSeconds is -1 (allowed: 0 to 1099511627776)");
  FetchOptions fetch;
  fetch.parallel_fetches = 0;
  EXPECT_EQ(fetch.Validate().message(), "parallelFetches is 0 (allowed: 1 to 64)");
  ChunkingOptions chunking;
  chunking.size_threshold = UINT64_MAX;
  EXPECT_EQ(chunking.Validate().message(),
            "sizeThreshold is 18446744073709551615 (allowed: 0 to 26214400, the largest value of "
            "an entry)");
}

TEST(Config, RefusesSettingsThatContradictEachOtherAcrossSources) {
  ConfigBuilder builder;
  ASSERT_TRUE(builder.Apply(R"({"kvChunking":{"chunkSize":1000}})", "reel.json").ok());
  EXPECT_EQ(builder.Build().status().message(),
            "kvChunking.sizeThreshold is 20971520 (default), kvChunking.chunkSize is 1000 "
            "(reel.json), kvChunking.maxChunks is 1000 (default): all chunks together are smaller "
            "than the smallest video that is chunked (allowed: maxChunks times chunkSize at least "
            "sizeThreshold)");
  EXPECT_EQ(builder.Build().code(), Code::kInvalidArgument);
  EXPECT_EQ(builder.Settings().size(), 14U);
  ASSERT_TRUE(builder.Apply(R"({"kvChunking":{"sizeThreshold":1000001}})", "--config b").ok());
  EXPECT_EQ(builder.Build().code(), Code::kInvalidArgument);
  ASSERT_TRUE(builder.Apply(R"({"kvChunking":{"sizeThreshold":1000000}})", "--config c").ok());
  EXPECT_TRUE(builder.Build().ok());
  ASSERT_TRUE(
      builder.Apply(R"({"kvChunking":{"enabled":false,"maxChunks":1}})", "--config d").ok());
  EXPECT_TRUE(builder.Build().ok());
}

TEST(Config, HostileTextsAreRefused) {
  const std::string whole = kEverySetting;
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(Refusal(whole.substr(0, size)).find("bad JSON at line 1"), std::string::npos) << size;
  }
  EXPECT_EQ(Refusal(whole + std::string("\0x", 2)), "reel.json: bad JSON at line 1, column " +
                                                        std::to_string(whole.size() + 1) +
                                                        ": a zero byte (correct the text)");
  std::string deep = R"({"kvChunking":{"chunkSize":)" + std::string(10'000, '[');
  EXPECT_EQ(Refusal(deep),
            "reel.json: bad JSON, in \"kvChunking.chunkSize\": nested more than 100 deep (correct "
            "the text)");
  deep += std::string(10'000, ']') + "}}";
  Refusal(deep);
  std::string objects;
  for (int i = 0; i < 10'000; ++i) {
    objects += R"({"kvChunking":)";
  }
  EXPECT_LT(Refusal(objects).size(), 200U);
  std::string wide = "[0";
  for (int i = 0; i < 10'000; ++i) {
    wide += ",0";
  }
  EXPECT_EQ(Refusal(wide + "]"), "reel.json: bad JSON: more than 1000 values (correct the text)");
  EXPECT_LT(Refusal(R"({")" + std::string(100'000, 'k') + R"(":{}})").size(), 300U);
  EXPECT_LT(Refusal(R"({"kvChunking":{"chunkSize":)" + std::string(100'000, '9') + "}}").size(),
            400U);
}

// Whatever a byte is changed to, the text is refused in one line, or its settings are sound.
TEST(Config, DamagedTextsNeverGiveUnsoundSettings) {
  std::mt19937_64 random(test::TestSeed());
  const std::string whole = kEverySetting;
  for (int round = 0; round < 3000; ++round) {
    std::string text = whole;
    for (uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    ConfigBuilder builder;
    const Status status = builder.Apply(text, "f");
    if (!status.ok()) {
      EXPECT_EQ(status.message().find('\n'), std::string::npos) << status.message();
      continue;
    }
    const auto config = builder.Build();
    if (config.ok()) {
      EXPECT_TRUE(config->chunking.Validate().ok() && config->fetch.Validate().ok() &&
                  config->ttl_refresh.Validate().ok() && config->tags.Validate().ok())
          << text;
    }
  }
}

// What is printed can be applied again.
TEST(Config, SettingsReadBackAsTheyWerePrinted) {
  ConfigBuilder first;
  ASSERT_TRUE(first.Apply(kEverySetting, "f").ok());
  ConfigBuilder second;
  for (const Setting& setting : first.Settings()) {
    const size_t dot = setting.name.find('.');
    const Status status =
        second.Apply("{\"" + setting.name.substr(0, dot) + "\":{\"" + setting.name.substr(dot + 1) +
                         "\":" + setting.value + "}}",
                     "f");
    ASSERT_TRUE(status.ok()) << status.message();
  }
  EXPECT_EQ(second.Settings(), first.Settings());
}

}  // namespace
}  // namespace reel

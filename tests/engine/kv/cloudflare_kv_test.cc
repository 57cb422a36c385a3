// Cloudflare KV's rules and texts, on every namespace. The texts stand here in full: clients show
// them to people, and compare them.
#include <gtest/gtest.h>
#include <reel/cloudflare_kv.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "base/limits.h"
#include "tests/engine/kv/cloudflare_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

using test::ErrorOf;
using test::kNow;
using Strings = std::vector<std::string>;

class CloudflareKvTest : public test::CloudflareFixture {};

INSTANTIATE_TEST_SUITE_P(, CloudflareKvTest,
                         testing::Values(test::Backend::kMemory, test::Backend::kDisk),
                         test::BackendName);

TEST(CloudflareKvKey, IsDecodedOnce) {
  const KvError refused = {400, "Could not URL-decode key name"};
  const struct {
    const char* segment;
    const char* key;
  } good[] = {
      {"a", "a"},       {"", ""},        {"a%2Fb", "a/b"}, {"a%2fb", "a/b"},
      {"a+b", "a+b"},   {"%2B", "+"},    {"%252F", "%2F"}, {"%E6%97%A5%E6%9C%AC", "日本"},
      {"日本", "日本"}, {"%FF", "\xFF"},
  };
  for (const auto& [segment, key] : good) {
    const auto decoded = CloudflareKv::DecodeKeySegment(segment);
    ASSERT_TRUE(decoded.ok()) << segment;
    EXPECT_EQ(*decoded, key);
  }
  for (const char* segment : {"%", "a%", "%2", "%zz", "%2g", "%+2", "%-1", "% 2", "%%41", "%0x"}) {
    EXPECT_EQ(ErrorOf(CloudflareKv::DecodeKeySegment(segment)), refused) << segment;
  }
}

TEST_P(CloudflareKvTest, EveryOperationRefusesWhatCannotBeAKey) {
  const struct {
    std::string key;
    KvError error;
  } cases[] = {
      {"", {400, "Key names must not be empty"}},
      {".", {400, R"(Illegal key name ".". Please use a different name.)"}},
      {"..", {400, R"(Illegal key name "..". Please use a different name.)"}},
      {std::string(513, 'k'),
       {414, "UTF-8 encoded length of 513 exceeds key length limit of 512."}},
      {std::string(1'170, 'k'),
       {414, "UTF-8 encoded length of 1170 exceeds key length limit of 512."}},
      {"a\xFF", {400, "the key name is not UTF-8 (give it as UTF-8 text)"}},
  };
  // The key's fault is told ahead of all others.
  const KvPutOptions bad = {.expiration_ttl = "x", .metadata = "{", .value_bytes = 1ULL << 40};
  for (const auto& [key, error] : cases) {
    EXPECT_EQ(ErrorOf(kv_.Get(key, {.cache_ttl = "1"})), error);
    EXPECT_EQ(ErrorOf(kv_.BeginPut(key, bad)), error);
    EXPECT_EQ(ErrorOf(kv_.Put(key, "v", bad)), error);
    EXPECT_EQ(ErrorOf(kv_.Delete(key)), error);
    const Strings keys = {"fine", key};
    EXPECT_EQ(ErrorOf(kv_.BulkGet(keys)), error);
    const KvError second = {error.http_status, "entry 2: " + error.text};
    EXPECT_EQ(ErrorOf(kv_.BulkPut({{.key = "fine"}, {.key = key}})), second);
    EXPECT_EQ(ErrorOf(kv_.BulkDelete(keys)), second);
  }
  EXPECT_EQ(AllPages({}), "");
  for (const std::string& key : {std::string(512, 'k'), std::string("..."), std::string("日本")}) {
    Put(key, "v");
    EXPECT_EQ(Value(key), "v");
  }
}

TEST_P(CloudflareKvTest, RefusesBadPutOptionsAndKeepsTheOldValue) {
  Put("k", "old", {.metadata = "1"});
  const std::string no_ttl = "Please specify integer greater than 0.";
  const std::string short_ttl = "Expiration TTL must be at least 60.";
  const std::string past =
      "Please specify integer greater than the current number of seconds since the UNIX epoch.";
  const std::string soon = "Expiration times must be at least 60 seconds in the future.";
  const struct {
    KvPutOptions options;
    KvError error;
  } cases[] = {
      {{.expiration_ttl = "abc"}, {400, "Invalid expiration_ttl of abc. " + no_ttl}},
      {{.expiration_ttl = ""}, {400, "Invalid expiration_ttl of . " + no_ttl}},
      {{.expiration_ttl = "60.5"}, {400, "Invalid expiration_ttl of 60.5. " + no_ttl}},
      {{.expiration_ttl = " 60"}, {400, "Invalid expiration_ttl of  60. " + no_ttl}},
      {{.expiration_ttl = "60s"}, {400, "Invalid expiration_ttl of 60s. " + no_ttl}},
      {{.expiration_ttl = "0"}, {400, "Invalid expiration_ttl of 0. " + no_ttl}},
      {{.expiration_ttl = "-60"}, {400, "Invalid expiration_ttl of -60. " + no_ttl}},
      {{.expiration_ttl = "-99999999999999999999"},
       {400, "Invalid expiration_ttl of -99999999999999999999. " + no_ttl}},
      {{.expiration_ttl = "60\r\nX: 1"}, {400, "Invalid expiration_ttl of 60  X: 1. " + no_ttl}},
      {{.expiration_ttl = "1"}, {400, "Invalid expiration_ttl of 1. " + short_ttl}},
      {{.expiration_ttl = "059"}, {400, "Invalid expiration_ttl of 059. " + short_ttl}},
      {{.expiration_ttl = "99999999999999999999"},
       {400,
        "expiration_ttl is 99999999999999999999: more than 1099511627776 seconds ahead (leave it "
        "out to keep the key for ever)"}},
      {{.expiration = "1800000100", .expiration_ttl = "59"},
       {400, "Invalid expiration_ttl of 59. " + short_ttl}},
      {{.expiration = "tomorrow"}, {400, "Invalid expiration of tomorrow. " + past}},
      {{.expiration = "0"}, {400, "Invalid expiration of 0. " + past}},
      {{.expiration = "1800000000"}, {400, "Invalid expiration of 1800000000. " + past}},
      {{.expiration = "1800000001"}, {400, "Invalid expiration of 1800000001. " + soon}},
      {{.expiration = "1800000059"}, {400, "Invalid expiration of 1800000059. " + soon}},
      {{.expiration = "1800000000000"},
       {400,
        "expiration is 1800000000000: more than 1099511627776 seconds ahead (give seconds since "
        "the epoch, not milliseconds)"}},
      // Options ahead of metadata, and that ahead of the value.
      {{.expiration_ttl = "59", .metadata = "{", .value_bytes = 26'214'401},
       {400, "Invalid expiration_ttl of 59. " + short_ttl}},
      {{.value_bytes = 26'214'401}, {413, "Value length of 26214401 exceeds limit of 26214400."}},
      {{.value_bytes = 4},
       {400, "the value was not stored: 4 bytes were declared, 3 came (send it again)"}},
      {{.value_bytes = 2},
       {400, "the value was not stored: 2 bytes were declared, 3 came (send it again)"}},
  };
  for (const auto& [options, error] : cases) {
    EXPECT_EQ(ErrorOf(kv_.Put("k", "new", options)), error);
  }
  EXPECT_EQ(Value("k"), "old");
  EXPECT_EQ((*kv_.Get("k"))->entry().metadata, "1");
}

TEST_P(CloudflareKvTest, RefusesBadMetadataAndKeepsTheOldValue) {
  Put("k", "old", {.metadata = "1"});
  const auto refuse = [&](std::string_view metadata) {
    return ErrorOf(kv_.Put("k", "new", {.metadata = metadata, .value_bytes = 1ULL << 40}));
  };
  const std::string text = '"' + std::string(1'023, 'm') + '"';
  EXPECT_EQ(refuse(text), (KvError{413, "Metadata length of 1025 exceeds limit of 1024."}));
  EXPECT_EQ(refuse(std::string(10'000, '[')),
            (KvError{413, "Metadata length of 10000 exceeds limit of 1024."}));
  for (const std::string& metadata :
       {std::string(), std::string("{"), std::string("{} x"), std::string("\"\xFF\""),
        std::string("undefined"), std::string(500, '[') + std::string(500, ']')}) {
    const KvError error = refuse(metadata);
    EXPECT_EQ(error.http_status, 400) << metadata;
    EXPECT_TRUE(error.text.starts_with("the metadata: ")) << error.text;
  }
  EXPECT_EQ(Value("k"), "old");
  EXPECT_EQ((*kv_.Get("k"))->entry().metadata, "1");
}

TEST_P(CloudflareKvTest, MetadataIsAnyJsonOfUpTo1024Bytes) {
  const std::string longest = '"' + std::string(1'022, 'm') + '"';
  const struct {
    std::string put;
    std::string got;
  } cases[] = {
      {longest, longest},
      {"null", "null"},
      {"\"\"", "\"\""},
      {"12.50", "12.50"},
      {"[1, {\"a\" : []}]", R"([1,{"a":[]}])"},
      {R"("日本")", R"("日本")"},
      {R"("\r\n")", R"("\r\n")"},
  };
  for (const auto& [put, got] : cases) {
    Put("k", "v", {.metadata = put});
    EXPECT_EQ((*kv_.Get("k"))->entry().metadata, got);
  }
  Put("k", "v");
  EXPECT_EQ((*kv_.Get("k"))->entry().metadata, "");
}

TEST_P(CloudflareKvTest, ReadsCheckCacheTtl) {
  Put("k", "v");
  for (const char* ttl : {"29", "0", "-30", "abc", "", "30.5"}) {
    const KvError error = {
        400, std::string("Invalid cache_ttl of ") + ttl + ". Cache TTL must be at least 30."};
    EXPECT_EQ(ErrorOf(kv_.Get("k", {.cache_ttl = ttl})), error);
    EXPECT_EQ(ErrorOf(kv_.Get("missing", {.cache_ttl = ttl})), error);
    EXPECT_EQ(ErrorOf(kv_.BulkGet(Strings{"k"}, {.cache_ttl = ttl})), error);
  }
  for (const char* ttl : {"30", "3600", "99999999999999999999"}) {
    EXPECT_TRUE(kv_.Get("k", {.cache_ttl = ttl}).ok()) << ttl;
  }
}

TEST_P(CloudflareKvTest, MissingKeysAreNoErrors) {
  const auto view = kv_.Get("日本");
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(*view, nullptr);
  EXPECT_EQ(MissingKvKey(), (KvError{404, "Not Found"}));
  EXPECT_EQ(kv_.Delete("日本"), std::nullopt);
  Put("日本", "v");
  EXPECT_EQ(kv_.Delete("日本"), std::nullopt);
  EXPECT_EQ(kv_.Delete("日本"), std::nullopt);
  EXPECT_EQ(Value("日本"), "(none)");
}

TEST_P(CloudflareKvTest, AnOverwriteReplacesValueMetadataAndExpiration) {
  Put("日本", "one", {.expiration_ttl = "60", .metadata = "{}"});
  Put("日本", "two");
  entries_.clock().Advance(1'000);
  EXPECT_EQ(Value("日本"), "two");
  const auto view = kv_.Get("日本");
  EXPECT_EQ((*view)->entry().metadata, "");
  EXPECT_EQ((*view)->entry().expires, std::nullopt);
}

TEST_P(CloudflareKvTest, AViewReadsRangesOfItsMoment) {
  const std::string bytes = test::RandomBytes(3 << 20, 1);
  Put("k", bytes);
  const auto view = kv_.Get("k");
  Put("k", "new");
  BorrowedBytes out;
  ASSERT_TRUE((*view)->ReadValue(1'000'000, 1'000'000, &out).ok());
  EXPECT_TRUE(out.ToString() == bytes.substr(1'000'000, 1'000'000));
  EXPECT_EQ(Value("k"), "new");
}

TEST_P(CloudflareKvTest, ExpiryIsExactAndTheTtlWins) {
  const struct {
    KvPutOptions options;
    int64_t lives;
  } cases[] = {
      {{.expiration_ttl = "60"}, 60},
      {{.expiration_ttl = "0061"}, 61},
      {{.expiration = "1800000060"}, 60},
      {{.expiration = "1800000200", .expiration_ttl = "100"}, 100},
      // The loser is not even looked at.
      {{.expiration = "nonsense", .expiration_ttl = "100"}, 100},
      {{.expiration = "1", .expiration_ttl = "100"}, 100},
  };
  for (const auto& [options, lives] : cases) {
    entries_.clock().Advance(kNow - entries_.clock().NowSeconds());
    Put("k", "v", options);
    EXPECT_EQ(kv_.List()->keys.front().expires, kNow + lives);
    entries_.clock().Advance(lives - 1);
    EXPECT_EQ(Value("k"), "v");
    entries_.clock().Advance(1);
    EXPECT_EQ(Value("k"), "(none)");
    EXPECT_EQ(AllPages({}), "");
    EXPECT_EQ(kv_.BulkGet(Strings{"k"})->front().value, std::nullopt);
    EXPECT_EQ(kv_.Delete("k"), std::nullopt);
  }
}

TEST_P(CloudflareKvTest, AClockThatJumpsBackwards) {
  Put("k", "v", {.expiration_ttl = "100"});
  entries_.clock().Advance(100);
  EXPECT_EQ(Value("k"), "(none)");
  entries_.clock().Advance(-1'000);
  EXPECT_EQ(Value("k"), "v");
  Put("new", "v", {.expiration = "1799999160"});
  EXPECT_EQ(ErrorOf(kv_.Put("new", "w", {.expiration = "1799999159"})),
            (KvError{400,
                     "Invalid expiration of 1799999159. Expiration times must be at least 60 "
                     "seconds in the future."}));
  entries_.clock().Advance(59);
  EXPECT_EQ(Value("new"), "v");
  entries_.clock().Advance(1);
  EXPECT_EQ(Value("new"), "(none)");
}

TEST_P(CloudflareKvTest, AStreamIsOneValue) {
  const std::string bytes = test::RandomBytes(5 << 20, 2);
  for (const std::optional<uint64_t> declared : {std::optional<uint64_t>(), {bytes.size()}}) {
    Put("k", "old");
    auto upload = kv_.BeginPut("k", {.metadata = "{\"a\":1}", .value_bytes = declared});
    ASSERT_TRUE(upload.ok());
    for (size_t at = 0; at < bytes.size(); at += 700'000) {
      ASSERT_EQ(upload->Append(std::string_view(bytes).substr(at, 700'000)), std::nullopt);
      EXPECT_EQ(Value("k"), "old");
    }
    const auto entry = upload->Finish();
    ASSERT_TRUE(entry.ok()) << entry.error().text;
    EXPECT_EQ(entry->size, bytes.size());
    EXPECT_EQ(entry->metadata, "{\"a\":1}");
    EXPECT_TRUE(Value("k") == bytes);
  }
}

TEST_P(CloudflareKvTest, TheLongestValueFitsAndAByteMoreDoesNot) {
  const std::string longest = test::RandomBytes(kValueBytesMax, 3);
  Put("k", longest);
  EXPECT_TRUE(Value("k") == longest);
  const KvError too_long = {413, "Value length of 26214401 exceeds limit of 26214400."};
  EXPECT_EQ(ErrorOf(kv_.Put("k", longest + "x")), too_long);
  EXPECT_EQ(ErrorOf(kv_.BulkPut({{.key = "k", .value = longest + "x"}})),
            (KvError{413, "entry 1: " + too_long.text}));

  auto upload = kv_.BeginPut("k");
  ASSERT_EQ(upload->Append(longest), std::nullopt);
  EXPECT_EQ(upload->Append("x"), too_long);
  // What still comes is counted, for the text.
  const KvError longer = {413, "Value length of 26214411 exceeds limit of 26214400."};
  EXPECT_EQ(upload->Append("0123456789"), longer);
  EXPECT_EQ(ErrorOf(upload->Finish()), longer);
  EXPECT_TRUE(Value("k") == longest);
  EXPECT_EQ(AllPages({}), "k ");
}

TEST_P(CloudflareKvTest, WhatIsNotAsDeclaredIsNotStored) {
  Put("k", "old", {.metadata = "1"});
  {
    auto longer = kv_.BeginPut("k", {.value_bytes = 10});
    ASSERT_EQ(longer->Append("0123456789"), std::nullopt);
    const KvError error = {
        400, "the value was not stored: 10 bytes were declared, 11 came (send it again)"};
    EXPECT_EQ(longer->Append("x"), error);
    EXPECT_EQ(longer->Append("y"), error);
    EXPECT_EQ(ErrorOf(longer->Finish()), error);
  }
  {
    auto shorter = kv_.BeginPut("k", {.value_bytes = 10});
    ASSERT_EQ(shorter->Append("012345678"), std::nullopt);
    EXPECT_EQ(
        ErrorOf(shorter->Finish()),
        (KvError{400, "the value was not stored: 10 bytes were declared, 9 came (send it again)"}));
  }
  EXPECT_EQ(Value("k"), "old");
  EXPECT_EQ((*kv_.Get("k"))->entry().metadata, "1");
}

TEST_P(CloudflareKvTest, AnAbandonedUploadLeavesNothing) {
  Put("k", "old");
  for (const char* key : {"k", "new"}) {
    auto upload = kv_.BeginPut(key);
    ASSERT_EQ(upload->Append(test::RandomBytes(3 << 20, 4)), std::nullopt);
  }
  EXPECT_EQ(Value("k"), "old");
  EXPECT_EQ(AllPages({}), "k ");
}

// An upload may take longer than its expiration is ahead.
TEST_P(CloudflareKvTest, AnExpirationIsCheckedAgainWhenTheValueIsThere) {
  Put("k", "old");
  const KvPutOptions options = {.expiration = "1800000100"};
  const struct {
    int64_t takes;
    KvError error;
  } cases[] = {
      {40, {200, ""}},
      {41,
       {400,
        "Invalid expiration of 1800000100. Expiration times must be at least 60 seconds in the "
        "future."}},
      {100,
       {400,
        "Invalid expiration of 1800000100. Please specify integer greater than the current number "
        "of seconds since the UNIX epoch."}},
  };
  for (const auto& [takes, error] : cases) {
    entries_.clock().Advance(kNow - entries_.clock().NowSeconds());
    Put("k", "old");
    auto upload = kv_.BeginPut("k", options);
    ASSERT_EQ(upload->Append("new"), std::nullopt);
    entries_.clock().Advance(takes);
    EXPECT_EQ(ErrorOf(upload->Finish()), error);
    EXPECT_EQ(Value("k"), error.http_status == 200 ? "new" : "old");
  }
}

TEST_P(CloudflareKvTest, ListsRowsInBytewiseOrder) {
  Put("b", "1", {.expiration_ttl = "100", .metadata = "{\"a\":\"日本\"}"});
  Put("a", "2");
  Put("日本/1", "3", {.metadata = "\"text\""});
  Put("B", "4");
  const auto page = kv_.List();
  ASSERT_TRUE(page.ok());
  EXPECT_TRUE(page->list_complete());
  Strings rows;
  for (const Entry& row : page->keys) {
    rows.push_back(EncodeKeyRow(row));
  }
  EXPECT_EQ(rows, (Strings{R"({"name":"B"})", R"({"name":"a"})",
                           R"({"name":"b","expiration":1800000100,"metadata":{"a":"日本"}})",
                           R"({"name":"日本/1","metadata":"text"})"}));
}

TEST_P(CloudflareKvTest, ListsByPrefixAndPage) {
  for (const char* key : {"a", "a/1", "a/2", "a/3", "A/1", "b", "日本", "日曜", "月"}) {
    Put(key, key);
  }
  const struct {
    const char* prefix;
    const char* limit;
    const char* rows;
  } cases[] = {
      {"", "1000", "A/1 a a/1 a/2 a/3 b 日曜 日本 月 "},
      {"", "4", "A/1 a a/1 a/2 | a/3 b 日曜 日本 | 月 "},
      {"", "9", "A/1 a a/1 a/2 a/3 b 日曜 日本 月 "},
      {"", "3", "A/1 a a/1 | a/2 a/3 b | 日曜 日本 月 "},
      {"a/", "2", "a/1 a/2 | a/3 "},
      {"a/", "1", "a/1 | a/2 | a/3 "},
      {"A", "1", "A/1 "},
      {"日", "1", "日曜 | 日本 "},
      {"\xE6", "2", "日曜 日本 | 月 "},
      {"nothing", "1", ""},
  };
  for (const auto& [prefix, limit, rows] : cases) {
    EXPECT_EQ(AllPages({.prefix = prefix, .limit = limit}), rows) << prefix << " by " << limit;
  }
}

TEST_P(CloudflareKvTest, AThousandRowsAreAPage) {
  std::vector<BulkEntry> entries(1'001);
  for (size_t i = 0; i < entries.size(); ++i) {
    entries[i].key = "k" + std::to_string(10'000 + i);
  }
  const auto put = kv_.BulkPut(entries);
  ASSERT_TRUE(put.ok());
  EXPECT_EQ(put->successful_key_count, 1'001U);
  const auto first = kv_.List();
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->keys.size(), 1'000U);
  ASSERT_FALSE(first->list_complete());
  const auto second = kv_.List({.cursor = *first->cursor});
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->keys.size(), 1U);
  EXPECT_EQ(second->keys.front().key, "k11000");
  EXPECT_TRUE(second->list_complete());
}

TEST_P(CloudflareKvTest, ACursorMeansStartAfterThisKey) {
  for (const char* key : {"b", "d", "f"}) {
    Put(key, key);
  }
  const auto page = kv_.List({.limit = "1"});
  ASSERT_TRUE(page->cursor);
  const std::string cursor = *page->cursor;
  EXPECT_TRUE(std::all_of(cursor.begin(), cursor.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '=';
  })) << cursor;
  Put("a", "behind");
  Put("c", "ahead");
  Put("g", "ahead");
  EXPECT_EQ(AllPages({.cursor = cursor}), "c d f g ");
  EXPECT_EQ(kv_.Delete("b"), std::nullopt);
  EXPECT_EQ(kv_.Delete("d"), std::nullopt);
  EXPECT_EQ(AllPages({.cursor = cursor}), "c f g ");
  EXPECT_EQ(AllPages({.prefix = "f", .cursor = cursor}), "f ");
  EXPECT_EQ(AllPages({.prefix = "a", .cursor = cursor}), "");
  EXPECT_EQ(AllPages({.cursor = ""}), "a c f g ");
}

TEST_P(CloudflareKvTest, ExpiredKeysNeitherFillAPageNorPromiseOne) {
  Put("a", "v");
  Put("b", "v", {.expiration_ttl = "60"});
  EXPECT_EQ(AllPages({.limit = "1"}), "a | b ");
  entries_.clock().Advance(60);
  EXPECT_EQ(AllPages({.limit = "1"}), "a ");
}

TEST_P(CloudflareKvTest, RefusesBadLists) {
  Put("k", "v");
  const std::string none = "Please specify an integer greater than 0.";
  const std::string many = "Please specify an integer less than 1000.";
  const std::string long_prefix(513, 'p');
  const KvError bad_cursor = {400,
                              "the cursor is malformed: no list gave it (pass it on as it came, or "
                              "list from the start)"};
  const struct {
    KvListQuery query;
    KvError error;
  } cases[] = {
      {{.limit = "0"}, {400, "Invalid key_count_limit of 0. " + none}},
      {{.limit = "-1"}, {400, "Invalid key_count_limit of -1. " + none}},
      {{.limit = "ten"}, {400, "Invalid key_count_limit of ten. " + none}},
      {{.limit = ""}, {400, "Invalid key_count_limit of . " + none}},
      {{.limit = "1001"}, {400, "Invalid key_count_limit of 1001. " + many}},
      {{.limit = "99999999999999999999"},
       {400, "Invalid key_count_limit of 99999999999999999999. " + many}},
      {{.prefix = long_prefix},
       {414, "UTF-8 encoded length of 513 exceeds key length limit of 512."}},
      {{.cursor = "!"}, bad_cursor},
      {{.cursor = "abc"}, bad_cursor},
      {{.cursor = "/w=="}, bad_cursor},  // no list writes '/'
      {{.cursor = "_w=="}, bad_cursor},  // 0xFF is no key
      {{.cursor = "Lg=="}, bad_cursor},  // nor is "."
      {{.cursor = "YQ"}, bad_cursor},
      {{.cursor = "YR=="}, bad_cursor},
  };
  for (const auto& [query, error] : cases) {
    EXPECT_EQ(ErrorOf(kv_.List(query)), error);
  }
  EXPECT_EQ(AllPages({.prefix = std::string_view(long_prefix).substr(1)}), "");
}

TEST_P(CloudflareKvTest, ChunksAreReadAsAnyKeyAndChangedAsNone) {
  const std::string video = test::RandomBytes(2'500, 6);
  ASSERT_TRUE(test::PutChunked(*entries_, "v", video, 1'000).ok());
  EXPECT_EQ(AllPages({}), "v v_chunk_0 v_chunk_1 v_chunk_2 ");
  EXPECT_EQ(Value("v"), "MANIFEST");
  EXPECT_EQ(Value("v_chunk_2"), video.substr(2'000));
  const KvError put = ErrorOf(kv_.Put("v_chunk_2", "x"));
  EXPECT_EQ(put.http_status, 409);
  EXPECT_TRUE(put.text.starts_with("\"v_chunk_2\" is chunk 2 of the video \"v\"")) << put.text;
  EXPECT_EQ(ErrorOf(kv_.Delete("v_chunk_2")),
            (KvError{409, "\"v_chunk_2\" is chunk 2 of the video \"v\" (name the video)"}));
  EXPECT_EQ(Value("v_chunk_2"), video.substr(2'000));
  Put("v", "single");
  EXPECT_EQ(AllPages({}), "v ");
}

TEST(KvErrorTable, HasAStatusForEveryCode) {
  const std::map<Code, int> statuses = {
      {Code::kNotFound, 404},    {Code::kInvalidArgument, 400}, {Code::kTooLarge, 413},
      {Code::kOutOfRange, 416},  {Code::kConflict, 409},        {Code::kCorruption, 500},
      {Code::kBusy, 503},        {Code::kNoSpace, 507},         {Code::kReadOnly, 403},
      {Code::kUnsupported, 501}, {Code::kIoError, 500},         {Code::kAborted, 503},
      {Code::kTimedOut, 504},
  };
  for (const auto& [code, http_status] : statuses) {
    EXPECT_EQ(ToKvError(Status(code, "why")), (KvError{http_status, "why"})) << CodeName(code);
  }
  EXPECT_EQ(ToKvError(Status(Code::kConflict, "a\r\nb\x7F日本")).text, "a  b 日本");
}

}  // namespace
}  // namespace reel

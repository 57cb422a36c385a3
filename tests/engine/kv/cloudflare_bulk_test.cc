// Cloudflare KV's bulk operations, with their texts in full, on every namespace.
#include <gtest/gtest.h>
#include <reel/cloudflare_kv.h>

#include "base/limits.h"
#include "tests/engine/kv/cloudflare_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

using test::ErrorOf;
using test::kNow;
using Strings = std::vector<std::string>;

class CloudflareBulk : public test::CloudflareFixture {};

INSTANTIATE_TEST_SUITE_P(, CloudflareBulk,
                         testing::Values(test::Backend::kMemory, test::Backend::kDisk),
                         test::BackendName);

TEST_P(CloudflareBulk, BulkGetAnswersEachKeyOnce) {
  Put("a", "text", {.metadata = "{\"m\":1}"});
  Put("日本", "");
  Put("gone", "x", {.expiration_ttl = "60"});
  entries_.clock().Advance(60);
  const Strings keys = {"日本", "missing", "a", "gone", "a"};
  for (const char* type : {"", "text"}) {
    const auto got = kv_.BulkGet(keys, {.type = type, .cache_ttl = "30"});
    ASSERT_TRUE(got.ok()) << got.error().text;
    ASSERT_EQ(got->size(), 4U);
    const std::vector<KvBulkValue>& values = *got;
    EXPECT_EQ(values[0].key, "日本");
    EXPECT_EQ(values[0].value, "");
    EXPECT_EQ(values[0].metadata, "");
    EXPECT_EQ(values[1].key, "missing");
    EXPECT_EQ(values[1].value, std::nullopt);
    EXPECT_EQ(values[2].key, "a");
    EXPECT_EQ(values[2].value, "text");
    EXPECT_EQ(values[2].metadata, "{\"m\":1}");
    EXPECT_EQ(values[3].key, "gone");
    EXPECT_EQ(values[3].value, std::nullopt);
    EXPECT_EQ(values[3].metadata, "");
  }
}

TEST_P(CloudflareBulk, BulkGetOfJsonTakesJsonAlone) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  const struct {
    std::string value;
    std::optional<std::string> got;
  } cases[] = {
      {"{\"a\": [1, null]}", "{\"a\": [1, null]}"},
      {" \"text\"\n", " \"text\"\n"},
      {"\xEF\xBB\xBF{}", "{}"},
      {deep, deep},
      {"", std::nullopt},
      {"text", std::nullopt},
      {"{", std::nullopt},
      {"{} {}", std::nullopt},
      {"\"\xFF\"", std::nullopt},
      {std::string("1\0", 2), std::nullopt},
      {std::string(100'000, '['), std::nullopt},
  };
  Put("fine", "1");
  for (const auto& [value, got] : cases) {
    Put("k", value);
    const auto values = kv_.BulkGet(Strings{"fine", "missing", "k"}, {.type = "json"});
    if (got) {
      ASSERT_TRUE(values.ok()) << values.error().text;
      EXPECT_TRUE((*values)[2].value == got);
      EXPECT_EQ((*values)[1].value, std::nullopt);
    } else {
      EXPECT_EQ(ErrorOf(values), (KvError{400,
                                          "At least one of the requested keys corresponds to a "
                                          "non-json value"}));
    }
    EXPECT_TRUE(kv_.BulkGet(Strings{"k"})->front().value == value);
  }
}

TEST_P(CloudflareBulk, RefusesBadBulkGets) {
  const Strings hundred(100, "k");
  Strings more = hundred;
  more.emplace_back("k");
  EXPECT_TRUE(kv_.BulkGet(hundred).ok());
  EXPECT_EQ(ErrorOf(kv_.BulkGet(more)), (KvError{400, "You can request a maximum of 100 keys"}));
  EXPECT_EQ(ErrorOf(kv_.BulkGet({})), (KvError{400, "You must request a minimum of 1 key"}));
  for (const char* type : {"stream", "arrayBuffer", "JSON"}) {
    EXPECT_EQ(
        ErrorOf(kv_.BulkGet(Strings{"k"}, {.type = type})),
        (KvError{400, '"' + std::string(type) + R"(" is not a valid type. Use "json" or "text")"}));
  }
}

TEST_P(CloudflareBulk, BulkGetGivesAtMost25MiBTogether) {
  const std::string half(kValueBytesMax / 2, 'x');
  Put("a", half);
  Put("b", half);
  const auto got = kv_.BulkGet(Strings{"a", "b", "a"});
  ASSERT_TRUE(got.ok()) << got.error().text;
  EXPECT_TRUE((*got)[1].value == half);
  Put("c", "1");
  EXPECT_EQ(ErrorOf(kv_.BulkGet(Strings{"a", "b", "c"})),
            (KvError{413, "Total size of request exceeds the limit of 25MB"}));
}

TEST_P(CloudflareBulk, BulkPutStoresPairs) {
  const std::string large = test::RandomBytes(20 << 20, 5);
  const auto put = kv_.BulkPut({
      {.key = "twice", .value = "first", .metadata = "1"},
      {.key = "日本", .value = "v", .expiration_ttl = 60, .metadata = "{\"a\": 1}"},
      {.key = "ttl", .value = "wins", .expiration = 5, .expiration_ttl = 100},
      {.key = "at", .expiration = kNow + 60},
      {.key = "large", .value = large},
      {.key = "large, in a batch of its own", .value = large},
      {.key = "twice", .value = "last"},
  });
  ASSERT_TRUE(put.ok()) << put.error().text;
  EXPECT_EQ(put->successful_key_count, 6U);
  EXPECT_EQ(put->unsuccessful_keys, Strings{});
  EXPECT_EQ(put->error, std::nullopt);
  EXPECT_EQ(Value("twice"), "last");
  EXPECT_EQ((*kv_.Get("twice"))->entry().metadata, "");
  EXPECT_EQ((*kv_.Get("日本"))->entry().metadata, "{\"a\":1}");
  EXPECT_EQ((*kv_.Get("ttl"))->entry().expires, kNow + 100);
  EXPECT_TRUE(Value("large, in a batch of its own") == large);
  entries_.clock().Advance(60);
  EXPECT_EQ(Value("日本"), "(none)");
  EXPECT_EQ(Value("at"), "(none)");
  EXPECT_EQ(kv_.BulkPut({})->successful_key_count, 0U);
}

TEST_P(CloudflareBulk, BulkPutChecksAllPairsFirst) {
  const std::string long_metadata = '"' + std::string(1'023, 'm') + '"';
  const struct {
    BulkEntry entry;
    KvError error;
  } cases[] = {
      {{.key = "k", .expiration_ttl = 59},
       {400, "entry 2: Invalid expiration_ttl of 59. Expiration TTL must be at least 60."}},
      {{.key = "k", .expiration_ttl = -1},
       {400, "entry 2: Invalid expiration_ttl of -1. Please specify integer greater than 0."}},
      {{.key = "k", .expiration = kNow + 59},
       {400,
        "entry 2: Invalid expiration of 1800000059. Expiration times must be at least 60 seconds "
        "in the future."}},
      {{.key = "k", .metadata = long_metadata},
       {413, "entry 2: Metadata length of 1025 exceeds limit of 1024."}},
  };
  for (const auto& [entry, error] : cases) {
    EXPECT_EQ(ErrorOf(kv_.BulkPut({{.key = "fine"}, entry})), error);
  }
  EXPECT_EQ(ErrorOf(kv_.BulkPut(std::vector<BulkEntry>(10'001, {.key = "k"}))),
            (KvError{400,
                     "the bulk request has 10001 keys: too many for one (send at most 10000 at a "
                     "time)"}));
  std::vector<BulkEntry> large(5);
  for (BulkEntry& entry : large) {
    entry = {.key = "k", .value = std::string(21 << 20, 'x')};
  }
  EXPECT_EQ(ErrorOf(kv_.BulkPut(std::move(large))),
            (KvError{413,
                     "the bulk request has values of 110100480 bytes: too many for one (send at "
                     "most 100 MiB at a time)"}));
  EXPECT_EQ(AllPages({}), "");
}

TEST_P(CloudflareBulk, BulkBatchesAreAllOrNothing) {
  ASSERT_TRUE(test::PutChunked(*entries_, "v", std::string(2'500, 'x'), 1'000).ok());
  const std::string large(20 << 20, 'x');
  const auto put = kv_.BulkPut({{.key = "a", .value = large},
                                {.key = "b", .value = large},
                                {.key = "v_chunk_1"},
                                {.key = "c", .value = large}});
  ASSERT_TRUE(put.ok());
  EXPECT_EQ(put->successful_key_count, 2U);
  EXPECT_EQ(put->unsuccessful_keys, (Strings{"b", "v_chunk_1"}));
  ASSERT_TRUE(put->error);
  EXPECT_EQ(put->error->http_status, 409);
  EXPECT_EQ(AllPages({}), "a c v v_chunk_0 v_chunk_1 v_chunk_2 ");

  const auto refused = kv_.BulkDelete(Strings{"a", "v_chunk_0"});
  ASSERT_TRUE(refused.ok());
  EXPECT_EQ(refused->successful_key_count, 0U);
  EXPECT_EQ(refused->unsuccessful_keys, (Strings{"a", "v_chunk_0"}));
  const auto deleted = kv_.BulkDelete(Strings{"a", "missing", "v", "a"});
  ASSERT_TRUE(deleted.ok());
  EXPECT_EQ(deleted->successful_key_count, 3U);
  EXPECT_EQ(AllPages({}), "c ");
}

}  // namespace
}  // namespace reel

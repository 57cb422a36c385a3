// The protocol of workerd's binding: requests, and answers in full.
#include <gtest/gtest.h>
#include <reel/fault_namespace.h>

#include "tests/support/test_bytes.h"
#include "tests/tools/routes_fixture.h"
#include "tools/routes/workerd_routes.h"

namespace reel {
namespace {

using test::NewRequest;
using test::Text;

class WorkerdRoutes : public test::RoutesFixture {
 protected:
  http::Request Request(std::string method, std::string target, http::Headers headers = {}) {
    headers.Add("X-KV-Namespace", "videos");
    headers.Add("CF-KV-FLPROD-405", "url");
    return NewRequest(std::move(method), std::move(target), std::move(headers));
  }

  http::Response Run(const http::Request& request, std::string_view body = "",
                     size_t piece = SIZE_MAX) {
    if (!routes_) {
      routes_.emplace(routes::ByHeader(&*namespaces_), clock_);
    }
    return test::Send(routes_->Handle(request), body, piece);
  }

  std::string Get(std::string target) { return Text(Run(Request("GET", std::move(target)))); }

  std::string Put(std::string target, std::string_view body, http::Headers headers = {}) {
    http::Request request = Request("PUT", std::move(target), std::move(headers));
    request.content_length = body.size();
    return Text(Run(request, body));
  }

  std::string BulkGet(std::string_view body) {
    http::Request request = Request("POST", "/bulk/get");
    request.content_length = body.size();
    return Text(Run(request, body, 3));
  }

  std::optional<routes::WorkerdRoutes> routes_;
};

TEST_F(WorkerdRoutes, AValueAndItsMetadataComeBack) {
  EXPECT_EQ(Put("/a?urlencoded=true", "value", {{"CF-KV-Metadata", R"({"日本": "é"})"}}), "200 ");
  http::Response got = Run(Request("GET", "/a?urlencoded=true&cache_ttl=30"));
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.headers.Find("cf-kv-metadata"), R"({"日本":"é"})");
  EXPECT_EQ(test::BodyOf(got), "value");
  // An overwrite replaces all three.
  EXPECT_EQ(Put("/a?urlencoded=true&expiration_ttl=60", ""), "200 ");
  got = Run(Request("GET", "/a?urlencoded=true"));
  EXPECT_EQ(got.headers.Find("CF-KV-Metadata"), std::nullopt);
  EXPECT_EQ(test::BodyOf(got), "");
  EXPECT_EQ(Stored("videos", "a"), "||1800000060");
  clock_.Advance(60);
  got = Run(Request("GET", "/a?urlencoded=true"));
  EXPECT_EQ(got.status, 404);
  EXPECT_EQ(got.reason, "Not Found");
  EXPECT_EQ(got.body, "Not Found");
}

TEST_F(WorkerdRoutes, LargeValuesAreStreamed) {
  const std::string value = test::RandomBytes(26'214'400, 7);
  http::Request put = Request("PUT", "/large?urlencoded=true");
  for (const bool chunked : {false, true}) {
    put.content_length = chunked ? std::nullopt : std::optional<uint64_t>(value.size());
    ASSERT_EQ(Text(Run(put, value, 65'537)), "200 ");
    for (const size_t bytes_max : {10'000U, 65'536U, 1'000'000U}) {
      http::Response got = Run(Request("GET", "/large?urlencoded=true"));
      ASSERT_NE(got.source, nullptr);
      EXPECT_EQ(got.source->size(), value.size());
      EXPECT_TRUE(test::BodyOf(got, bytes_max) == value);
    }
    EXPECT_EQ(Text(Run(Request("DELETE", "/large"))), "200 ");
  }
  const http::Response head = Run(Request("HEAD", "/none"));
  EXPECT_EQ(head.status, 404);
}

TEST_F(WorkerdRoutes, AHeadTellsTheSizeWithoutTheValue) {
  Put("/a", "value");
  const http::Response head = Run(Request("HEAD", "/a"));
  ASSERT_NE(head.source, nullptr);
  EXPECT_EQ(head.source->size(), 5U);
}

TEST_F(WorkerdRoutes, KeysAreOneSegmentDecodedOnce) {
  const struct {
    std::string segment;
    std::string key;
  } cases[] = {
      {"a%2Fb", "a/b"},     {"a+b", "a+b"},   {"a%20b", "a b"},
      {"100%25", "100%"},   {"%252F", "%2F"}, {"%E6%97%A5", "日"},
      {"a%3Fb%23", "a?b#"}, {"...", "..."},   {std::string(512, 'k'), std::string(512, 'k')},
  };
  for (const auto& [segment, key] : cases) {
    EXPECT_EQ(Put("/" + segment + "?urlencoded=true", segment), "200 ");
    EXPECT_EQ(Stored("videos", key), segment + "||0");
    EXPECT_EQ(Get("/" + segment + "?urlencoded=true"), "200 " + segment);
    EXPECT_EQ(Text(Run(Request("DELETE", "/" + segment + "?urlencoded=true"))), "200 ");
    EXPECT_EQ(Get("/" + segment + "?urlencoded=true"), "404 Not Found");
    // Once more, which does nothing.
    EXPECT_EQ(Text(Run(Request("DELETE", "/" + segment + "?urlencoded=true"))), "200 ");
  }
}

// Each text is the body and the reason phrase.
TEST_F(WorkerdRoutes, RefusesInCloudflaresWords) {
  const std::string long_key(513, 'k');
  const struct {
    std::string method;
    std::string target;
    std::string refusal;
    http::Headers headers;
    std::optional<uint64_t> length;
  } cases[] = {
      {"GET", "/%zz?urlencoded=true", "400 Could not URL-decode key name", {}, 0},
      {"PUT", "/", "400 Key names must not be empty", {}, 0},
      {"DELETE", "/", "400 Key names must not be empty", {}, 0},
      {"GET", "/.", "400 Illegal key name \".\". Please use a different name.", {}, 0},
      {"PUT", "/%2E.", "400 Illegal key name \"..\". Please use a different name.", {}, 0},
      {"GET",
       "/" + long_key,
       "414 UTF-8 encoded length of 513 exceeds key length limit of 512.",
       {},
       0},
      {"GET",
       "/?prefix=" + long_key,
       "414 UTF-8 encoded length of 513 exceeds key length limit of 512.",
       {},
       0},
      {"GET",
       "/k?cache_ttl=29",
       "400 Invalid cache_ttl of 29. Cache TTL must be at least 30.",
       {},
       0},
      {"PUT",
       "/k?expiration_ttl=x",
       "400 Invalid expiration_ttl of x. Please specify integer greater than 0.",
       {},
       0},
      {"PUT",
       "/k?expiration_ttl=59&expiration=1900000000",
       "400 Invalid expiration_ttl of 59. Expiration TTL must be at least 60.",
       {},
       0},
      {"PUT",
       "/k?expiration=1800000000",
       "400 Invalid expiration of 1800000000. Please specify integer greater than the current "
       "number of seconds since the UNIX epoch.",
       {},
       0},
      {"PUT",
       "/k?expiration=1800000059",
       "400 Invalid expiration of 1800000059. Expiration times must be at least 60 seconds in the "
       "future.",
       {},
       0},
      {"PUT",
       "/k",
       "413 Metadata length of 1025 exceeds limit of 1024.",
       {{"CF-KV-Metadata", '"' + std::string(1023, 'm') + '"'}},
       0},
      {"PUT", "/k", "413 Value length of 26214401 exceeds limit of 26214400.", {}, 26'214'401},
      {"GET",
       "/?key_count_limit=0",
       "400 Invalid key_count_limit of 0. Please specify an integer greater than 0.",
       {},
       0},
      {"GET",
       "/?key_count_limit=1001",
       "400 Invalid key_count_limit of 1001. Please specify an integer less than 1000.",
       {},
       0},
      {"GET", "/a/b", "400 the key has several segments (write / in it as %2F)", {}, 0},
      {"GET", "/k?a=%", "400 the query is not URL-encoded (write % as %25)", {}, 0},
      {"POST", "/k", "405 POST means nothing here (use GET, HEAD, PUT, DELETE)", {}, 0},
  };
  for (const bool exists : {false, true}) {
    if (exists) {
      ASSERT_EQ(Put("/there", ""), "200 ");
    }
    for (const auto& each : cases) {
      http::Request request = Request(each.method, each.target, each.headers);
      request.content_length = each.length;
      const http::Response response = Run(request);
      EXPECT_EQ(std::to_string(response.status) + " " + response.body, each.refusal);
      EXPECT_EQ(response.reason, response.body);
    }
    // What was refused has made nothing.
    EXPECT_EQ(Stored("videos", "k"), exists ? "(none)" : "(no namespace)");
  }
}

TEST_F(WorkerdRoutes, ValuesThatAreNotWholeLeaveTheOldOne) {
  ASSERT_EQ(Put("/k", "old", {{"CF-KV-Metadata", "1"}}), "200 ");
  http::Request put = Request("PUT", "/k");
  put.content_length = std::nullopt;
  // Received to its end, so that the text tells the length.
  EXPECT_EQ(Text(Run(put, std::string(27'000'000, 'x'), 1 << 20)),
            "413 Value length of 27000000 exceeds limit of 26214400.");
  EXPECT_EQ(Stored("videos", "k"), "old|1|0");
  put.content_length = 5;
  for (const size_t sent : {0U, 1U, 4U}) {
    {
      auto answer = routes_->Handle(put);
      auto& upload = std::get<std::unique_ptr<http::Upload>>(answer);
      EXPECT_EQ(upload->Append(std::string_view("12345").substr(0, sent)), std::nullopt);
    }
    EXPECT_EQ(Stored("videos", "k"), "old|1|0");
    EXPECT_EQ(Run(put, std::string_view("12345").substr(0, sent)).status, 400);
    EXPECT_EQ(Stored("videos", "k"), "old|1|0");
  }
  EXPECT_EQ(Run(put, "123456").status, 400);
  EXPECT_EQ(Stored("videos", "k"), "old|1|0");
  for (const size_t piece : {1U, 2U, 3U, 4U, 5U}) {
    EXPECT_EQ(Text(Run(put, "12345", piece)), "200 ");
    EXPECT_EQ(Stored("videos", "k"), "12345||0");
  }
}

TEST_F(WorkerdRoutes, ListsInPages) {
  EXPECT_EQ(Get("/"), R"(200 {"keys":[],"list_complete":true})");
  Put("/a", "", {{"CF-KV-Metadata", "\"text\""}});
  Put("/b%20+", "", {{"CF-KV-Metadata", "{\"n\":1}"}});
  Put("/c?expiration_ttl=60", "");
  EXPECT_EQ(Get("/"), R"(200 {"keys":[{"name":"a","metadata":"\"text\""},)"
                      R"({"name":"b +","metadata":"{\"n\":1}"},)"
                      R"({"name":"c","expiration":1800000060}],"list_complete":true})");
  EXPECT_EQ(Get("/?key_count_limit=2"),
            R"(200 {"keys":[{"name":"a","metadata":"\"text\""},)"
            R"({"name":"b +","metadata":"{\"n\":1}"}],"list_complete":false,"cursor":"YiAr"})");
  EXPECT_EQ(Get("/?key_count_limit=2&cursor=YiAr"),
            R"(200 {"keys":[{"name":"c","expiration":1800000060}],"list_complete":true})");
  // In a query '+' is a space.
  EXPECT_EQ(Get("/?prefix=b+%2B"),
            R"(200 {"keys":[{"name":"b +","metadata":"{\"n\":1}"}],"list_complete":true})");
  EXPECT_EQ(Get("/?cursor=%2A").substr(0, 28), "400 the cursor is malformed:");
}

TEST_F(WorkerdRoutes, GetsInBulk) {
  EXPECT_EQ(BulkGet(R"({"keys":["a"]})"), R"(200 {"a":null})");
  Put("/a", "{\"x\": 1}", {{"CF-KV-Metadata", "{\"m\":2}"}});
  Put("/日本", "\"text\"");
  EXPECT_EQ(BulkGet(R"({"keys":["a","none","日本"]})"),
            R"(200 {"a":"{\"x\": 1}","none":null,"日本":"\"text\""})");
  EXPECT_EQ(BulkGet(R"({"keys":["a","none"],"type":"json","withMetadata":true,"cacheTtl":"30"})"),
            R"(200 {"a":{"value":{"x": 1},"metadata":{"m":2}},"none":null})");
  EXPECT_EQ(BulkGet(R"({"keys":["日本"],"type":"text","withMetadata":true})"),
            R"(200 {"日本":{"value":"\"text\"","metadata":null}})");
  Put("/t", "no JSON");
  EXPECT_EQ(BulkGet(R"({"keys":["a","t"],"type":"json"})"),
            "400 At least one of the requested keys corresponds to a non-json value");
  EXPECT_EQ(BulkGet(R"({"keys":[]})"), "400 You must request a minimum of 1 key");
  std::string many = R"("k")";
  for (int i = 0; i < 100; ++i) {
    many += R"(,"k")";
  }
  EXPECT_EQ(BulkGet("{\"keys\":[" + many + "]}"), "400 You can request a maximum of 100 keys");
  EXPECT_EQ(BulkGet(R"({"keys":["a"],"type":"stream"})"),
            "400 \"stream\" is not a valid type. Use \"json\" or \"text\"");
  EXPECT_EQ(BulkGet(R"({"keys":["a"],"cacheTtl":"29"})"),
            "400 Invalid cache_ttl of 29. Cache TTL must be at least 30.");
  EXPECT_EQ(BulkGet(R"({"keys":"a"})"),
            "400 the bulk request's keys is malformed (give an array of texts)");
  EXPECT_EQ(BulkGet("{").substr(0, 4), "400 ");
  Put("/h1", std::string(13'107'200, 'h'));
  Put("/h2", std::string(13'107'201, 'h'));
  EXPECT_EQ(BulkGet(R"({"keys":["h1","h2"]})"),
            "413 Total size of request exceeds the limit of 25MB");
}

TEST_F(WorkerdRoutes, NamespacesComeWithTheFirstPut) {
  const auto with = [](std::string method, std::optional<std::string> name, size_t listener) {
    http::Request request = NewRequest(std::move(method), "/k");
    if (name) {
      request.headers.Add("x-kv-namespace", *name);
    }
    request.listener = listener;
    return request;
  };
  routes_.emplace(routes::ByHeader(&*namespaces_, {"", "fixed"}), clock_);
  EXPECT_EQ(Run(with("GET", "new", 0)).status, 404);
  EXPECT_EQ(Run(with("DELETE", "new", 0)).status, 200);
  EXPECT_EQ(*store_->Namespaces(), std::vector<std::string>{});
  EXPECT_EQ(Text(Run(with("PUT", "new", 0), "")), "200 ");
  EXPECT_EQ(Text(Run(with("PUT", std::nullopt, 1), "")), "200 ");
  EXPECT_EQ(*store_->Namespaces(), (std::vector<std::string>{"fixed", "new"}));
  for (const size_t listener : {0U, 2U}) {
    EXPECT_EQ(Text(Run(with("GET", std::nullopt, listener))),
              "400 the request names no namespace (send its name in the header X-KV-Namespace)");
  }
  EXPECT_EQ(Run(with("PUT", "new.versions", 0)).status, 400);
  EXPECT_EQ(Run(with("GET", std::string(513, 'n'), 0)).status, 400);
}

// A client is to see what the script does to it.
TEST_F(WorkerdRoutes, FaultsInFrontOfANamespaceReachTheClient) {
  std::unique_ptr<FaultNamespace> faults;
  const routes::Namespaces faulty(&*store_, [&](KvNamespace* stored) -> KvNamespace* {
    if (faults == nullptr) {
      auto made = FaultNamespace::Create(stored, clock_, R"({"faults":[
          {"fault":"missing","key":"m"},{"fault":"wrongSize","by":-2,"key":"short"},
          {"fault":"wrongSize","by":2,"key":"long"},
          {"fault":"error","code":"timedOut","key":"late"}]})",
                                         "script");
      EXPECT_TRUE(made.ok()) << made.status().message();
      faults = *std::move(made);
    }
    return faults.get();
  });
  routes_.emplace(routes::ByHeader(&faulty), clock_);
  for (const char* key : {"/m", "/short", "/long", "/late", "/fine"}) {
    EXPECT_EQ(Put(key, "value"), "200 ");
  }
  EXPECT_EQ(Get("/m"), "404 Not Found");
  EXPECT_EQ(Get("/short"), "200 val");
  EXPECT_EQ(Get("/long"), "200 value" + std::string(2, '\0'));
  EXPECT_EQ(Run(Request("GET", "/late")).status, 504);
  EXPECT_EQ(Get("/fine"), "200 value");
}

}  // namespace
}  // namespace reel

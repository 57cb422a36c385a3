// The REST API: requests, and answers in full.
#include <gtest/gtest.h>
#include <reel/video_namespaces.h>

#include "tests/support/test_bytes.h"
#include "tests/tools/routes_fixture.h"
#include "tools/routes/rest_routes.h"

namespace reel {
namespace {

using test::NewRequest;
using test::Text;

constexpr std::string_view kBase = "/client/v4/accounts/acc1/storage/kv/namespaces";
constexpr std::string_view kFirst = "/00000000000000000000000000000001";

std::string Ok(std::string_view result) {
  return "200 {\"result\":" + std::string(result) + R"(,"success":true,"errors":[],"messages":[]})";
}

std::string Failed(int status, int code, std::string_view message) {
  return std::to_string(status) + R"( {"result":null,"success":false,"errors":[{"code":)" +
         std::to_string(code) + ",\"message\":\"" + std::string(message) + R"("}],"messages":[]})";
}

std::string Row(int id, std::string_view title) {
  return R"({"id":"0000000000000000000000000000000)" + std::to_string(id) + R"(","title":")" +
         std::string(title) + R"(","supports_url_encoding":true})";
}

class RestRoutes : public test::RoutesFixture {
 protected:
  http::Response Run(std::string method, std::string_view path, std::string_view body = "",
                     http::Headers headers = {}, size_t piece = SIZE_MAX) {
    routes::RestRoutes routes(&*namespaces_);
    http::Request request =
        NewRequest(std::move(method), std::string(kBase) + std::string(path), std::move(headers));
    request.content_length = body.size();
    return test::Send(routes.Handle(request), body, piece);
  }

  // In the first namespace.
  std::string In(std::string method, std::string_view path, std::string_view body = "",
                 http::Headers headers = {}, size_t piece = SIZE_MAX) {
    return Text(Run(std::move(method), std::string(kFirst) + std::string(path), body,
                    std::move(headers), piece));
  }

  void Create(std::string_view title) {
    ASSERT_EQ(Run("POST", "", "{\"title\":\"" + std::string(title) + "\"}").status, 200);
  }
};

TEST_F(RestRoutes, NamespacesComeAndGo) {
  EXPECT_EQ(Text(Run("POST", "", R"({"title":"b"})")), Ok(Row(1, "b")));
  EXPECT_EQ(Text(Run("POST", "", R"({"title":"a"})")), Ok(Row(2, "a")));
  EXPECT_EQ(Text(Run("POST", "", R"({"title":"a"})")),
            Failed(400, 10014, "a namespace with this account ID and title already exists"));
  EXPECT_EQ(In("PUT", "/values/k", "kept"), Ok("null"));
  EXPECT_EQ(In("PUT", "", R"({"title":"a"})"),
            Failed(400, 10014, "a namespace with this account ID and title already exists"));
  EXPECT_EQ(In("PUT", "", R"({"title":"c"})"), Ok(Row(1, "c")));
  EXPECT_EQ(In("PUT", "", R"({"title":"c"})"), Ok(Row(1, "c")));
  EXPECT_EQ(In("GET", ""), Ok(Row(1, "c")));
  EXPECT_EQ(In("GET", "/values/k"), "200 kept");
  EXPECT_EQ(Text(Run("GET", "/c/values/k")), "200 kept");
  EXPECT_EQ(In("DELETE", ""), Ok("null"));
  for (const char* path : {"", "/values/k", "/keys", "/metadata/k", "/bulk"}) {
    EXPECT_EQ(In("GET", path), Failed(404, 10013, "namespace not found"));
  }
  EXPECT_EQ(In("DELETE", ""), Failed(404, 10013, "namespace not found"));
  // A number is not given again.
  EXPECT_EQ(Text(Run("POST", "", R"({"title":"c"})")), Ok(Row(3, "c")));
  EXPECT_EQ(Text(Run("POST", "", "{}")),
            Failed(400, 10033,
                   R"(create namespace: 'the body has no title (send {\"title\":\"NAME\"})')"));
  EXPECT_EQ(Run("POST", "", "{").status, 400);
  EXPECT_EQ(Run("POST", "", R"({"title":""})").status, 400);
}

TEST_F(RestRoutes, VersionsGoWithTheirVideos) {
  Create("v");
  ASSERT_TRUE(store_->Namespace(VersionsNamespace("v"), true).ok());
  EXPECT_EQ(Text(Run("GET", "?order=title")),
            R"(200 {"result":[)" + Row(1, "v") +
                R"(],"success":true,"errors":[],"messages":[],"result_info":{"page":1,)"
                R"("per_page":20,"count":1,"total_count":1,"total_pages":1}})");
  for (const char* hidden : {"/v.versions", "/00000000000000000000000000000002"}) {
    EXPECT_EQ(Run("GET", hidden).status, 404);
    EXPECT_EQ(Run("DELETE", hidden).status, 404);
  }
  EXPECT_EQ(Run("POST", "", R"({"title":"x.versions"})").status, 400);
  EXPECT_EQ(In("PUT", "", R"({"title":"w"})"), Ok(Row(1, "w")));
  EXPECT_EQ(*store_->Namespaces(), (std::vector<std::string>{"w", "w.versions"}));
  EXPECT_EQ(In("DELETE", ""), Ok("null"));
  EXPECT_EQ(*store_->Namespaces(), std::vector<std::string>{});
}

TEST_F(RestRoutes, ListsNamespacesInPages) {
  for (const char* title : {"b", "c", "a"}) {
    Create(title);
  }
  const std::string a = Row(3, "a");
  const std::string b = Row(1, "b");
  const std::string c = Row(2, "c");
  const struct {
    std::string query;
    std::string rows;
    std::string info;
  } cases[] = {
      {"", b + "," + c + "," + a, R"("page":1,"per_page":20,"count":3)"},
      {"?order=title&direction=asc&per_page=100&page=1", a + "," + b + "," + c,
       R"("page":1,"per_page":100,"count":3)"},
      {"?order=title&direction=desc&per_page=2", c + "," + b, R"("page":1,"per_page":2,"count":2)"},
      {"?order=id&per_page=2&page=2", a, R"("page":2,"per_page":2,"count":1)"},
      {"?per_page=2&page=3", "", R"("page":3,"per_page":2,"count":0)"},
  };
  for (const auto& [query, rows, info] : cases) {
    const int pages = info.find("\"per_page\":2,") != std::string::npos ? 2 : 1;
    EXPECT_EQ(Text(Run("GET", query)),
              "200 {\"result\":[" + rows +
                  R"(],"success":true,"errors":[],"messages":[],"result_info":{)" + info +
                  R"(,"total_count":3,"total_pages":)" + std::to_string(pages) + "}}");
  }
  EXPECT_EQ(Text(Run("GET", "?page=0")),
            Failed(400, 10033, "list namespaces: 'page is 0 (allowed: 1 to 1000000000)'"));
  for (const char* query :
       {"?per_page=1001", "?per_page=x", "?order=size", "?direction=up", "?%"}) {
    EXPECT_EQ(Run("GET", query).status, 400) << query;
  }
}

TEST_F(RestRoutes, ValuesComeBack) {
  Create("n");
  EXPECT_EQ(In("PUT", "/values/a%2Fb%20+?expiration_ttl=60", "value"), Ok("null"));
  EXPECT_EQ(Stored("n", "a/b +"), "value||1800000060");
  http::Response got = Run("GET", std::string(kFirst) + "/values/a/b%20+");
  EXPECT_EQ(got.headers.Find("Expiration"), "1800000060");
  EXPECT_EQ(test::BodyOf(got), "value");
  EXPECT_EQ(In("GET", "/metadata/a/b%20+"), Ok("null"));
  EXPECT_EQ(In("DELETE", "/values/a/b%20+"), Ok("null"));
  EXPECT_EQ(In("DELETE", "/values/a/b%20+"), Ok("null"));
  for (const char* path : {"/values/a%2Fb%20+", "/metadata/a%2Fb%20+"}) {
    EXPECT_EQ(In("GET", path), Failed(404, 10009, "get: 'key not found'"));
  }
}

TEST_F(RestRoutes, FormsGiveValueAndMetadata) {
  Create("n");
  const http::Headers form = {{"Content-Type", "multipart/form-data; boundary=b"}};
  const std::string head = "Content-Disposition: form-data; name=";
  const auto field = [&](std::string_view name, std::string_view value) {
    return "--b\r\n" + head + "\"" + std::string(name) + "\"\r\n\r\n" + std::string(value) + "\r\n";
  };
  const std::string value = field("value", "v\r\n--\r\n");
  const std::string metadata = field("metadata", "{\"日本\": 1}");
  for (const std::string& body : {value + metadata, metadata + value}) {
    for (size_t piece = 1; piece <= body.size(); ++piece) {
      ASSERT_EQ(In("PUT", "/values/k?expiration=1900000000", body + "--b--\r\n", form, piece),
                Ok("null"));
      ASSERT_EQ(Stored("n", "k"), "v\r\n--\r\n|{\"日本\":1}|1900000000");
    }
  }
  EXPECT_EQ(In("GET", "/metadata/k"), Ok("{\"日本\":1}"));
  EXPECT_EQ(In("PUT", "/values/k", value + field("metadata", "") + field("x", "y") + "--b--", form),
            Ok("null"));
  EXPECT_EQ(Stored("n", "k"), "v\r\n--\r\n||0");
  EXPECT_EQ(In("PUT", "/values/k", metadata + "--b--", form),
            Failed(400, 10033, "put: 'the form has no field value (send one)'"));
  EXPECT_EQ(In("PUT", "/values/k", value + value + "--b--", form),
            Failed(400, 10033, "put: 'the form has two fields value (send one)'"));
  EXPECT_EQ(In("PUT", "/values/k",
               value + field("metadata", '"' + std::string(1023, 'm') + '"') + "--b--", form),
            Failed(413, 10033, "put: 'Metadata length of 1025 exceeds limit of 1024.'"));
  EXPECT_EQ(
      In("PUT", "/values/k", field("value", std::string(26'214'401, 'x')) + "--b--", form, 1 << 20),
      Failed(413, 10033, "put: 'Value length of 26214401 exceeds limit of 26214400.'"));
  for (size_t cut = 0; cut < value.size(); ++cut) {
    EXPECT_EQ(Run("PUT", std::string(kFirst) + "/values/k", value.substr(0, cut), form).status,
              400);
  }
  EXPECT_EQ(Stored("n", "k"), "v\r\n--\r\n||0");
  const std::string largest = test::RandomBytes(26'214'400, 3);
  EXPECT_EQ(In("PUT", "/values/large", field("value", largest) + "--b--", form, 70'001),
            Ok("null"));
  EXPECT_TRUE(In("GET", "/values/large") == "200 " + largest);
}

TEST_F(RestRoutes, Refuses) {
  Create("n");
  const struct {
    std::string method;
    std::string path;
    std::string answer;
  } cases[] = {
      {"GET", "/values/%zz", Failed(400, 10033, "get: 'Could not URL-decode key name'")},
      {"PUT", "/values/", Failed(400, 10033, "put: 'Key names must not be empty'")},
      {"DELETE", "/values/" + std::string(513, 'k'),
       Failed(414, 10033,
              "delete: 'UTF-8 encoded length of 513 exceeds key length limit of 512.'")},
      {"PUT", "/values/k?expiration_ttl=59",
       Failed(400, 10033,
              "put: 'Invalid expiration_ttl of 59. Expiration TTL must be at least 60.'")},
      {"GET", "/keys?limit=9",
       Failed(400, 10033,
              "list keys: 'Invalid key_count_limit of 9. Please specify an integer greater than "
              "9.'")},
      {"GET", "/keys?limit=1001",
       Failed(400, 10033,
              "list keys: 'Invalid key_count_limit of 1001. Please specify an integer less than "
              "1000.'")},
      {"POST", "/values/k", Failed(405, 7001, "POST not supported for requested URI.")},
      {"GET", "/bulk/get", Failed(405, 7001, "GET not supported for requested URI.")},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(In(each.method, each.path), each.answer);
  }
  EXPECT_EQ(Stored("n", "k"), "(none)");
  EXPECT_EQ(In("GET", "/nothing"),
            Failed(404, 7003,
                   "Could not route to " + std::string(kBase) + std::string(kFirst) +
                       "/nothing, perhaps your object identifier is invalid?"));
  routes::RestRoutes routes(&*namespaces_, {.token = "secret"});
  for (const char* sent : {"", "Bearer", "Bearer secreT", "Bearer secret2", "secret"}) {
    const http::Request request = NewRequest("GET", std::string(kBase), {{"Authorization", sent}});
    EXPECT_EQ(Text(test::Send(routes.Handle(request), "")),
              Failed(403, 10000, "Authentication error"));
  }
  const http::Request allowed =
      NewRequest("GET", std::string(kBase), {{"authorization", "Bearer secret"}});
  EXPECT_EQ(test::Send(routes.Handle(allowed), "").status, 200);
  for (const char* path : {"/", "/client/v4/accounts//storage/kv/namespaces", "/client/v4/user",
                           "/client/v4/accounts/a/storage/kv/namespacesx"}) {
    routes::RestRoutes open(&*namespaces_);
    EXPECT_EQ(test::Send(open.Handle(NewRequest("GET", path)), "").status, 404) << path;
  }
}

TEST_F(RestRoutes, ListsKeysInPages) {
  Create("n");
  std::string pairs = R"([{"key":"k00","value":"","metadata":{"a":[1]},"expiration":1900000000})";
  for (int i = 1; i < 12; ++i) {
    pairs += R"(,{"key":"k)" + std::string(i < 10 ? "0" : "") + std::to_string(i) +
             R"(","value":"","metadata":"m"})";
  }
  ASSERT_EQ(In("PUT", "/bulk", pairs + "]", {}, 7),
            Ok(R"({"successful_key_count":12,"unsuccessful_keys":[]})"));
  EXPECT_EQ(In("GET", "/keys?prefix=k00"),
            R"(200 {"result":[{"name":"k00","expiration":1900000000,"metadata":{"a":[1]}}],)"
            R"("success":true,"errors":[],"messages":[],)"
            R"("result_info":{"count":1,"cursor":"","cursors":{"after":""}}})");
  EXPECT_TRUE(In("GET", "/keys?limit=10")
                  .ends_with(R"({"count":10,"cursor":"azA5","cursors":{"after":"azA5"}}})"));
  EXPECT_EQ(In("GET", "/keys?limit=10&cursor=azA5"),
            R"(200 {"result":[{"name":"k10","metadata":"m"},{"name":"k11","metadata":"m"}],)"
            R"("success":true,"errors":[],"messages":[],)"
            R"("result_info":{"count":2,"cursor":"","cursors":{"after":""}}})");
}

TEST_F(RestRoutes, WorksInBulk) {
  Create("n");
  EXPECT_EQ(In("PUT", "/bulk",
               R"([{"key":"a","value":"first"},{"key":"b","value":"AAE=","base64":true},)"
               R"({"key":"a","value":"{\"x\":1}","metadata":{"m":1},"expiration_ttl":60}])",
               {}, 1),
            Ok(R"({"successful_key_count":2,"unsuccessful_keys":[]})"));
  EXPECT_EQ(Stored("n", "a"), "{\"x\":1}|{\"m\":1}|1800000060");
  EXPECT_EQ(Stored("n", "b"), std::string("\0\1", 2) + "||0");
  EXPECT_EQ(In("POST", "/bulk/get", R"({"keys":["a","c"]})"),
            Ok(R"({"values":{"a":"{\"x\":1}","c":null}})"));
  EXPECT_EQ(In("POST", "/bulk/get", R"({"keys":["a"],"type":"json","withMetadata":true})"),
            Ok(R"({"values":{"a":{"value":{"x":1},"metadata":{"m":1}}}})"));
  EXPECT_EQ(In("POST", "/bulk/get", R"({"keys":[]})"),
            Failed(400, 10033, "bulk get: 'You must request a minimum of 1 key'"));
  EXPECT_EQ(In("POST", "/bulk/delete", R"(["a","none"])"),
            Ok(R"({"successful_key_count":2,"unsuccessful_keys":[]})"));
  EXPECT_EQ(In("DELETE", "/bulk", R"([{"name":"b"}])"),
            Ok(R"({"successful_key_count":1,"unsuccessful_keys":[]})"));
  EXPECT_EQ(Stored("n", "a"), "(none)");
  EXPECT_EQ(Stored("n", "b"), "(none)");
  for (const char* body : {"", "[", "{}", R"([{"key":"a"}])", R"([{"key":"","value":""}])"}) {
    EXPECT_EQ(Run("PUT", std::string(kFirst) + "/bulk", body).status, 400) << body;
  }
  std::string pairs = "[";
  for (int i = 0; i <= 10'000; ++i) {
    pairs += (i == 0 ? "" : ",") + (R"({"key":")" + std::to_string(i) + R"(","value":""})");
  }
  EXPECT_EQ(In("PUT", "/bulk", pairs + "]"),
            Failed(400, 10033,
                   "bulk put: 'the bulk request has 10001 keys: too many for one (send at most "
                   "10000 at a time)'"));
  EXPECT_EQ(Stored("n", "0"), "(none)");
  EXPECT_EQ(Run("PUT", std::string(kFirst) + "/bulk", "[" + std::string(104'857'600, ' ') + "]", {},
                1 << 20)
                .status,
            413);
}

}  // namespace
}  // namespace reel

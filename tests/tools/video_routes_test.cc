// What requests for videos are answered with (RFC 9110).
#include "tools/routes/video_routes.h"

#include <gtest/gtest.h>
#include <reel/fault_namespace.h>
#include <reel/http_date.h>
#include <reel/kv.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/fake_clock.h"
#include "tests/support/test_bytes.h"
#include "tests/tools/answers.h"
#include "tools/routes/video_body.h"

namespace reel::routes {
namespace {

using http::Headers;
using http::Response;
using test::BodyOf;
using test::NewRequest;
using test::Send;

constexpr uint64_t kChunk = 1000;
constexpr uint64_t kSize = 3500;

class VideoRoutesTest : public testing::Test {
 protected:
  static LibraryOptions SmallChunks() {
    LibraryOptions options;
    options.chunking.size_threshold = 2000;
    options.chunking.chunk_size = kChunk;
    options.fetch.log_chunk_operations = false;
    return options;
  }

  static VideoRoutesOptions Describing() {
    VideoRoutesOptions options;
    options.describe = [](const VideoInfo& video) {
      return R"({"key":")" + video.key + R"(","size":)" + std::to_string(video.size) + "}";
    };
    options.describe_purge = [](const PurgeReport& purged) {
      return R"({"videos":)" + std::to_string(purged.videos) + "}";
    };
    return options;
  }

  Response Ask(const std::string& method, const std::string& target, Headers headers = {},
               std::string_view body = "") {
    auto request = NewRequest(method, target, std::move(headers));
    request.content_length = body.size();
    return Send(routes_.Handle(request), body, 700);
  }

  void Put(const std::string& key, const std::string& bytes, const std::string& query = "") {
    const Response response = Ask("PUT", "/videos/" + key + query, {}, bytes);
    ASSERT_TRUE(response.status == 200 || response.status == 201) << response.body;
  }

  std::string ETag(const std::string& key) { return library_.Stat(key)->xxh3.ToHex(); }

  test::FakeClock clock_;
  std::unique_ptr<KvNamespace> entries_ = NewMemoryNamespace(clock_);
  VideoLibrary library_{entries_.get(), SmallChunks()};
  VideoRoutes routes_{&library_, Describing(), clock_};
  const std::string bytes_ = test::RandomBytes(kSize, 7);
};

TEST_F(VideoRoutesTest, AVideoIsSentWithAllThatIsKnownOfIt) {
  Put("video:a/b c.mp4", bytes_, "?tag=x&tag=y&ttl=7200");
  clock_.Advance(60);
  for (const char* target : {"/videos/video:a/b%20c.mp4", "/videos/video%3Aa%2Fb%20c.mp4?x=1"}) {
    SCOPED_TRACE(target);
    Response response = Ask("GET", target);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.headers.Find("Content-Type"), "video/mp4");
    EXPECT_EQ(response.headers.Find("Accept-Ranges"), "bytes");
    EXPECT_EQ(response.headers.Find("ETag"), '"' + ETag("video:a/b c.mp4") + '"');
    EXPECT_EQ(response.headers.Find("Last-Modified"), FormatHttpDate(1'800'000'000));
    EXPECT_EQ(response.headers.Find("Cache-Control"), "public, max-age=7140");
    EXPECT_TRUE(response.headers.Find("Cache-Tag")->starts_with("x,y"));
    EXPECT_TRUE(BodyOf(response, 300) == bytes_);
  }
  Response head = Ask("HEAD", "/videos/video:a/b%20c.mp4");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.source->size(), kSize);
  clock_.Advance(7140);
  EXPECT_EQ(Ask("GET", "/videos/video:a/b%20c.mp4").status, 404);
}

TEST_F(VideoRoutesTest, LastModifiedWaitsForTheSecondToBeOver) {
  Put("a", bytes_);
  EXPECT_FALSE(Ask("GET", "/videos/a").headers.Find("Last-Modified"));
  clock_.Advance(1);
  EXPECT_TRUE(Ask("GET", "/videos/a").headers.Find("Last-Modified"));
  EXPECT_EQ(Ask("GET", "/videos/a").headers.Find("Cache-Control"), "public, max-age=3600");
}

TEST_F(VideoRoutesTest, RangesAndConditions) {
  Put("a", bytes_);
  const std::string tag = '"' + ETag("a") + '"';
  const std::string stored = FormatHttpDate(clock_.NowSeconds());
  const std::string before = FormatHttpDate(clock_.NowSeconds() - 1);
  clock_.Advance(10);
  const std::string after = FormatHttpDate(clock_.NowSeconds());
  struct Case {
    Headers headers;
    int status;
    std::string content_range;  // empty: none
    uint64_t offset;
    uint64_t length;
  };
  const std::vector<Case> cases = {
      {{}, 200, "", 0, kSize},
      {{{"Range", "bytes=0-0"}}, 206, "bytes 0-0/3500", 0, 1},
      {{{"Range", "bytes=999-1000"}}, 206, "bytes 999-1000/3500", 999, 2},
      {{{"Range", "bytes=-1"}}, 206, "bytes 3499-3499/3500", 3499, 1},
      {{{"Range", "bytes=-9999"}}, 206, "bytes 0-3499/3500", 0, kSize},
      {{{"Range", "bytes=3000-"}}, 206, "bytes 3000-3499/3500", 3000, 500},
      {{{"Range", "bytes=3000-9999"}}, 206, "bytes 3000-3499/3500", 3000, 500},
      {{{"Range", "bytes=3500-"}}, 416, "bytes */3500", 0, 0},
      {{{"Range", "bytes=5-4"}}, 416, "bytes */3500", 0, 0},
      {{{"Range", "bytes=-0"}}, 416, "bytes */3500", 0, 0},
      {{{"Range", "items=0-0"}}, 200, "", 0, kSize},
      {{{"Range", "bytes=x"}}, 200, "", 0, kSize},
      {{{"Range", "bytes=0-0"}, {"If-Range", tag}}, 206, "bytes 0-0/3500", 0, 1},
      {{{"Range", "bytes=0-0"}, {"If-Range", "\"other\""}}, 200, "", 0, kSize},
      {{{"Range", "bytes=0-0"}, {"If-Range", "W/" + tag}}, 200, "", 0, kSize},
      {{{"Range", "bytes=0-0"}, {"If-Range", stored}}, 206, "bytes 0-0/3500", 0, 1},
      {{{"Range", "bytes=0-0"}, {"If-Range", after}}, 200, "", 0, kSize},
      {{{"If-None-Match", tag}}, 304, "", 0, 0},
      {{{"If-None-Match", "\"other\", W/" + tag}}, 304, "", 0, 0},
      {{{"If-None-Match", "*"}}, 304, "", 0, 0},
      {{{"If-None-Match", "\"other\""}}, 200, "", 0, kSize},
      {{{"If-None-Match", "\"other\""}, {"If-Modified-Since", stored}}, 200, "", 0, kSize},
      {{{"If-Modified-Since", stored}}, 304, "", 0, 0},
      {{{"If-Modified-Since", before}}, 200, "", 0, kSize},
      // Only the date that it was sent with: another video may have been here then.
      {{{"If-Modified-Since", after}}, 200, "", 0, kSize},
      {{{"If-Match", tag}}, 200, "", 0, kSize},
      {{{"If-Match", "\"other\""}}, 412, "", 0, 0},
      {{{"If-Match", "\"other\""}, {"Range", "bytes=9999-"}}, 412, "", 0, 0},
      {{{"If-Unmodified-Since", before}}, 412, "", 0, 0},
      {{{"If-Unmodified-Since", stored}}, 200, "", 0, kSize},
  };
  for (const Case& one : cases) {
    std::string what;
    for (const auto& [name, value] : one.headers.fields()) {
      what += name + ": " + value + "; ";
    }
    SCOPED_TRACE(what);
    Response response = Ask("GET", "/videos/a", one.headers);
    EXPECT_EQ(response.status, one.status);
    EXPECT_EQ(response.headers.Find("Content-Range").value_or(""), one.content_range);
    EXPECT_EQ(response.headers.Find("ETag"), tag);
    if (one.length > 0) {
      EXPECT_TRUE(BodyOf(response) == bytes_.substr(one.offset, one.length));
      EXPECT_EQ(response.headers.Find("Content-Type"), "application/octet-stream");
    }
    if (one.status == 304) {
      EXPECT_EQ(response.headers.Find("Content-Type"), std::nullopt);
      EXPECT_TRUE(response.headers.Find("Cache-Control"));
    }
  }
  // Ranges are of GET alone.
  const Response head = Ask("HEAD", "/videos/a", {{"Range", "bytes=0-0"}});
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.source->size(), kSize);
}

TEST_F(VideoRoutesTest, SeveralRangesAreParts) {
  Put("a.webm", bytes_);
  Response response = Ask("GET", "/videos/a.webm", {{"Range", "bytes=0-1,900-1100,-2"}});
  EXPECT_EQ(response.status, 206);
  EXPECT_FALSE(response.headers.Find("Content-Range"));
  const std::string type = *response.headers.Find("Content-Type");
  const std::string prefix = "multipart/byteranges; boundary=";
  ASSERT_TRUE(type.starts_with(prefix));
  const std::string boundary = type.substr(prefix.size());
  const auto part = [&](const std::string& range, const std::string& bytes) {
    return "\r\n--" + boundary + "\r\nContent-Type: video/webm\r\nContent-Range: bytes " + range +
           "/3500\r\n\r\n" + bytes;
  };
  EXPECT_TRUE(BodyOf(response, 64) ==
              part("0-1", bytes_.substr(0, 2)) + part("900-1100", bytes_.substr(900, 201)) +
                  part("3498-3499", bytes_.substr(3498)) + "\r\n--" + boundary + "--\r\n");
}

TEST_F(VideoRoutesTest, AVideoIsStoredWhenItHasComeWhole) {
  Response response = Ask("PUT", "/videos/a", {{"Content-Type", "video/x-own"}}, bytes_);
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.body, "{\"key\":\"a\",\"size\":3500}\n");
  EXPECT_EQ(library_.Stat("a")->content_type, "video/x-own");
  EXPECT_EQ(Ask("PUT", "/videos/a", {}, "other").status, 200);
  EXPECT_EQ(Ask("PUT", "/videos/empty", {}, "").status, 201);

  auto request = NewRequest("PUT", "/videos/a");
  request.content_length.reset();
  {
    auto answer = routes_.Handle(request);
    auto& upload = std::get<std::unique_ptr<http::Upload>>(answer);
    EXPECT_FALSE(upload->Append(bytes_));
    // The client has gone.
  }
  response = Ask("GET", "/videos/a");
  EXPECT_EQ(BodyOf(response), "other");
}

TEST_F(VideoRoutesTest, ConditionsOfChanges) {
  const std::string any = "*";
  EXPECT_EQ(Ask("PUT", "/videos/a", {{"If-Match", any}}, "x").status, 412);
  EXPECT_EQ(Ask("PUT", "/videos/a", {{"If-None-Match", any}}, "x").status, 201);
  EXPECT_EQ(Ask("PUT", "/videos/a", {{"If-None-Match", any}}, "y").status, 412);
  const std::string tag = '"' + ETag("a") + '"';
  EXPECT_EQ(Ask("PUT", "/videos/a", {{"If-Match", "\"z\""}}, "y").status, 412);
  EXPECT_EQ(Ask("PUT", "/videos/a", {{"If-Match", tag}}, "y").status, 200);
}

TEST_F(VideoRoutesTest, UploadsAreLimited) {
  VideoRoutesOptions options = Describing();
  options.uploads_max = 1;
  VideoRoutes routes(&library_, options, clock_);
  const auto request = NewRequest("PUT", "/videos/a");
  auto first = std::make_optional(routes.Handle(request));
  Response second = Send(routes.Handle(request), "");
  EXPECT_EQ(second.status, 503);
  EXPECT_TRUE(second.headers.Find("Retry-After"));
  first.reset();
  EXPECT_EQ(Send(routes.Handle(request), "").status, 201);
}

TEST_F(VideoRoutesTest, WhatIsWrongIsSaid) {
  Put("a", bytes_);
  struct Case {
    const char* method;
    std::string target;
    Headers headers;
    int status;
  };
  const std::vector<Case> cases = {
      {"GET", "/videos/none", {}, 404},
      {"DELETE", "/videos/none", {}, 404},
      {"GET", "/videos/%2", {}, 400},
      {"GET", "/videos/..", {}, 400},
      {"GET", "/videos/%2e", {}, 400},
      {"GET", "/videos/%ff", {}, 400},
      {"GET", "/videos/" + std::string(513, 'k'), {}, 414},
      {"GET", "/videos/a_chunk_0", {}, 404},
      {"POST", "/videos/a", {}, 405},
      {"PUT", "/videos", {}, 405},
      {"GET", "/purge", {}, 405},
      {"POST", "/purge", {}, 400},
      {"POST", "/purge?prefix=", {}, 400},
      {"PUT", "/videos/b?ttl=1", {}, 400},
      {"PUT", "/videos/b?ttl=x", {}, 400},
      {"PUT", "/videos/b?ttl=%", {}, 400},
      {"PUT", "/videos/a_chunk_0", {}, 409},
      {"PUT", "/videos/b", {{"Content-Range", "bytes 0-1/2"}}, 400},
      {"PUT", "/videos/b", {{"Content-Encoding", "gzip"}}, 415},
      {"GET", "/videos?limit=0", {}, 400},
      {"GET", "/videos?limit=1001", {}, 400},
      {"GET", "/videos?limit=x", {}, 400},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(std::string(one.method) + " " + one.target.substr(0, 40));
    const Response response = Ask(one.method, one.target, one.headers, "bytes");
    EXPECT_EQ(response.status, one.status) << response.body;
    EXPECT_GT(response.body.size(), 1U);
    EXPECT_EQ(response.headers.Find("Allow").has_value(), one.status == 405);
  }
  Response whole = Ask("GET", "/videos/a");
  EXPECT_TRUE(BodyOf(whole) == bytes_);
}

TEST_F(VideoRoutesTest, VideosAreListedAndPurged) {
  for (const char* key : {"a/1", "a/2", "b/1"}) {
    Put(key, bytes_, "?tag=" + std::string(key).substr(2));
  }
  EXPECT_EQ(Ask("GET", "/videos").body,
            R"({"videos":[{"key":"a/1","size":3500},{"key":"a/2","size":3500},)"
            R"({"key":"b/1","size":3500}],"next":null})"
            "\n");
  EXPECT_EQ(Ask("GET", "/videos/?prefix=a/&limit=1").body,
            "{\"videos\":[{\"key\":\"a/1\",\"size\":3500}],\"next\":\"a/1\"}\n");
  EXPECT_EQ(Ask("GET", "/videos?prefix=a/&after=a/1").body,
            "{\"videos\":[{\"key\":\"a/2\",\"size\":3500}],\"next\":null}\n");
  EXPECT_EQ(Ask("GET", "/videos?tag=1&prefix=b").body,
            "{\"videos\":[{\"key\":\"b/1\",\"size\":3500}],\"next\":null}\n");
  EXPECT_EQ(Ask("POST", "/purge?tag=1").body, "{\"videos\":2}\n");
  EXPECT_EQ(Ask("DELETE", "/videos/a/2").status, 204);
  EXPECT_EQ(Ask("GET", "/videos").body, "{\"videos\":[],\"next\":null}\n");
}

// A namespace whose third chunk cannot be had.
class DamagedVideoTest : public VideoRoutesTest {
 protected:
  Response AskDamaged(FaultPolicy policy, Headers headers) {
    VideoRoutesOptions options = Describing();
    options.policy = policy;
    VideoRoutes routes(&damaged_library_, options, clock_);
    return Send(routes.Handle(NewRequest("GET", "/videos/a", std::move(headers))), "");
  }

  std::unique_ptr<FaultNamespace> damaged_ = *FaultNamespace::Create(
      entries_.get(), clock_, R"({"faults":[{"fault":"error","code":"ioError","chunk":2}]})",
      "test");
  VideoLibrary damaged_library_{damaged_.get(), SmallChunks()};
};

TEST_F(DamagedVideoTest, AStreamThatCannotGoOnIsCutOff) {
  Put("a", bytes_);
  Response response = AskDamaged(FaultPolicy::kStrict, {});
  EXPECT_EQ(response.status, 200);
  BorrowedBytes out;
  std::string got;
  Status next;
  while ((next = response.source->Next(1000, &out)).ok() && out.size() > 0) {
    got += out.ToString();
  }
  EXPECT_EQ(next.code(), Code::kIoError);
  EXPECT_TRUE(got == bytes_.substr(0, 2000));
  // What does not need it is had.
  response = AskDamaged(FaultPolicy::kStrict, {{"Range", "bytes=3000-"}});
  EXPECT_TRUE(BodyOf(response) == bytes_.substr(3000));
}

TEST_F(DamagedVideoTest, WhatWasFilledIsTold) {
  Put("a", bytes_);
  std::string filled = bytes_;
  filled.replace(2000, 1000, 1000, '\0');
  // All of it is among the first bytes, so the header tells.
  Response response = AskDamaged(FaultPolicy::kDegrade, {});
  EXPECT_EQ(response.headers.Find(kFilledField), "bytes=2000-2999");
  EXPECT_EQ(response.source->size(), kSize);
  EXPECT_TRUE(BodyOf(response) == filled);
  response = AskDamaged(FaultPolicy::kDegrade, {{"TE", "trailers"}});
  EXPECT_EQ(response.headers.Find("Trailer"), kFilledField);
  EXPECT_EQ(response.source->size(), std::nullopt);
  BorrowedBytes out;
  std::string got;
  while (response.source->Next(1000, &out).ok() && out.size() > 0) {
    got += out.ToString();
  }
  EXPECT_TRUE(got == filled);
  EXPECT_EQ(response.source->trailers().Find(kFilledField), "bytes=2000-2999");
  // Nothing was filled.
  response = AskDamaged(FaultPolicy::kDegrade, {{"Range", "bytes=0-99"}});
  EXPECT_FALSE(response.headers.Find(kFilledField));
}

}  // namespace
}  // namespace reel::routes

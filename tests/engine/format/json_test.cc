#include "format/json.h"

#include <gtest/gtest.h>
#include <reel/json.h>

namespace reel {
namespace {

// The example of the specification, byte for byte but for its white space.
constexpr const char* kSpecificationManifest =
    R"({"totalSize":52428800,"chunkCount":10,"actualChunkSizes":[5242880,5242880,5242880,5242880,)"
    R"(5242880,5242880,5242880,5242880,5242880,5242880],"standardChunkSize":5242880,)"
    R"("originalContentType":"video/mp4"})";

TEST(Manifest, IsTheSpecificationsObject) {
  Manifest manifest;
  manifest.total_size = 52428800;
  manifest.chunk_sizes.assign(10, 5242880);
  manifest.standard_chunk_size = 5242880;
  manifest.content_type = "video/mp4";
  EXPECT_EQ(EncodeManifest(manifest), kSpecificationManifest);
  const auto decoded = DecodeManifest(kSpecificationManifest);
  ASSERT_TRUE(decoded.ok()) << decoded.status().message();
  EXPECT_EQ(*decoded, manifest);
}

// I5, with tolerance zero, and everything else a manifest can get wrong.
TEST(Manifest, RefusesWhatContradictsItself) {
  const char* cases[] = {
      "",
      "[]",
      "{",
      R"({"totalSize":4})",
      R"({"totalSize":4,"chunkCount":1,"actualChunkSizes":[4],"standardChunkSize":4})",
      R"({"totalSize":5,"chunkCount":2,"actualChunkSizes":[4,4],"standardChunkSize":4,"originalContentType":""})",
      R"({"totalSize":7,"chunkCount":2,"actualChunkSizes":[3,4],"standardChunkSize":4,"originalContentType":""})",
      R"({"totalSize":9,"chunkCount":2,"actualChunkSizes":[4,5],"standardChunkSize":4,"originalContentType":""})",
      R"({"totalSize":4,"chunkCount":2,"actualChunkSizes":[4,0],"standardChunkSize":4,"originalContentType":""})",
      R"({"totalSize":4,"chunkCount":2,"actualChunkSizes":[4],"standardChunkSize":4,"originalContentType":""})",
      R"({"totalSize":0,"chunkCount":0,"actualChunkSizes":[],"standardChunkSize":4,"originalContentType":""})",
      R"({"totalSize":4,"chunkCount":1,"actualChunkSizes":[4.0],"standardChunkSize":4,"originalContentType":""})",
      R"({"totalSize":-4,"chunkCount":1,"actualChunkSizes":[-4],"standardChunkSize":4,"originalContentType":""})",
      R"({"totalSize":4,"chunkCount":1,"actualChunkSizes":4,"standardChunkSize":4,"originalContentType":""})",
      R"({"totalSize":4,"chunkCount":1,"actualChunkSizes":[4],"standardChunkSize":0,"originalContentType":""})",
      // Added up in 64 bits, they would be 0.
      R"({"totalSize":0,"chunkCount":2,"actualChunkSizes":[9223372036854775808,9223372036854775808],"standardChunkSize":9223372036854775808,"originalContentType":""})",
  };
  for (const char* text : cases) {
    EXPECT_EQ(DecodeManifest(text).code(), Code::kCorruption) << text;
  }
  const std::string deep(100'000, '[');
  EXPECT_EQ(DecodeManifest(deep).code(), Code::kCorruption);
}

TEST(Metadata, IsTheSpecifications) {
  BaseMetadata base;
  base.source_path = "path/to/video.mp4";
  base.width = 1280;
  base.height = 720;
  base.tags = {"a", "b"};
  base.content_type = "application/json";
  base.content_length = 7;
  base.chunked = true;
  EXPECT_EQ(EncodeBaseMetadata(base),
            R"({"sourcePath":"path/to/video.mp4","width":1280,"height":720,"cacheTags":["a","b"],)"
            R"("contentType":"application/json","contentLength":7,"isChunked":true})");
  EXPECT_EQ(EncodeChunkMetadata("video:a", 3, {"a"}, 5242880),
            R"({"parentKey":"video:a","chunkIndex":3,"cacheTags":["a"],"contentLength":5242880})");
}

TEST(JsonObject, EscapesAndKeepsOrder) {
  JsonObject object;
  object.Add("key", "a\"b\n\x01日")
      .Add("size", uint64_t{18446744073709551615U})
      .Add("chunked", true)
      .Add("tags", std::vector<std::string>{"x", "y\\"})
      .Add("expires", std::optional<int64_t>())
      .Add("created", std::optional<int64_t>(-5))
      .AddRaw("metadata", R"({"a":1})")
      .AddRaw("none", "");
  EXPECT_EQ(object.ToString(),
            "{\"key\":\"a\\\"b\\n\\u0001日\",\"size\":18446744073709551615,\"chunked\":true,"
            "\"tags\":[\"x\",\"y\\\\\"],\"expires\":null,\"created\":-5,\"metadata\":{\"a\":1},"
            "\"none\":null}");
  EXPECT_EQ(JsonObject().ToString(), "{}");
  EXPECT_EQ(JsonObject().Add("bad", "\xFF").ToString(), "{\"bad\":\"\xEF\xBF\xBD\"}");
}

}  // namespace
}  // namespace reel

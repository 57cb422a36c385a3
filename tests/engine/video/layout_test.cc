// What a stored video looks like to a reader of the namespace: the keys, metadata and manifest of
// the specification.
#include <gtest/gtest.h>

#include "base/hash.h"
#include "tests/engine/video/library_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

class LayoutTest : public test::LibraryTest {};

INSTANTIATE_TEST_SUITE_P(, LayoutTest,
                         testing::Values(test::Backend::kMemory, test::Backend::kDisk),
                         test::BackendName);

TEST_P(LayoutTest, OfAChunkedVideo) {
  const std::string key = "video:path/to/video.mp4:w=1280:h=720";
  const std::string bytes = test::RandomBytes((20 << 20) + 5, 1);
  VideoAttributes attributes;
  attributes.content_type = "video/mp4";
  attributes.tags = {"movie", "hd"};
  const auto stored = Put(key, bytes, attributes);
  ASSERT_TRUE(stored.ok()) << stored.status().message();
  EXPECT_TRUE(stored->chunked);
  EXPECT_EQ(stored->chunk_count, 5U);
  EXPECT_EQ(stored->xxh3, HashWhole(bytes));

  const std::string manifest =
      R"({"totalSize":20971525,"chunkCount":5,"actualChunkSizes":[5242880,5242880,5242880,5242880,5],)"
      R"("standardChunkSize":5242880,"originalContentType":"video/mp4"})";
  EXPECT_EQ(test::ReadValue(*entries_, key), manifest);
  EXPECT_EQ(entries_->Stat(key)->metadata,
            R"({"sourcePath":"path/to/video.mp4","width":1280,"height":720,)"
            R"("cacheTags":["movie","hd"],"contentType":"application/json","contentLength":)" +
                std::to_string(manifest.size()) + R"(,"isChunked":true})");
  for (int i = 0; i < 5; ++i) {
    const std::string chunk_key = key + "_chunk_" + std::to_string(i);
    const std::string want = bytes.substr(i * 5'242'880UL, 5'242'880);
    EXPECT_EQ(entries_->Stat(chunk_key)->metadata,
              R"({"parentKey":"video:path/to/video.mp4:w=1280:h=720","chunkIndex":)" +
                  std::to_string(i) + R"(,"cacheTags":["movie","hd"],"contentLength":)" +
                  std::to_string(want.size()) + "}");
    EXPECT_TRUE(test::ReadValue(*entries_, chunk_key) == want) << i;
  }
}

TEST_P(LayoutTest, OfAVideoBelowTheThreshold) {
  const std::string bytes = test::RandomBytes((20 << 20) - 1, 2);
  VideoAttributes attributes;
  attributes.content_type = "video/webm";
  ASSERT_TRUE(Put("video:a.webm", bytes, attributes).ok());
  EXPECT_TRUE(test::ReadValue(*entries_, "video:a.webm") == bytes);
  EXPECT_EQ(entries_->Stat("video:a.webm")->metadata,
            R"({"sourcePath":"a.webm","cacheTags":[],"contentType":"video/webm",)"
            R"("contentLength":20971519})");
  const auto info = library_->Stat("video:a.webm");
  ASSERT_TRUE(info.ok());
  EXPECT_FALSE(info->chunked);
  EXPECT_EQ(info->content_type, "video/webm");
}

// Boundaries follow the options, never the pieces in which the bytes came.
TEST_P(LayoutTest, BoundariesAreExactWhateverThePieces) {
  ChunkingOptions options;
  options.size_threshold = 1000;
  options.chunk_size = 300;
  Configure(options);
  const std::string bytes = test::RandomBytes(2'000, 3);
  for (const size_t piece : {1UL, 7UL, 299UL, 300UL, 301UL, 2'000UL}) {
    ASSERT_TRUE(Put("video:v", bytes, {}, piece).ok());
    for (int i = 0; i < 7; ++i) {
      EXPECT_EQ(test::ReadValue(*entries_, "video:v_chunk_" + std::to_string(i)),
                bytes.substr(i * 300, 300))
          << piece;
    }
    EXPECT_EQ(Get("video:v"), bytes);
  }
}

TEST_P(LayoutTest, ListsVideosAndNotTheirParts) {
  ChunkingOptions options;
  options.size_threshold = 10;
  options.chunk_size = 4;
  Configure(options);
  ASSERT_TRUE(Put("video:a", "0123456789").ok());
  ASSERT_TRUE(Put("video:a_chunk_0_notes", "small").ok());
  const auto page = library_->List({});
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->videos.size(), 2U);
  EXPECT_EQ(page->videos[0].key, "video:a");
  EXPECT_EQ(page->videos[0].size, 10U);
  EXPECT_EQ(page->videos[1].key, "video:a_chunk_0_notes");
  for (const auto& code :
       {library_->Open("video:a_chunk_0").code(), library_->Stat("video:a_chunk_0").code()}) {
    EXPECT_EQ(code, Code::kNotFound);
  }
}

}  // namespace
}  // namespace reel

#include "tests/tools/many_videos.h"

#include <gtest/gtest.h>
#include <reel/store.h>
#include <reel/video.h>

#include <ctime>
#include <memory>
#include <utility>

namespace reel::test {
namespace {

constexpr int64_t kLongAgoSeconds = 100'000;

std::unique_ptr<Store> OpenStore(const std::string& path, const Clock& clock) {
  StoreOptions options;
  options.path = path;
  options.create_if_missing = true;
  auto store = Store::Open(options, clock);
  EXPECT_TRUE(store.ok()) << store.status().message();
  return store.ok() ? *std::move(store) : nullptr;
}

}  // namespace

ManyVideos::ManyVideos(std::string store, std::optional<int64_t> ttl)
    : store_(std::move(store)),
      ttl_(ttl),
      clock_(std::time(nullptr) - (ttl ? kLongAgoSeconds : 0)) {}

void ManyVideos::Store(int count) const {
  const auto store = OpenStore(store_, clock_);
  LibraryOptions small;
  small.chunking.size_threshold = 2;
  small.chunking.chunk_size = 1;
  VideoLibrary library(*store->Namespace("videos", true), small);
  VideoAttributes attributes;
  attributes.ttl = ttl_;
  for (int i = 0; i < count; ++i) {
    auto writer = library.NewWriter("v:" + std::to_string(i), attributes);
    ASSERT_TRUE(writer.ok() && (*writer)->Append("abc").ok() && (*writer)->Commit().ok());
  }
}

int ManyVideos::CountWhole() const {
  const auto store = OpenStore(store_, clock_);
  KvNamespace* entries = *store->Namespace("videos", true);
  const VideoLibrary library(entries);
  ListOptions options;
  options.limit = 1'000'000;
  const auto page = library.List(options);
  EXPECT_TRUE(page.ok());
  for (const VideoInfo& video : page->videos) {
    const auto reader = library.Open(video.key);
    BorrowedBytes bytes;
    EXPECT_TRUE(reader.ok() && (*reader)->Borrow(0, 10, &bytes).ok()) << video.key;
    EXPECT_EQ(bytes.ToString(), "abc") << video.key;
    for (const char* chunk : {"_chunk_0", "_chunk_1", "_chunk_2"}) {
      EXPECT_TRUE(entries->Stat(video.key + chunk).ok()) << video.key << chunk;
    }
  }
  const auto stats = store->Stats();
  EXPECT_EQ(stats->namespaces.at(0).live.keys, 4 * page->videos.size());
  EXPECT_EQ(stats->namespaces.at(0).expired.keys, 0U);
  EXPECT_EQ(stats->garbage_extents, 0U);
  return static_cast<int>(page->videos.size());
}

}  // namespace reel::test

// The example of docs/faults.md, which quotes it.
#include <gtest/gtest.h>
#include <reel/fault_namespace.h>

#include <cstdint>
#include <string>

namespace {

// As the usual sample does it: the manifest, then every chunk by its key.
reel::Result<std::string> ReadNaively(const reel::KvNamespace& kv, const std::string& key) {
  const auto manifest = kv.Open(key);
  if (!manifest.ok()) {
    return manifest.status();
  }
  std::string video;
  for (uint32_t i = 0; i < (*manifest)->entry().body.chunk_count; ++i) {
    const auto chunk = kv.Open(key + "_chunk_" + std::to_string(i));
    if (!chunk.ok()) {
      return chunk.status();
    }
    const auto bytes = (*chunk)->ReadAll();
    if (!bytes.ok()) {
      return bytes.status();
    }
    video += *bytes;
  }
  return video;
}

// The same, but it looks at what it was given.
reel::Result<std::string> ReadCarefully(const reel::KvNamespace& kv, const std::string& key) {
  const auto manifest = kv.Open(key);
  if (!manifest.ok()) {
    return manifest.status();
  }
  std::string video;
  for (uint32_t i = 0; i < (*manifest)->entry().body.chunk_count; ++i) {
    const auto chunk = kv.Open(key + "_chunk_" + std::to_string(i));
    if (!chunk.ok()) {
      return chunk.status();
    }
    const auto bytes = (*chunk)->ReadAll();
    if (!bytes.ok()) {
      return bytes.status();
    }
    if ((*chunk)->entry().generation != (*manifest)->entry().generation ||
        bytes->size() != (*chunk)->entry().size) {
      return {reel::Code::kConflict, "chunk " + std::to_string(i) + " is another's (try again)"};
    }
    video += *bytes;
  }
  return video;
}

class HandClock final : public reel::Clock {
 public:
  [[nodiscard]] int64_t NowSeconds() const override { return now; }
  int64_t now = 1'800'000'000;
};

void Store(reel::KvNamespace* kv, const std::string& key, const std::string& video) {
  const auto writer = kv->NewWriter(key, /*chunk_size=*/10);
  ASSERT_TRUE((*writer)->Append(video).ok());
  reel::NewManifest manifest;
  manifest.json = "{}";
  manifest.chunk_metadata.resize((video.size() + 9) / 10);
  ASSERT_TRUE((*writer)->PublishChunked(manifest, {}).ok());
}

TEST(FaultExample, AReaderMustNotMixTwoVideos) {
  HandClock clock;
  const auto base = reel::NewMemoryNamespace(clock);
  const auto kv = reel::FaultNamespace::Create(
      base.get(), clock,
      R"({"seed": 7, "faults": [{"fault": "stale", "cacheTtl": 60, "probability": 0.5}]})",
      "half of all reads are stale");
  ASSERT_TRUE(kv.ok()) << kv.status().message();
  const std::string key = "video:a.mp4";
  const std::string before(30, 'A');
  const std::string after(30, 'B');
  Store(kv->get(), key, before);
  Store(kv->get(), key, after);

  int naive_mixtures = 0;
  for (int i = 0; i < 20; ++i) {
    const auto naive = ReadNaively(**kv, key);
    naive_mixtures += naive.ok() && *naive != before && *naive != after ? 1 : 0;
    const auto careful = ReadCarefully(**kv, key);
    EXPECT_TRUE(!careful.ok() || *careful == before || *careful == after);
  }
  EXPECT_GT(naive_mixtures, 0);              // the fault of the naive reader is caught
  EXPECT_GT((*kv)->counts()[0].struck, 0U);  // and it was not for want of faults

  clock.now += 60;  // every cache has let go of the old video
  const auto settled = ReadNaively(**kv, key);
  ASSERT_TRUE(settled.ok());
  EXPECT_EQ(*settled, after);
}

TEST(FaultExample, AReaderMustNotTakeAShortChunk) {
  HandClock clock;
  const auto base = reel::NewMemoryNamespace(clock);
  const auto kv = reel::FaultNamespace::Create(
      base.get(), clock, R"({"faults": [{"fault": "wrongSize", "by": -1, "chunk": 1}]})",
      "a chunk that was cut off");
  ASSERT_TRUE(kv.ok()) << kv.status().message();
  Store(kv->get(), "video:a.mp4", std::string(30, 'A'));
  EXPECT_EQ(ReadNaively(**kv, "video:a.mp4")->size(), 29U);
  EXPECT_FALSE(ReadCarefully(**kv, "video:a.mp4").ok());
}

}  // namespace

// One record of each kind, with every field set.
#pragma once

#include <utility>
#include <vector>

#include "base/hash.h"
#include "format/record.h"

namespace reel::test {

inline std::vector<std::pair<const char*, Record>> RecordSamples() {
  Record single;
  single.entry.key = "video:small.mp4";
  single.entry.kind = EntryKind::kSingle;
  single.entry.generation = 7;
  single.entry.size = 5;
  single.entry.xxh3 = HashWhole("hello");
  single.entry.metadata = R"({"contentType":"video/mp4"})";
  single.entry.tags = {"a", "日本"};
  single.entry.created = 1'800'000'000;
  single.entry.expires = 1'800'000'060;
  single.entry.version = 3;
  single.entry.ttl = 60;
  single.value = InlineValue{"hello", Encoding::kRaw};

  Record manifest = single;
  manifest.entry.key = "video:large.mp4";
  manifest.entry.kind = EntryKind::kManifest;
  manifest.entry.size = 9000;
  manifest.entry.body = {52'428'800, 5'242'880, 10, {0x21, 0x22}, "video/mp4"};
  manifest.entry.xxh3 = {0x0102030405060708, 0x1112131415161718};
  manifest.value = PageRun{PageFamily::kSmall, 9, 0, 16384, 9000, Encoding::kZstd};
  manifest.body_run = PageRun{PageFamily::kBulk, 8, 0, 16384, 5'242'880};

  Record playlist = single;
  playlist.entry.key = "video:live.m3u8";
  playlist.entry.size = 900;
  playlist.entry.xxh3 = {0x0102030405060708, 0x1112131415161718};
  playlist.value = InlineValue{"a frame of zstd", Encoding::kZstd};

  Record chunk;
  chunk.entry.key = "video:large.mp4_chunk_3";
  chunk.entry.kind = EntryKind::kChunk;
  chunk.entry.generation = 7;
  chunk.entry.size = 5'242'880;
  chunk.entry.created = 1'800'000'000;
  chunk.entry.parent = {"video:large.mp4", 3};
  chunk.value = PageRun{PageFamily::kBulk, 8, 960, 16384, 5'242'880};

  return {{"record_single", single},
          {"record_manifest", manifest},
          {"record_chunk", chunk},
          {"record_compressed", playlist}};
}

}  // namespace reel::test

#include "format/record.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/engine/format/record_samples.h"

namespace reel {
namespace {

TEST(Record, DecodesWhatWasEncoded) {
  for (const auto& [name, record] : test::RecordSamples()) {
    const auto decoded = DecodeRecord(EncodeRecord(record), record.entry.key);
    ASSERT_TRUE(decoded.ok()) << name << ": " << decoded.status().message();
    const Entry& want = record.entry;
    const Entry& got = decoded->entry;
    EXPECT_EQ(got.key, want.key);
    EXPECT_EQ(got.kind, want.kind);
    EXPECT_EQ(got.generation, want.generation);
    EXPECT_EQ(got.size, want.size);
    EXPECT_EQ(got.xxh3, want.xxh3);
    EXPECT_EQ(got.metadata, want.metadata);
    EXPECT_EQ(got.tags, want.tags);
    EXPECT_EQ(got.created, want.created);
    EXPECT_EQ(got.expires, want.expires);
    EXPECT_EQ(got.version, want.version);
    EXPECT_EQ(got.body.size, want.body.size);
    EXPECT_EQ(got.body.chunk_size, want.body.chunk_size);
    EXPECT_EQ(got.body.chunk_count, want.body.chunk_count);
    EXPECT_EQ(got.body.xxh3, want.body.xxh3);
    EXPECT_EQ(got.body.content_type, want.body.content_type);
    EXPECT_EQ(got.parent.key, want.parent.key);
    EXPECT_EQ(got.parent.chunk_index, want.parent.chunk_index);
    EXPECT_EQ(decoded->entry.ttl, record.entry.ttl);
    EXPECT_EQ(decoded->value, record.value);
    EXPECT_EQ(decoded->body_run, record.body_run);
  }
}

TEST(Record, EveryFlippedBitAndEveryCutIsFound) {
  for (const auto& [name, record] : test::RecordSamples()) {
    const std::string bytes = EncodeRecord(record);
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      std::string flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      EXPECT_FALSE(DecodeRecord(flipped, record.entry.key).ok()) << name << " bit " << bit;
    }
    for (size_t length = 0; length < bytes.size(); ++length) {
      EXPECT_FALSE(DecodeRecord(std::string_view(bytes).substr(0, length), record.entry.key).ok())
          << name << " cut to " << length;
    }
  }
}

TEST(Record, InAnotherRowIsFound) {
  for (const auto& [name, record] : test::RecordSamples()) {
    EXPECT_EQ(DecodeRecord(EncodeRecord(record), "video:other.mp4").code(), Code::kCorruption)
        << name;
  }
}

// Its checksum fits, but no writer made it: reading what it says would run over some number.
TEST(Record, OfImpossibleFieldsIsDamaged) {
  enum Sample { kSingle, kManifest, kChunk, kCompressed };
  const struct {
    const char* name;
    Sample sample;
    std::function<void(Record*)> change;
  } kCases[] = {
      {"pages per stride wrap around", kChunk,
       [](Record* r) {
         r->value = PageRun{PageFamily::kBulk, 8, 0, 4096, UINT32_MAX};
       }},
      {"pages of two bytes", kChunk,
       [](Record* r) {
         r->value = PageRun{PageFamily::kBulk, 8, 0, 2, 5'242'880};
       }},
      {"pages of 4 GiB", kChunk,
       [](Record* r) {
         r->value = PageRun{PageFamily::kBulk, 8, 0, UINT32_MAX, 5'242'880};
       }},
      {"more pages than 32 bits number", kChunk,
       [](Record* r) {
         r->value = PageRun{PageFamily::kBulk, 8, UINT32_MAX, 16'384, 5'242'880};
       }},
      {"a frame of more than a page", kCompressed, [](Record* r) { r->entry.size = 1ULL << 50; }},
      {"a value of more than 25 MiB", kChunk, [](Record* r) { r->entry.size = 26'214'401; }},
      {"chunks of 4 GiB", kManifest,
       [](Record* r) {
         r->entry.body.chunk_size = UINT32_MAX;
         r->body_run.stride = UINT32_MAX;
         r->entry.body.chunk_count = 1;
       }},
      {"one chunk too many", kManifest, [](Record* r) { ++r->entry.body.chunk_count; }},
      {"one chunk too few", kManifest, [](Record* r) { --r->entry.body.chunk_count; }},
      {"pages cut elsewhere than chunks", kManifest, [](Record* r) { --r->body_run.stride; }},
      {"a video of 16 EiB", kManifest, [](Record* r) { r->entry.body.size = UINT64_MAX; }},
  };
  for (const auto& c : kCases) {
    Record record = test::RecordSamples()[c.sample].second;
    c.change(&record);
    EXPECT_EQ(DecodeRecord(EncodeRecord(record), record.entry.key).code(), Code::kCorruption)
        << c.name;
  }
}

TEST(Record, OfANewerFormatIsRefusedAsSuch) {
  std::string bytes = EncodeRecord(test::RecordSamples()[0].second);
  bytes[0] = 3;
  EXPECT_EQ(DecodeRecord(bytes, "video:small.mp4").code(), Code::kUnsupported);
}

TEST(Record, AWalkTakesWhatItNeedsUnverified) {
  for (const auto& [name, record] : test::RecordSamples()) {
    const std::string bytes = EncodeRecord(record);
    const auto head = PeekRecord(bytes);
    ASSERT_TRUE(head) << name;
    EXPECT_EQ(head->kind, record.entry.kind) << name;
    EXPECT_EQ(head->size, record.entry.size) << name;
    EXPECT_EQ(head->expires, record.entry.expires.value_or(0)) << name;
  }
  EXPECT_FALSE(PeekRecord(EncodeRecord(test::RecordSamples()[0].second).substr(0, 10)));
}

}  // namespace
}  // namespace reel

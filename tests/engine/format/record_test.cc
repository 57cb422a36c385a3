#include "format/record.h"

#include <gtest/gtest.h>

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

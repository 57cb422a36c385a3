// A publication that takes the place of entries which hold its parts already.
#include <gtest/gtest.h>

#include <functional>

#include "tests/engine/kv/namespace_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

using test::PutChunked;
using test::PutSingle;
using test::ReadValue;

class KvAdopt : public testing::TestWithParam<test::Backend> {
 protected:
  // The parts of `bytes_` as single entries.
  void PutParts(const EntryAttributes& attributes = {}) {
    ASSERT_TRUE(PutSingle(*entries_, "v", "MANIFEST", attributes).ok());
    for (uint32_t i = 0; i < 3; ++i) {
      ASSERT_TRUE(PutSingle(*entries_, Chunk(i), bytes_.substr(i * 1000, 1000), attributes).ok());
    }
  }

  static std::string Chunk(uint32_t index) { return "v_chunk_" + std::to_string(index); }

  std::vector<Entry> Parts() {
    std::vector<Entry> parts = {*entries_->Stat("v")};
    for (uint32_t i = 0; i < 3; ++i) {
      parts.push_back(*entries_->Stat(Chunk(i)));
    }
    return parts;
  }

  Result<Entry> Adopt(const std::vector<Entry>& parts) {
    const auto writer = entries_->NewWriter("v", 1000);
    EXPECT_TRUE((*writer)->Append(bytes_).ok());
    NewManifest manifest{"MANIFEST", "video/mp4", {"{}", "{}", "{}"}, parts};
    return (*writer)->PublishChunked(manifest, {});
  }

  const std::string bytes_ = test::RandomBytes(2'500, 1);
  test::NamespaceUnderTest entries_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(, KvAdopt, testing::Values(test::Backend::kMemory, test::Backend::kDisk),
                         test::BackendName);

TEST_P(KvAdopt, TakesThePlaceOfItsParts) {
  PutParts();
  const auto refused = Adopt({});
  EXPECT_EQ(refused.code(), Code::kConflict);
  const auto view = entries_->Open("v_chunk_1");
  ASSERT_TRUE(Adopt(Parts()).ok());
  entries_.Reopen();
  EXPECT_EQ(entries_->Count("")->keys, 4U);
  EXPECT_EQ(entries_->Stat("v")->kind, EntryKind::kManifest);
  for (uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(entries_->Stat(Chunk(i))->kind, EntryKind::kChunk);
    EXPECT_EQ(ReadValue(*entries_, Chunk(i)), bytes_.substr(i * 1000, 1000));
  }
  ASSERT_TRUE(*entries_->Delete("v"));
  EXPECT_EQ(entries_->Count("")->keys, 0U);
}

TEST_P(KvAdopt, RefusesWhatHasChanged) {
  const auto update = [&](const std::string& key, const EntryUpdate& update) {
    Mutation mutation;
    mutation.kind = Mutation::Kind::kUpdate;
    mutation.key = key;
    mutation.update = update;
    ASSERT_TRUE(entries_->Apply({&mutation, 1}).ok());
  };
  EntryAttributes attributes;
  attributes.ttl = 100;
  const std::function<void()> changes[] = {
      [&] { ASSERT_TRUE(PutSingle(*entries_, "v", "MANIFEST", attributes).ok()); },
      [&] { ASSERT_TRUE(PutSingle(*entries_, "v_chunk_1", "again", attributes).ok()); },
      [&] { ASSERT_TRUE(*entries_->Delete("v_chunk_2")); },
      [&] { ASSERT_TRUE(*entries_->Delete("v")); },
      [&] { update("v_chunk_0", {.metadata = "1"}); },
      [&] { update("v", {.ttl = 200}); },
      [&] { ASSERT_TRUE(PutChunked(*entries_, "v_chunk_0", bytes_, 1000, attributes).ok()); },
      [&] { entries_.clock().Advance(100); },
  };
  for (size_t i = 0; i < std::size(changes); ++i) {
    SCOPED_TRACE(i);
    PutParts(attributes);
    const std::vector<Entry> parts = Parts();
    changes[i]();
    const uint64_t keys = entries_->Count("")->keys;
    EXPECT_EQ(Adopt(parts).code(), Code::kConflict);
    EXPECT_EQ(entries_->Count("")->keys, keys);
    EXPECT_EQ(entries_->Count("")->videos, i == 6 ? 4U : keys);
  }
}

// I6, also where less is left than a new entry may have.
TEST_P(KvAdopt, AllPartsGetTheEarliestExpiry) {
  EntryAttributes attributes;
  attributes.ttl = 500;
  PutParts(attributes);
  attributes.ttl = 100;
  ASSERT_TRUE(PutSingle(*entries_, "v_chunk_1", bytes_.substr(1000, 1000), attributes).ok());
  ASSERT_TRUE(PutSingle(*entries_, "v_chunk_2", bytes_.substr(2000)).ok());
  entries_.clock().Advance(70);
  ASSERT_TRUE(Adopt(Parts()).ok());
  entries_.Reopen();
  for (const Entry& part : Parts()) {
    EXPECT_EQ(part.expires, entries_.clock().NowSeconds() + 30) << part.key;
    EXPECT_EQ(part.ttl, 100) << part.key;
  }
  entries_.clock().Advance(30);
  EXPECT_EQ(entries_->RemoveExpired(10)->bytes, bytes_.size());
  entries_.clock().Advance(-100);
  EXPECT_EQ(entries_->Count("")->keys, 0U);
}

}  // namespace
}  // namespace reel

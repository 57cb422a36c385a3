// Relabel on every implementation: keys, metadata and tags change in one step, values stay.
#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/limits.h"
#include "tests/engine/kv/namespace_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

using test::PutChunked;
using test::PutSingle;
using test::ReadValue;
using Strings = std::vector<std::string>;

class RelabelTest : public testing::TestWithParam<test::Backend> {
 protected:
  Strings Keys(ListOptions options) {
    Strings keys;
    const auto page = entries_->List(options);
    EXPECT_TRUE(page.ok()) << page.status().message();
    for (const Entry& entry : page->entries) {
      keys.push_back(entry.key);
    }
    return keys;
  }
  Strings AllKeys() {
    ListOptions options;
    options.include_chunks = true;
    return Keys(options);
  }
  Strings Tagged(const std::string& tag) {
    ListOptions options;
    options.tag = tag;
    return Keys(options);
  }

  static Relabeling To(std::string_view from, std::string_view to) {
    Relabeling relabeling;
    relabeling.from = from;
    relabeling.to = to;
    return relabeling;
  }

  test::NamespaceUnderTest entries_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(, RelabelTest,
                         testing::Values(test::Backend::kMemory, test::Backend::kDisk,
                                         test::Backend::kFaultless),
                         test::BackendName);

// Of every size, so that values lie in records, in small pages and in table files of their own.
TEST_P(RelabelTest, ASingleEntryMovesWithAllThatItHas) {
  for (const size_t size : {0UL, 100UL, 50'000UL, 3UL << 20}) {
    const std::string bytes = test::RandomBytes(size, size);
    EntryAttributes attributes;
    attributes.metadata = R"({"a":1})";
    attributes.tags = {"old", "both"};
    attributes.ttl = 500;
    const auto put = PutSingle(*entries_, "a", bytes, attributes);
    ASSERT_TRUE(put.ok());
    entries_.clock().Advance(7);
    Relabeling relabeling = To("a", "b");
    relabeling.metadata = R"({"b":2})";
    relabeling.tags = {"both", "new"};
    relabeling.version = 3;
    const auto moved = entries_->Relabel(relabeling);
    ASSERT_TRUE(moved.ok()) << moved.status().message();
    entries_.Reopen();
    const auto entry = entries_->Stat("b");
    ASSERT_TRUE(entry.ok());
    for (const Entry& got : {*moved, *entry}) {
      EXPECT_EQ(got.key, "b");
      EXPECT_EQ(got.kind, EntryKind::kSingle);
      EXPECT_EQ(got.generation, put->generation);
      EXPECT_EQ(got.created, put->created);
      EXPECT_EQ(got.expires, put->expires);
      EXPECT_EQ(got.ttl, 500);
      EXPECT_EQ(got.xxh3, put->xxh3);
      EXPECT_EQ(got.metadata, relabeling.metadata);
      EXPECT_EQ(got.tags, relabeling.tags);
      EXPECT_EQ(got.version, 3U);
    }
    EXPECT_TRUE(ReadValue(*entries_, "b") == bytes) << size;
    EXPECT_EQ(AllKeys(), Strings{"b"});
    EXPECT_EQ(Tagged("old"), Strings{});
    EXPECT_EQ(Tagged("both"), Strings{"b"});
    EXPECT_EQ(Tagged("new"), Strings{"b"});
    entries_.clock().Advance(493);
    EXPECT_EQ(entries_->RemoveExpired(10)->videos, 1U);  // by the one row that is left of it
    EXPECT_EQ(entries_->RemoveExpired(10)->videos, 0U);
    entries_.clock().Advance(-1'000);
    EXPECT_EQ(AllKeys(), Strings{});
  }
}

TEST_P(RelabelTest, AVideoMovesWithItsChunks) {
  const std::string bytes = test::RandomBytes(2'500'000, 1);
  EntryAttributes attributes;
  attributes.ttl = 500;
  const auto put = PutChunked(*entries_, "v", bytes, 1'000'000, attributes);
  ASSERT_TRUE(put.ok());
  Relabeling relabeling = To("v", "w");
  relabeling.version = 2;
  relabeling.chunk_metadata = {"[0]", "[1]", "[2]"};
  ASSERT_TRUE(entries_->Relabel(relabeling).ok());
  entries_.Reopen();
  EXPECT_EQ(AllKeys(), (Strings{"w", "w_chunk_0", "w_chunk_1", "w_chunk_2"}));
  EXPECT_EQ(ReadValue(*entries_, "w"), "MANIFEST");
  const auto view = entries_->Open("w");
  ASSERT_TRUE(view.ok());
  EXPECT_EQ((*view)->entry().body.xxh3, HashWhole(bytes));
  EXPECT_EQ((*view)->entry().body.content_type, "video/mp4");
  for (uint32_t i = 0; i < 3; ++i) {
    const std::string want = bytes.substr(i * 1'000'000, 1'000'000);
    const auto chunk = entries_->Stat("w_chunk_" + std::to_string(i));
    ASSERT_TRUE(chunk.ok());
    EXPECT_EQ(chunk->parent.key, "w");
    EXPECT_EQ(chunk->parent.chunk_index, i);
    EXPECT_EQ(chunk->generation, put->generation);
    EXPECT_EQ(chunk->expires, put->expires);
    EXPECT_EQ(chunk->version, 2U);
    EXPECT_EQ(chunk->metadata, relabeling.chunk_metadata[i]);
    EXPECT_TRUE(ReadValue(*entries_, chunk->key) == want);
    BorrowedBytes out;
    ASSERT_TRUE((*view)->ReadChunk(i, 0, want.size(), &out).ok());
    EXPECT_TRUE(out.ToString() == want);
    EXPECT_TRUE(*(*view)->ChunkHash(i) == HashWhole(want));
  }
  const auto deleted = entries_->Delete("w");
  ASSERT_TRUE(deleted.ok() && *deleted);
  EXPECT_EQ(AllKeys(), Strings{});
}

// The manifest may be of any size itself, and none of its pages stay behind.
TEST_P(RelabelTest, AnotherManifestTakesThePlaceOfTheFirst) {
  const std::string bytes = test::RandomBytes(2'500, 2);
  const auto put = PutChunked(*entries_, "v", bytes, 1000);
  ASSERT_TRUE(put.ok());
  uint64_t seed = 3;
  for (const size_t size : {100'000UL, 10UL, 2UL << 20, 300UL}) {
    Relabeling relabeling = To("v", "v");
    relabeling.manifest = {test::RandomBytes(size, ++seed), "video/webm"};
    const auto changed = entries_->Relabel(relabeling);
    ASSERT_TRUE(changed.ok()) << changed.status().message();
    entries_.Reopen();
    const auto entry = entries_->Stat("v");
    EXPECT_EQ(entry->size, size);
    EXPECT_EQ(entry->xxh3, HashWhole(relabeling.manifest->json));
    EXPECT_EQ(entry->body.content_type, "video/webm");
    EXPECT_EQ(entry->generation, put->generation);
    EXPECT_TRUE(ReadValue(*entries_, "v") == relabeling.manifest->json);
    EXPECT_EQ(ReadValue(*entries_, "v_chunk_2"), bytes.substr(2000));
    EXPECT_EQ(entries_->Stat("v_chunk_2")->metadata, "{\"i\":2}");
  }
}

TEST_P(RelabelTest, TheTargetGivesWayAndItsReadersReadOn) {
  const std::string old = test::RandomBytes(4'500'000, 4);
  EntryAttributes tagged;
  tagged.tags = {"t"};
  ASSERT_TRUE(PutChunked(*entries_, "w", old, 1'000'000, tagged).ok());
  ASSERT_TRUE(PutChunked(*entries_, "v", std::string(2'500, 'x'), 1000).ok());
  const auto target = entries_->Open("w");
  const auto source = entries_->Open("v");
  ASSERT_TRUE(entries_->Relabel(To("v", "w")).ok());
  EXPECT_EQ(AllKeys(), (Strings{"w", "w_chunk_0", "w_chunk_1", "w_chunk_2"}));
  EXPECT_EQ(Tagged("t"), Strings{});
  BorrowedBytes out;
  ASSERT_TRUE((*target)->ReadChunk(4, 0, 500'000, &out).ok());
  EXPECT_TRUE(out.ToString() == old.substr(4'000'000));
  out.Clear();
  ASSERT_TRUE((*source)->ReadChunk(2, 0, 500, &out).ok());
  EXPECT_EQ(out.ToString(), std::string(500, 'x'));
}

TEST_P(RelabelTest, ConditionsAndNeighboursAreKept) {
  const auto put = PutChunked(*entries_, "v", std::string(2'500, 'x'), 1000);
  ASSERT_TRUE(put.ok());
  const auto other = PutSingle(*entries_, "w", "other");
  ASSERT_TRUE(PutSingle(*entries_, "z_chunk_1", "mine").ok());
  const Strings before = AllKeys();
  const auto with = [&](const std::function<void(Relabeling*)>& change) {
    Relabeling relabeling = To("v", "w");
    change(&relabeling);
    return entries_->Relabel(relabeling).code();
  };
  EXPECT_EQ(with([](auto* r) { r->from = "nothing"; }), Code::kNotFound);
  EXPECT_EQ(with([](auto* r) { r->from = ""; }), Code::kInvalidArgument);
  EXPECT_EQ(with([](auto* r) { r->to = ".."; }), Code::kInvalidArgument);
  EXPECT_EQ(with([](auto* r) { r->tags = {"a,b"}; }), Code::kInvalidArgument);
  EXPECT_EQ(with([](auto* r) { r->metadata.assign(kMetadataBytesMax + 1, 'm'); }), Code::kTooLarge);
  EXPECT_EQ(with([](auto* r) {
              r->chunk_metadata = {"", "", std::string(kMetadataBytesMax + 1, 'm')};
            }),
            Code::kTooLarge);
  EXPECT_EQ(with([](auto* r) { r->to.assign(kKeyBytesMax - 7, 'k'); }), Code::kTooLarge);
  EXPECT_EQ(with([](auto* r) { r->from = "v_chunk_0"; }), Code::kConflict);
  EXPECT_EQ(with([](auto* r) { r->to = "z"; }), Code::kConflict);
  EXPECT_EQ(with([&](auto* r) { r->if_generation = put->generation + 100; }), Code::kConflict);
  EXPECT_EQ(with([](auto* r) { r->if_metadata = "other"; }), Code::kConflict);
  EXPECT_EQ(with([](auto* r) { r->if_target_generation = 0; }), Code::kConflict);
  {
    Relabeling onto_chunk = To("w", "v_chunk_1");
    EXPECT_EQ(entries_->Relabel(onto_chunk).code(), Code::kConflict);
  }
  EXPECT_EQ(AllKeys(), before);
  EXPECT_EQ(ReadValue(*entries_, "w"), "other");
  EXPECT_EQ(with([&](auto* r) {
              r->if_generation = put->generation;
              r->if_metadata = "";
              r->if_target_generation = other->generation;
            }),
            Code::kOk);
  EXPECT_EQ(AllKeys(), (Strings{"w", "w_chunk_0", "w_chunk_1", "w_chunk_2", "z_chunk_1"}));
}

// A video's own keys are in nobody's way.
TEST_P(RelabelTest, NewKeysMayBeOldOnes) {
  const std::string bytes = test::RandomBytes(2'500, 5);
  ASSERT_TRUE(PutChunked(*entries_, "v", bytes, 1000).ok());
  ASSERT_TRUE(entries_->Relabel(To("v", "v_chunk_1")).ok());
  EXPECT_EQ(AllKeys(),
            (Strings{"v_chunk_1", "v_chunk_1_chunk_0", "v_chunk_1_chunk_1", "v_chunk_1_chunk_2"}));
  ASSERT_TRUE(entries_->Relabel(To("v_chunk_1", "v")).ok());
  EXPECT_EQ(AllKeys(), (Strings{"v", "v_chunk_0", "v_chunk_1", "v_chunk_2"}));
  EXPECT_EQ(ReadValue(*entries_, "v_chunk_1"), bytes.substr(1000, 1000));
}

TEST_P(RelabelTest, WhatHasExpiredIsNeitherSourceNorInTheWay) {
  EntryAttributes soon;
  soon.ttl = 60;
  ASSERT_TRUE(PutSingle(*entries_, "gone", "x", soon).ok());
  ASSERT_TRUE(PutSingle(*entries_, "w_chunk_0", "x", soon).ok());
  ASSERT_TRUE(PutChunked(*entries_, "v", std::string(1'500, 'x'), 1000).ok());
  EXPECT_EQ(entries_->Relabel(To("v", "w")).code(), Code::kConflict);
  entries_.clock().Advance(60);
  EXPECT_EQ(entries_->Relabel(To("gone", "back")).code(), Code::kNotFound);
  Relabeling relabeling = To("v", "gone");
  relabeling.if_target_generation = 0;
  ASSERT_TRUE(entries_->Relabel(relabeling).ok());
  ASSERT_TRUE(entries_->Relabel(To("gone", "w")).ok());
  EXPECT_EQ(AllKeys(), (Strings{"w", "w_chunk_0", "w_chunk_1"}));
  EXPECT_EQ(entries_->RemoveExpired(10)->videos, 0U);  // their rows went with them
}

}  // namespace
}  // namespace reel

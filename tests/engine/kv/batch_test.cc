// Batches, conditions, updates, expiry and counts: the rest of what every namespace promises.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/limits.h"
#include "tests/engine/kv/namespace_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

using test::PutChunked;
using test::PutSingle;
using test::ReadValue;
using Strings = std::vector<std::string>;

class KvBatch : public testing::TestWithParam<test::Backend> {
 protected:
  static Mutation Put(std::string key, std::string value) {
    Mutation mutation;
    mutation.key = std::move(key);
    mutation.value = std::move(value);
    return mutation;
  }
  static Mutation Delete(std::string key) {
    Mutation mutation;
    mutation.kind = Mutation::Kind::kDelete;
    mutation.key = std::move(key);
    return mutation;
  }
  static Mutation Update(std::string key, const EntryUpdate& update) {
    Mutation mutation;
    mutation.kind = Mutation::Kind::kUpdate;
    mutation.key = std::move(key);
    mutation.update = update;
    return mutation;
  }

  Status Apply(const std::vector<Mutation>& batch) { return entries_->Apply(batch); }

  Strings Keys(const ListOptions& options = {}) {
    ListOptions all = options;
    all.include_chunks = true;
    const auto page = entries_->List(all);
    EXPECT_TRUE(page.ok()) << page.status().message();
    Strings keys;
    for (const Entry& entry : page->entries) {
      keys.push_back(entry.key);
    }
    return keys;
  }

  uint64_t Generation(std::string_view key) { return entries_->Stat(key)->generation; }

  test::NamespaceUnderTest entries_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(, KvBatch,
                         testing::Values(test::Backend::kMemory, test::Backend::kDisk,
                                         test::Backend::kFaultless),
                         test::BackendName);

TEST_P(KvBatch, AppliesAllOfItsMutations) {
  ASSERT_TRUE(PutSingle(*entries_, "gone", "x").ok());
  ASSERT_TRUE(PutChunked(*entries_, "video", std::string(2'500, 'x'), 1000).ok());
  ASSERT_TRUE(PutSingle(*entries_, "kept", "value").ok());
  const std::string large = test::RandomBytes(3 << 20, 1);
  const std::string small = test::RandomBytes(100'000, 2);
  std::vector<Mutation> batch = {Put("large", large),
                                 Put("small", small),
                                 Put("tiny", ""),
                                 Put("video", "single now"),
                                 Delete("gone"),
                                 Delete("never there"),
                                 Update("kept", {.metadata = "[1]", .ttl = 100})};
  batch[1].attributes.tags = {"t"};
  batch[2].attributes.expiration = entries_.clock().NowSeconds() + 60;
  const Status applied = Apply(batch);
  ASSERT_TRUE(applied.ok()) << applied.message();
  entries_.Reopen();
  EXPECT_EQ(Keys(), (Strings{"kept", "large", "small", "tiny", "video"}));
  EXPECT_TRUE(ReadValue(*entries_, "large") == large);
  EXPECT_TRUE(ReadValue(*entries_, "small") == small);
  EXPECT_EQ(ReadValue(*entries_, "tiny"), "");
  EXPECT_EQ(ReadValue(*entries_, "video"), "single now");
  EXPECT_EQ(ReadValue(*entries_, "kept"), "value");
  EXPECT_EQ(entries_->Stat("kept")->metadata, "[1]");
  EXPECT_EQ(entries_->Stat("kept")->expires, entries_.clock().NowSeconds() + 100);
  EXPECT_EQ(entries_->Stat("tiny")->expires, entries_.clock().NowSeconds() + 60);
  EXPECT_EQ(Keys({.tag = "t"}), Strings{"small"});
}

TEST_P(KvBatch, OneRefusalStopsAll) {
  ASSERT_TRUE(PutSingle(*entries_, "k", "old").ok());
  ASSERT_TRUE(PutChunked(*entries_, "v", std::string(2'500, 'x'), 1000).ok());
  Mutation stale = Put("k", "new");
  stale.if_generation = Generation("k") + 1;
  Mutation occupied = Put("k", "new");
  occupied.if_generation = 0;
  Mutation wrong_time = Update("k", {.ttl = 60});
  wrong_time.if_expires = 5;
  Mutation long_metadata = Put("new", "x");
  long_metadata.attributes.metadata = std::string(kMetadataBytesMax + 1, 'm');
  Mutation soon = Put("new", "x");
  soon.attributes.expiration = entries_.clock().NowSeconds() + 59;
  const std::pair<Mutation, Code> refusals[] = {
      {stale, Code::kConflict},
      {occupied, Code::kConflict},
      {wrong_time, Code::kConflict},
      {Update("missing", {.metadata = "1"}), Code::kNotFound},
      {Update("v_chunk_0", {.metadata = "1"}), Code::kConflict},
      {Delete("v_chunk_0"), Code::kConflict},
      {Put("v_chunk_0", "x"), Code::kConflict},
      {Put("", "x"), Code::kInvalidArgument},
      {Put("first", "again"), Code::kInvalidArgument},
      {Put("new", std::string(kValueBytesMax + 1, 'v')), Code::kTooLarge},
      {long_metadata, Code::kTooLarge},
      {soon, Code::kInvalidArgument},
      {Update("k", {.ttl = 59}), Code::kInvalidArgument},
  };
  for (const auto& [refused, code] : refusals) {
    const Status applied =
        Apply({Put("first", test::RandomBytes(2 << 20, 3)), refused, Put("last", "x")});
    EXPECT_EQ(applied.code(), code) << refused.key << ": " << applied.message();
    EXPECT_EQ(Keys(), (Strings{"k", "v", "v_chunk_0", "v_chunk_1", "v_chunk_2"})) << refused.key;
    EXPECT_EQ(ReadValue(*entries_, "k"), "old");
  }
}

// What is a chunk goes with its video, so its key is free for the same batch.
TEST_P(KvBatch, MayUseTheChunkKeysOfAVideoThatItReplaces) {
  const std::string bytes(2'500, 'x');
  struct Case {
    std::vector<Mutation> batch;
    Strings left;
  };
  const Case cases[] = {
      {{Put("v", "base"), Put("v_chunk_1", "chunk")}, {"v", "v_chunk_1"}},
      {{Put("v_chunk_1", "chunk"), Put("v", "base")}, {"v", "v_chunk_1"}},
      {{Put("v_chunk_2", "chunk"), Delete("v")}, {"v_chunk_2"}},
      {{Delete("v_chunk_0"), Put("v", "base")}, {"v"}},
      {{Delete("v"), Delete("v_chunk_0"), Delete("v_chunk_2")}, {}},
  };
  for (const Case& test : cases) {
    ASSERT_TRUE(PutChunked(*entries_, "v", bytes, 1000).ok());
    const Status applied = Apply(test.batch);
    ASSERT_TRUE(applied.ok()) << applied.message();
    entries_.Reopen();
    EXPECT_EQ(Keys(), test.left);
    for (const Mutation& mutation : test.batch) {
      EXPECT_EQ(ReadValue(*entries_, mutation.key),
                mutation.kind == Mutation::Kind::kPut ? mutation.value : "[not found]");
    }
    for (const std::string& key : test.left) {
      ASSERT_TRUE(entries_->Delete(key).ok());
    }
  }
  ASSERT_TRUE(PutChunked(*entries_, "v", bytes, 1000).ok());
  const std::vector<Mutation> refused[] = {
      {Put("other", "x"), Put("v_chunk_0", "x")},
      {Update("v", {.metadata = "1"}), Put("v_chunk_0", "x")},
      {Put("v", "x"), Update("v_chunk_0", {.metadata = "1"})},
  };
  for (const auto& batch : refused) {
    EXPECT_EQ(Apply(batch).code(), Code::kConflict);
    EXPECT_EQ(ReadValue(*entries_, "v_chunk_0"), bytes.substr(0, 1000));
  }
}

TEST_P(KvBatch, OfManyThatCompareAndSetOneWins) {
  ASSERT_TRUE(PutSingle(*entries_, "n", "0").ok());
  constexpr int kThreads = 4;
  constexpr int kRounds = 25;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int done = 0; done < kRounds;) {
        const auto view = entries_->Open("n");
        BorrowedBytes bytes;
        ASSERT_TRUE((*view)->ReadValue(0, (*view)->entry().size, &bytes).ok());
        Mutation next = Put("n", std::to_string(std::stoi(bytes.ToString()) + 1));
        next.if_generation = (*view)->entry().generation;
        done += Apply({next}).ok() ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(ReadValue(*entries_, "n"), std::to_string(kThreads * kRounds));
}

// I6: the parts of a video expire together, and its bytes and generation stay.
TEST_P(KvBatch, AnUpdateOfTheExpiryHoldsForAllParts) {
  EntryAttributes attributes;
  attributes.ttl = 100;
  attributes.tags = {"t"};
  const std::string bytes = test::RandomBytes(2'500, 4);
  ASSERT_TRUE(PutChunked(*entries_, "v", bytes, 1000, attributes).ok());
  const uint64_t generation = Generation("v");
  entries_.clock().Advance(50);
  ASSERT_TRUE(Apply({Update("v", {.ttl = 200})}).ok());
  entries_.Reopen();
  for (const char* key : {"v", "v_chunk_0", "v_chunk_1", "v_chunk_2"}) {
    const auto entry = entries_->Stat(key);
    ASSERT_TRUE(entry.ok()) << key;
    EXPECT_EQ(entry->expires, entries_.clock().NowSeconds() + 200) << key;
    EXPECT_EQ(entry->ttl, 200) << key;
    EXPECT_EQ(entry->generation, generation) << key;
  }
  EXPECT_EQ(entries_->Stat("v_chunk_1")->metadata, R"({"i":1})");
  entries_.clock().Advance(199);
  EXPECT_EQ(ReadValue(*entries_, "v_chunk_1"), bytes.substr(1000, 1000));
  entries_.clock().Advance(1);
  EXPECT_EQ(Keys(), Strings{});

  ASSERT_TRUE(PutChunked(*entries_, "v", bytes, 1000, attributes).ok());
  ASSERT_TRUE(Apply({Update("v", {.ttl = 0})}).ok());
  entries_.clock().Advance(1'000'000);
  EXPECT_EQ(Keys().size(), 4U);
  EXPECT_EQ(entries_->RemoveExpired(10)->videos, 0U);
}

TEST_P(KvBatch, WhatHasExpiredIsRemovedInBoundedSteps) {
  for (int i = 0; i < 5; ++i) {
    EntryAttributes attributes;
    attributes.ttl = 60 + i;
    ASSERT_TRUE(
        PutChunked(*entries_, "v" + std::to_string(i), std::string(2'500, 'x'), 1000, attributes)
            .ok());
  }
  ASSERT_TRUE(PutSingle(*entries_, "stays", "x").ok());
  EXPECT_EQ(entries_->RemoveExpired(10)->videos, 0U);
  entries_.clock().Advance(63);  // four of five
  const auto removed = entries_->RemoveExpired(3);
  EXPECT_EQ(removed->videos, 3U);
  EXPECT_EQ(removed->bytes, 7'500U);  // manifests are no part of it
  EXPECT_EQ(entries_->RemoveExpired(3)->videos, 1U);
  EXPECT_EQ(entries_->RemoveExpired(3)->videos, 0U);
  EXPECT_EQ(Keys(), (Strings{"stays", "v4", "v4_chunk_0", "v4_chunk_1", "v4_chunk_2"}));
}

TEST_P(KvBatch, AClockThatGoesBackBringsNothingBackThatWasRemoved) {
  EntryAttributes attributes;
  attributes.ttl = 60;
  ASSERT_TRUE(PutSingle(*entries_, "removed", "x", attributes).ok());
  entries_.clock().Advance(60);
  EXPECT_EQ(entries_->RemoveExpired(10)->videos, 1U);
  ASSERT_TRUE(PutSingle(*entries_, "later", "y", attributes).ok());
  entries_.clock().Advance(-1'000);
  EXPECT_EQ(Keys(), Strings{"later"});
  EXPECT_EQ(entries_->RemoveExpired(10)->videos, 0U);
  EXPECT_EQ(ReadValue(*entries_, "later"), "y");
}

TEST_P(KvBatch, CountsWithoutListing) {
  EntryAttributes soon;
  soon.ttl = 60;
  ASSERT_TRUE(PutChunked(*entries_, "a/v", std::string(2'500, 'x'), 1000).ok());
  ASSERT_TRUE(PutSingle(*entries_, "a/s", "12345").ok());
  ASSERT_TRUE(PutSingle(*entries_, "a/soon", "gone", soon).ok());
  ASSERT_TRUE(PutSingle(*entries_, "b", "123").ok());
  entries_.clock().Advance(60);
  const auto a = entries_->Count("a/");
  ASSERT_TRUE(a.ok());
  EXPECT_EQ(a->keys, 5U);
  EXPECT_EQ(a->videos, 2U);
  EXPECT_EQ(a->bytes, 2'500U + 8 + 5);
  const auto all = entries_->Count("");
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->keys, 6U);
  EXPECT_EQ(entries_->Count("nothing")->keys, 0U);
}

TEST_P(KvBatch, ListsByTagAndPrefix) {
  EntryAttributes red;
  red.tags = {"red", "all"};
  EntryAttributes blue;
  blue.tags = {"blue", "all"};
  ASSERT_TRUE(PutSingle(*entries_, "a/1", "x", red).ok());
  ASSERT_TRUE(PutChunked(*entries_, "a/2", std::string(1'500, 'x'), 1000, blue).ok());
  ASSERT_TRUE(PutSingle(*entries_, "b/3", "x", red).ok());
  ASSERT_TRUE(PutSingle(*entries_, "b/4", "x").ok());
  for (const uint32_t limit : {1U, 2U, 10U}) {
    const auto keys = [&](const std::string& tag, const std::string& prefix) {
      Strings names;
      ListOptions options;
      options.tag = tag;
      options.prefix = prefix;
      options.limit = limit;
      for (bool more = true; more;) {
        const auto page = entries_->List(options);
        EXPECT_TRUE(page.ok());
        for (const Entry& entry : page->entries) {
          names.push_back(entry.key);
        }
        more = page->next.has_value();
        options.start_after = page->next.value_or("");
      }
      return names;
    };
    EXPECT_EQ(keys("all", ""), (Strings{"a/1", "a/2", "b/3"}));
    EXPECT_EQ(keys("red", ""), (Strings{"a/1", "b/3"}));
    EXPECT_EQ(keys("red", "b/"), Strings{"b/3"});
    EXPECT_EQ(keys("re", ""), Strings{});
  }
  ASSERT_TRUE(PutSingle(*entries_, "a/1", "without").ok());
  ASSERT_TRUE(entries_->Delete("a/2").ok());
  EXPECT_EQ(Keys({.tag = "all"}), Strings{"b/3"});
}

}  // namespace
}  // namespace reel

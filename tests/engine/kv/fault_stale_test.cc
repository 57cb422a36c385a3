// Eventual consistency: reads that see what a key held before a write.
#include <vector>

#include "base/hash.h"
#include "kv/stale_history.h"
#include "tests/engine/kv/fault_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

using test::PutChunked;
using test::PutSingle;

using FaultStaleTest = test::FaultTest;

constexpr const char* kStale = R"({"fault":"stale","cacheTtl":60})";

TEST_F(FaultStaleTest, AnOverwriteIsSeenWhenTheCacheHasExpired) {
  Script(kStale);
  EntryAttributes attributes;
  attributes.metadata = "1";
  ASSERT_TRUE(PutSingle(*entries_, "k", "old", attributes).ok());
  EXPECT_EQ(Get("k"), "old");
  attributes.metadata = "2";
  ASSERT_TRUE(PutSingle(*entries_, "k", "new", attributes).ok());
  clock_.Advance(59);
  EXPECT_EQ(Get("k"), "old");
  EXPECT_EQ(entries_->Stat("k")->metadata, "1");
  EXPECT_EQ(entries_->Stat("k")->size, 3U);
  clock_.Advance(1);
  EXPECT_EQ(Get("k"), "new");
  EXPECT_EQ(entries_->Stat("k")->metadata, "2");
  EXPECT_EQ(Struck(), 3U);
}

TEST_F(FaultStaleTest, DeletesAndUpdatesAreStaleToo) {
  Script(kStale);
  ASSERT_TRUE(PutSingle(*entries_, "deleted", "here").ok());
  ASSERT_TRUE(PutChunked(*entries_, "v", "0123456789abc", 10).ok());
  ASSERT_TRUE(entries_->Delete("deleted").ok());
  Mutation update{.kind = Mutation::Kind::kUpdate, .key = "v"};
  update.update.metadata = R"("updated")";
  update.update.ttl = 1000;
  ASSERT_TRUE(entries_->Apply({&update, 1}).ok());
  EXPECT_EQ(Get("deleted"), "here");
  EXPECT_EQ(entries_->Stat("v")->metadata, "");
  EXPECT_EQ(entries_->Stat("v_chunk_1")->expires, std::nullopt);
  // What is stale is not listed.
  EXPECT_EQ(entries_->List({})->entries.size(), 1U);
  clock_.Advance(60);
  EXPECT_EQ(Get("deleted"), "[not found]");
  EXPECT_EQ(entries_->Stat("v")->metadata, R"("updated")");
  EXPECT_TRUE(entries_->Stat("v_chunk_1")->expires.has_value());
}

TEST_F(FaultStaleTest, AFailedWriteReplacesNothing) {
  Script(kStale);
  ASSERT_TRUE(PutSingle(*entries_, "k", "old").ok());
  Mutation put{.key = "k", .value = "new"};
  put.if_generation = 0;
  EXPECT_EQ(entries_->Apply({&put, 1}).code(), Code::kConflict);
  EXPECT_EQ(Get("k"), "old");
  EXPECT_EQ(entries_->counts()[0].matched, 0U);
}

// Cloudflare caches that a key is missing as it caches values.
TEST_F(FaultStaleTest, WhatWasReadAsMissingStaysMissing) {
  Script(kStale);
  const auto write = [&](const std::string& key, const std::string& kind) {
    if (kind == "batch") {
      const Mutation put{.key = key, .value = "value"};
      ASSERT_TRUE(entries_->Apply({&put, 1}).ok());
    } else if (kind == "chunked") {
      ASSERT_TRUE(PutChunked(*entries_, key, "value", 10).ok());
    } else {
      ASSERT_TRUE(PutSingle(*entries_, key, "value").ok());
    }
  };
  for (const char* kind : {"single", "batch", "chunked"}) {
    const std::string key = kind;
    const std::string value = key == "chunked" ? "MANIFEST" : "value";
    // Nobody looked: it is there at once.
    write(key + "1", kind);
    EXPECT_EQ(Get(key + "1"), value);
    // Somebody looked before.
    EXPECT_EQ(Get(key + "2"), "[not found]");
    write(key + "2", kind);
    clock_.Advance(59);
    EXPECT_EQ(Get(key + "2"), "[not found]");
    EXPECT_EQ(entries_->Stat(key + "2").code(), Code::kNotFound);
    clock_.Advance(1);
    EXPECT_EQ(Get(key + "2"), value);
    // Somebody looked too long ago.
    EXPECT_EQ(entries_->Stat(key + "3").code(), Code::kNotFound);
    clock_.Advance(60);
    write(key + "3", kind);
    EXPECT_EQ(Get(key + "3"), value);
  }
  // A chunk that somebody looked for before there was a video.
  EXPECT_EQ(Get("w_chunk_0"), "[not found]");
  ASSERT_TRUE(PutChunked(*entries_, "w", "value", 3).ok());
  EXPECT_EQ(Get("w"), "MANIFEST");
  EXPECT_EQ(Get("w_chunk_0"), "[not found]");
  EXPECT_EQ(Get("w_chunk_1"), "ue");
  EXPECT_EQ(Chunk(**entries_->Open("w"), 0, 0, 3), "[not found]");
}

// The manifest is old and the chunk is new, or the reverse; the hash tells.
TEST_F(FaultStaleTest, ManifestAndChunksMayBeOfDifferentGenerations) {
  const std::string first = "AAAAAAAAAAaaaaaaaaaa";
  const std::string second = "BBBBBBBBBBbbbbb";
  const struct {
    const char* chunk;
    const char* manifest_of;
    std::string chunk_0, chunk_1;
  } kCases[] = {
      {R"("manifest")", "old", "BBBBBBBBBB", "bbbbb"},
      {"1", "new", "BBBBBBBBBB", "aaaaaaaaaa"},
      {R"("any")", "old", "AAAAAAAAAA", "aaaaaaaaaa"},
  };
  for (const auto& test : kCases) {
    ASSERT_TRUE(PutChunked(*base_, "v", first, 10).ok());
    const uint64_t old = base_->Stat("v")->generation;
    Script(std::string(R"({"fault":"stale","key":"v","chunk":)") + test.chunk + "}," +
           // Chunks are read by their keys, though nothing of them is ever stale.
           R"({"fault":"stale","key":"v","probability":0})");
    ASSERT_TRUE(PutChunked(*entries_, "v", second, 10).ok());
    const auto view = entries_->Open("v");
    ASSERT_TRUE(view.ok());
    const bool is_old = (*view)->entry().generation == old;
    EXPECT_EQ(is_old, std::string_view(test.manifest_of) == "old") << test.chunk;
    const std::string& own = is_old ? first : second;
    for (uint32_t i = 0; i < 2; ++i) {
      const std::string mine = own.substr(i * 10, 10);
      const std::string got = Chunk(**view, i, 0, mine.size());
      EXPECT_EQ(got, i == 0 ? test.chunk_0 : test.chunk_1) << test.chunk;
      const auto hash = (*view)->ChunkHash(i);
      ASSERT_TRUE(hash.ok());
      EXPECT_EQ(*hash, HashWhole(mine));
      EXPECT_EQ(HashWhole(got) == *hash, got == mine);
      EXPECT_EQ(Get("v_chunk_" + std::to_string(i)), got);
    }
    clock_.Advance(60);
    const auto later = entries_->Open("v");
    EXPECT_EQ(Chunk(**later, 1, 0, 5), "bbbbb");
    EXPECT_NE((*later)->entry().generation, old);
  }
}

TEST_F(FaultStaleTest, AnOldManifestLeadsToChunksThatAreGone) {
  Script(R"({"fault":"stale","chunk":"manifest"},{"fault":"stale","chunk":1,"probability":0})");
  ASSERT_TRUE(PutChunked(*entries_, "v", "0123456789abc", 10).ok());
  ASSERT_TRUE(PutSingle(*entries_, "v", "small").ok());
  const auto view = entries_->Open("v");
  ASSERT_TRUE(view.ok());
  ASSERT_EQ((*view)->entry().kind, EntryKind::kManifest);
  // No fault ever makes chunk 0 stale, so it is the view's own.
  EXPECT_EQ(Chunk(**view, 0, 0, 10), "0123456789");
  EXPECT_EQ(Chunk(**view, 1, 0, 3), "[not found]");
}

// A chunk of another size than the manifest says: part of it, or what there is.
TEST_F(FaultStaleTest, RangesOfAChunkOfAnotherSize) {
  Script(R"({"fault":"stale","chunk":"manifest"},{"fault":"stale","probability":0})");
  const struct {
    uint64_t first_chunk, second_chunk;
    uint64_t offset, length;
    std::string got;
  } kCases[] = {
      {5, 3, 0, 5, "012"},   {5, 3, 1, 2, "12"}, {5, 3, 2, 2, "2"},   {5, 3, 4, 1, ""},
      {3, 5, 0, 3, "01234"}, {3, 5, 1, 1, "1"},  {3, 5, 2, 1, "234"},
  };
  for (const auto& test : kCases) {
    ASSERT_TRUE(PutChunked(*entries_, "v", "0123456789", test.first_chunk).ok());
    clock_.Advance(100);
    ASSERT_TRUE(PutChunked(*entries_, "v", "0123456789", test.second_chunk).ok());
    const auto view = entries_->Open("v");
    ASSERT_EQ((*view)->entry().body.chunk_size, test.first_chunk);
    EXPECT_EQ(Chunk(**view, 0, test.offset, test.length), test.got)
        << test.offset << "+" << test.length;
    clock_.Advance(100);
  }
}

// A view that was opened before the write reads what the chunk's key holds now.
TEST_F(FaultStaleTest, AnOpenViewSeesTheChunksOfAnotherGeneration) {
  Script(R"({"fault":"stale","probability":0})");
  ASSERT_TRUE(PutChunked(*entries_, "v", "AAAA", 2).ok());
  const auto view = entries_->Open("v");
  ASSERT_TRUE(PutChunked(*entries_, "v", "BBBB", 2).ok());
  EXPECT_EQ(Chunk(**view, 0, 0, 2), "BB");
  ASSERT_TRUE(entries_->Delete("v").ok());
  EXPECT_EQ(Chunk(**view, 0, 0, 2), "[not found]");
}

TEST_F(FaultStaleTest, OfSeveralOldValuesTheSeedChooses) {
  const auto run = [&](int seed) {
    base_ = NewMemoryNamespace(clock_);
    Script(R"({"fault":"stale","probability":0.8})", seed);
    std::vector<std::string> seen;
    for (const char* value : {"1", "2", "3"}) {
      EXPECT_TRUE(PutSingle(*entries_, "k", value).ok());
      clock_.Advance(1);
    }
    for (int i = 0; i < 100; ++i) {
      seen.push_back(Get("k"));
    }
    clock_.Advance(58);
    for (int i = 0; i < 50; ++i) {
      EXPECT_NE(Get("k"), "1");
    }
    entries_.reset();
    return seen;
  };
  const auto seen = run(5);
  EXPECT_EQ(run(5), seen);
  EXPECT_NE(run(6), seen);
  for (const char* value : {"1", "2", "3"}) {
    EXPECT_GT(std::count(seen.begin(), seen.end(), value), 5) << value;
  }
}

TEST_F(FaultStaleTest, WhatHasExpiredIsNotReadStale) {
  Script(R"({"fault":"stale","cacheTtl":1000})");
  EntryAttributes soon;
  soon.ttl = 60;
  ASSERT_TRUE(PutSingle(*entries_, "k", "old", soon).ok());
  ASSERT_TRUE(PutSingle(*entries_, "k", "new").ok());
  EXPECT_EQ(Get("k"), "old");
  clock_.Advance(60);
  EXPECT_EQ(Get("k"), "new");
}

// On disk a view pins its extents: once the cache has expired, space comes back.
TEST(FaultStaleOnDisk, PinsEndWithTheCache) {
  test::NamespaceUnderTest disk(test::Backend::kDisk);
  auto entries = FaultNamespace::Create(disk.get(), disk.clock(),
                                        R"({"faults":[{"fault":"stale"}]})", "script");
  ASSERT_TRUE(entries.ok());
  const std::string first = test::RandomBytes(5 << 20, 1);
  const std::string second = test::RandomBytes(5 << 20, 2);
  ASSERT_TRUE(PutChunked(**entries, "v", first, 1 << 20).ok());
  ASSERT_TRUE(PutChunked(**entries, "v", second, 1 << 20).ok());
  const auto view = (*entries)->Open("v");
  ASSERT_TRUE(view.ok());
  BorrowedBytes out;
  ASSERT_TRUE((*view)->ReadChunk(4, 0, 1 << 20, &out).ok());
  EXPECT_TRUE(out.ToString() == first.substr(4 << 20));
  EXPECT_EQ((*view)->ChunkHash(4).code(), Code::kConflict);
  disk.clock().Advance(60);
  ASSERT_TRUE((*view)->ReadChunk(4, 0, 1 << 20, &out).ok());
  EXPECT_TRUE(test::ReadValue(**entries, "v_chunk_4") == second.substr(4 << 20));
}

class CountedView final : public EntryView {
 public:
  explicit CountedView(int* alive) : alive_(alive) { ++*alive_; }
  ~CountedView() override { --*alive_; }
  CountedView(const CountedView&) = delete;
  CountedView& operator=(const CountedView&) = delete;
  [[nodiscard]] const Entry& entry() const override { return entry_; }
  Status ReadValue(uint64_t, uint64_t, BorrowedBytes*) const override { return Status::Ok(); }
  Status ReadChunk(uint32_t, uint64_t, uint64_t, BorrowedBytes*) const override {
    return Status::Ok();
  }
  [[nodiscard]] Result<Hash128> ChunkHash(uint32_t) const override { return Hash128(); }
  Status Repair(std::optional<uint32_t>, std::string_view) const override { return Status::Ok(); }
  [[nodiscard]] uint32_t page_size() const override { return 1; }

 private:
  int* alive_;
  Entry entry_;
};

TEST(StaleHistory, IsBoundedInTimeAndNumber) {
  int alive = 0;
  StaleHistory history(60);
  const auto add = [&](const std::string& key, int64_t now) {
    std::vector<Replaced> replaced;
    replaced.push_back({key, std::make_shared<CountedView>(&alive)});
    history.Add(std::move(replaced), now);
  };
  add("a", 100);
  add("b", 110);
  add("a", 120);
  EXPECT_EQ(history.Find("a", 159).size(), 2U);
  EXPECT_EQ(history.Find("a", 160).size(), 1U);
  EXPECT_EQ(alive, 2);
  EXPECT_EQ(history.Find("c", 170).size(), 0U);
  EXPECT_EQ(alive, 1);
  for (size_t i = 0; i < StaleHistory::kReplacedMax + 10; ++i) {
    add("k" + std::to_string(i % 1000), 170);
  }
  EXPECT_EQ(alive, static_cast<int>(StaleHistory::kReplacedMax));
  EXPECT_EQ(history.Find("a", 170).size(), 0U);
  history.Clear();
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace reel

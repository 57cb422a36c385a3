// What every namespace promises, whatever lies behind it.
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

class KvContract : public testing::TestWithParam<test::Backend> {
 protected:
  std::vector<std::string> Keys(bool chunks = true) {
    ListOptions options;
    options.include_chunks = chunks;
    const auto page = entries_->List(options);
    EXPECT_TRUE(page.ok()) << page.status().message();
    std::vector<std::string> keys;
    for (const Entry& entry : page->entries) {
      keys.push_back(entry.key);
    }
    return keys;
  }

  test::NamespaceUnderTest entries_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(, KvContract,
                         testing::Values(test::Backend::kMemory, test::Backend::kDisk,
                                         test::Backend::kFaultless),
                         test::BackendName);

using Strings = std::vector<std::string>;

TEST_P(KvContract, ASingleEntryTellsWhatWasPut) {
  EntryAttributes attributes;
  attributes.metadata = R"({"any":"json"})";
  attributes.tags = {"t1", "t2"};
  attributes.ttl = 100;
  const std::string bytes = test::RandomBytes(100'000, 1);
  const auto put = PutSingle(*entries_, "k", bytes, attributes);
  ASSERT_TRUE(put.ok()) << put.status().message();
  entries_.Reopen();
  const auto entry = entries_->Stat("k");
  ASSERT_TRUE(entry.ok());
  EXPECT_EQ(entry->key, "k");
  EXPECT_EQ(entry->kind, EntryKind::kSingle);
  EXPECT_EQ(entry->size, bytes.size());
  EXPECT_EQ(entry->xxh3, HashWhole(bytes));
  EXPECT_EQ(entry->metadata, attributes.metadata);
  EXPECT_EQ(entry->tags, attributes.tags);
  EXPECT_EQ(entry->created, entries_.clock().NowSeconds());
  EXPECT_EQ(entry->expires, entries_.clock().NowSeconds() + 100);
  EXPECT_EQ(entry->generation, put->generation);
  EXPECT_EQ(ReadValue(*entries_, "k"), bytes);
}

TEST_P(KvContract, ValuesOfEverySizeReadBack) {
  for (const size_t size : {0UL, 1UL, 4096UL, 4097UL, 1UL << 20, (1UL << 20) + 1, 25UL << 20}) {
    const std::string bytes = test::RandomBytes(size, size);
    ASSERT_TRUE(PutSingle(*entries_, "k", bytes).ok()) << size;
    EXPECT_TRUE(ReadValue(*entries_, "k") == bytes) << size;
  }
}

TEST_P(KvContract, AVideoIsAManifestAndChunks) {
  EntryAttributes attributes;
  attributes.metadata = R"({"isChunked":true})";
  attributes.tags = {"t"};
  attributes.ttl = 60;
  const std::string bytes = test::RandomBytes(2'500, 2);
  ASSERT_TRUE(PutChunked(*entries_, "v", bytes, 1000, attributes).ok());
  entries_.Reopen();
  EXPECT_EQ(Keys(), (Strings{"v", "v_chunk_0", "v_chunk_1", "v_chunk_2"}));
  EXPECT_EQ(Keys(/*chunks=*/false), Strings{"v"});
  EXPECT_EQ(ReadValue(*entries_, "v"), "MANIFEST");
  const auto base = entries_->Stat("v");
  ASSERT_TRUE(base.ok());
  EXPECT_EQ(base->kind, EntryKind::kManifest);
  EXPECT_EQ(base->body.size, bytes.size());
  EXPECT_EQ(base->body.chunk_count, 3U);
  EXPECT_EQ(base->body.chunk_size, 1000U);
  EXPECT_EQ(base->body.xxh3, HashWhole(bytes));
  EXPECT_EQ(base->body.content_type, "video/mp4");
  EXPECT_EQ(base->tags, attributes.tags);
  for (uint32_t i = 0; i < 3; ++i) {
    const std::string want = bytes.substr(i * 1000, 1000);
    const auto chunk = entries_->Stat("v_chunk_" + std::to_string(i));
    ASSERT_TRUE(chunk.ok());
    EXPECT_EQ(chunk->kind, EntryKind::kChunk);
    EXPECT_EQ(chunk->size, want.size());
    EXPECT_EQ(chunk->xxh3, HashWhole(want));
    EXPECT_EQ(chunk->metadata, "{\"i\":" + std::to_string(i) + "}");
    EXPECT_EQ(chunk->parent.key, "v");
    EXPECT_EQ(chunk->parent.chunk_index, i);
    EXPECT_EQ(chunk->expires, base->expires);
    EXPECT_EQ(chunk->generation, base->generation);
    EXPECT_EQ(ReadValue(*entries_, chunk->key), want);
    BorrowedBytes out;
    const auto view = entries_->Open("v");
    ASSERT_TRUE((*view)->ReadChunk(i, 3, want.size() - 5, &out).ok());
    EXPECT_EQ(out.ToString(), want.substr(3, want.size() - 5));
  }
}

TEST_P(KvContract, NothingShowsBeforePublicationAndNothingStaysOfAnAbandonedWriter) {
  ASSERT_TRUE(PutSingle(*entries_, "k", "old").ok());
  {
    const auto writer = entries_->NewWriter("k", 1000);
    ASSERT_TRUE((*writer)->Append(test::RandomBytes(3 << 20, 3)).ok());
    EXPECT_EQ(ReadValue(*entries_, "k"), "old");
  }
  EXPECT_EQ(Keys(), Strings{"k"});
  EXPECT_EQ(ReadValue(*entries_, "k"), "old");
}

// Of what is not damaged: right bytes are taken and change nothing, others are refused.
TEST_P(KvContract, RepairsTakeTheBytesThatWereStoredAndNoOthers) {
  for (const size_t size : {0UL, 100UL, 50'000UL, 3UL << 20}) {
    for (const bool text : {false, true}) {
      const std::string bytes = text ? test::TextBytes(size, size) : test::RandomBytes(size, size);
      ASSERT_TRUE(PutSingle(*entries_, "k", bytes).ok());
      const auto view = entries_->Open("k");
      ASSERT_TRUE(view.ok());
      std::string other = bytes + "x";
      EXPECT_EQ((*view)->Repair(std::nullopt, other).code(), Code::kInvalidArgument) << size;
      if (size > 0) {
        other = bytes;
        other[size / 2] = static_cast<char>(other[size / 2] ^ 1);
        EXPECT_EQ((*view)->Repair(std::nullopt, other).code(), Code::kInvalidArgument) << size;
        EXPECT_EQ((*view)->Repair(std::nullopt, "").code(), Code::kInvalidArgument) << size;
      }
      EXPECT_TRUE((*view)->Repair(std::nullopt, bytes).ok()) << size;
      EXPECT_EQ((*view)->entry().generation, entries_->Stat("k")->generation);
      EXPECT_TRUE(ReadValue(*entries_, "k") == bytes) << size;
    }
  }
}

TEST_P(KvContract, RepairsOfChunksAreHeldToTheirHashes) {
  constexpr size_t kChunk = 1'000'000;
  const std::string bytes = test::RandomBytes(2'500'000, 7);
  ASSERT_TRUE(PutChunked(*entries_, "v", bytes, kChunk).ok());
  entries_.Reopen();
  const auto view = entries_->Open("v");
  ASSERT_TRUE(view.ok());
  for (uint32_t i = 0; i < 3; ++i) {
    const std::string chunk = bytes.substr(i * kChunk, kChunk);
    const auto hash = (*view)->ChunkHash(i);
    ASSERT_TRUE(hash.ok()) << hash.status().message();
    EXPECT_EQ(*hash, HashWhole(chunk));
    EXPECT_TRUE((*view)->Repair(i, chunk).ok());
    EXPECT_EQ((*view)->Repair((i + 1) % 3, chunk).code(), Code::kInvalidArgument);
    EXPECT_EQ((*view)->Repair(std::nullopt, chunk).code(), Code::kInvalidArgument);
    const auto part = entries_->Open("v_chunk_" + std::to_string(i));
    ASSERT_TRUE(part.ok());
    EXPECT_TRUE((*part)->Repair(std::nullopt, chunk).ok());
    EXPECT_EQ((*part)->Repair(std::nullopt, chunk + "x").code(), Code::kInvalidArgument);
    EXPECT_TRUE(ReadValue(*entries_, (*part)->entry().key) == chunk);
  }
  EXPECT_TRUE((*view)->Repair(std::nullopt, "MANIFEST").ok());
}

// I1 over every change of shape: larger, smaller, chunked to single and back.
TEST_P(KvContract, OverwritesReplaceTheWholeVideo) {
  const std::string a = test::RandomBytes(3'500, 4);
  const std::string b = test::RandomBytes(1'500, 5);
  ASSERT_TRUE(PutChunked(*entries_, "v", a, 1000).ok());
  ASSERT_TRUE(PutChunked(*entries_, "v", b, 1000).ok());
  EXPECT_EQ(Keys(), (Strings{"v", "v_chunk_0", "v_chunk_1"}));
  EXPECT_EQ(ReadValue(*entries_, "v_chunk_1"), b.substr(1000));
  ASSERT_TRUE(PutSingle(*entries_, "v", "single").ok());
  EXPECT_EQ(Keys(), Strings{"v"});
  EXPECT_EQ(ReadValue(*entries_, "v"), "single");
  ASSERT_TRUE(PutChunked(*entries_, "v", a, 700).ok());
  EXPECT_EQ(Keys().size(), 6U);
  EXPECT_EQ(ReadValue(*entries_, "v_chunk_4"), a.substr(2800));
}

TEST_P(KvContract, AViewReadsItsGenerationToTheEnd) {
  const std::string bytes = test::RandomBytes(5 << 20, 6);
  for (const auto& replace : std::vector<std::function<void()>>{
           [&] { ASSERT_TRUE(PutSingle(*entries_, "v", "new").ok()); },
           [&] { ASSERT_TRUE(entries_->Delete("v").ok()); },
           [&] { entries_.clock().Advance(1000); },
       }) {
    EntryAttributes attributes;
    attributes.ttl = 500;
    ASSERT_TRUE(PutChunked(*entries_, "v", bytes, 1 << 20, attributes).ok());
    const auto view = entries_->Open("v");
    ASSERT_TRUE(view.ok());
    replace();
    std::string got;
    for (uint32_t i = 0; i < 5; ++i) {
      BorrowedBytes out;
      ASSERT_TRUE((*view)->ReadChunk(i, 0, 1 << 20, &out).ok());
      got += out.ToString();
    }
    EXPECT_TRUE(got == bytes);
    BorrowedBytes manifest;
    ASSERT_TRUE((*view)->ReadValue(0, (*view)->entry().size, &manifest).ok());
    EXPECT_EQ(manifest.ToString(), "MANIFEST");
  }
}

TEST_P(KvContract, DeletingAVideoTakesItsChunks) {
  ASSERT_TRUE(PutChunked(*entries_, "v", std::string(2'500, 'x'), 1000).ok());
  ASSERT_TRUE(PutSingle(*entries_, "v2", "other").ok());
  const auto deleted = entries_->Delete("v");
  ASSERT_TRUE(deleted.ok());
  EXPECT_TRUE(*deleted);
  EXPECT_EQ(Keys(), Strings{"v2"});
  const auto again = entries_->Delete("v");
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(*again);
}

TEST_P(KvContract, ExpiryIsExact) {
  EntryAttributes attributes;
  attributes.ttl = 60;
  ASSERT_TRUE(PutChunked(*entries_, "v", std::string(1'500, 'x'), 1000, attributes).ok());
  entries_.clock().Advance(59);
  EXPECT_EQ(Keys().size(), 3U);
  entries_.clock().Advance(1);
  EXPECT_EQ(Keys(), Strings{});
  for (const char* key : {"v", "v_chunk_0"}) {
    EXPECT_EQ(entries_->Stat(key).code(), Code::kNotFound);
    EXPECT_EQ(entries_->Open(key).code(), Code::kNotFound);
    const auto deleted = entries_->Delete(key);
    ASSERT_TRUE(deleted.ok());
    EXPECT_FALSE(*deleted);
  }
}

// What makes an entry a chunk is its record: a key that only looks like one is an entry of its own,
// and neither ever replaces the other.
TEST_P(KvContract, ChunksAndEntriesOfTheSameNameDoNotReplaceEachOther) {
  const std::string video(2'500, 'x');
  ASSERT_TRUE(PutSingle(*entries_, "v_chunk_1", "mine").ok());
  EXPECT_EQ(PutChunked(*entries_, "v", video, 1000).code(), Code::kConflict);
  EXPECT_EQ(Keys(), Strings{"v_chunk_1"});
  EXPECT_EQ(ReadValue(*entries_, "v_chunk_1"), "mine");

  ASSERT_TRUE(entries_->Delete("v_chunk_1").ok());
  ASSERT_TRUE(PutChunked(*entries_, "v", video, 1000).ok());
  EXPECT_EQ(PutSingle(*entries_, "v_chunk_1", "mine").code(), Code::kConflict);
  EXPECT_EQ(entries_->Delete("v_chunk_1").code(), Code::kConflict);
  EXPECT_EQ(ReadValue(*entries_, "v_chunk_1"), video.substr(1000, 1000));
}

TEST_P(KvContract, ExpiredEntriesGiveWay) {
  EntryAttributes soon;
  soon.ttl = 60;
  ASSERT_TRUE(PutSingle(*entries_, "v_chunk_1", "mine", soon).ok());
  entries_.clock().Advance(60);
  ASSERT_TRUE(PutChunked(*entries_, "v", std::string(2'500, 'x'), 1000, soon).ok());
  EXPECT_EQ(Keys().size(), 4U);
  entries_.clock().Advance(60);
  ASSERT_TRUE(PutSingle(*entries_, "v_chunk_1", "mine again").ok());
  EXPECT_EQ(Keys(), Strings{"v_chunk_1"});
  EXPECT_EQ(ReadValue(*entries_, "v_chunk_1"), "mine again");
}

TEST_P(KvContract, LimitsAreCheckedBeforeAnythingIsPublished) {
  ASSERT_TRUE(PutSingle(*entries_, "k", "old").ok());
  EntryAttributes attributes;
  attributes.metadata = std::string(kMetadataBytesMax + 1, 'm');
  EXPECT_EQ(PutSingle(*entries_, "k", "new", attributes).code(), Code::kTooLarge);
  EXPECT_EQ(PutSingle(*entries_, "k", std::string(kValueBytesMax + 1, 'v')).code(),
            Code::kTooLarge);
  attributes = {};
  attributes.ttl = 59;
  EXPECT_EQ(PutSingle(*entries_, "k", "new", attributes).code(), Code::kInvalidArgument);
  attributes = {};
  attributes.tags = {"a,b"};
  EXPECT_EQ(PutSingle(*entries_, "k", "new", attributes).code(), Code::kInvalidArgument);
  const std::string long_key(kKeyBytesMax - 7, 'k');  // no room for _chunk_0
  EXPECT_EQ(PutChunked(*entries_, long_key, "bytes", 3).code(), Code::kTooLarge);
  for (const std::string& key : {std::string(), std::string("."), std::string("\xFF")}) {
    EXPECT_EQ(PutSingle(*entries_, key, "new").code(), Code::kInvalidArgument);
    EXPECT_EQ(entries_->Stat(key).code(), Code::kInvalidArgument);
    EXPECT_EQ(entries_->Open(key).code(), Code::kInvalidArgument);
    EXPECT_EQ(entries_->Delete(key).code(), Code::kInvalidArgument);
  }
  EXPECT_EQ(Keys(), Strings{"k"});
  EXPECT_EQ(ReadValue(*entries_, "k"), "old");
  for (const uint64_t chunk_size : {uint64_t{0}, uint64_t{26'214'401}, (uint64_t{1} << 32) + 5}) {
    EXPECT_EQ(entries_->NewWriter("k", chunk_size).code(), Code::kInvalidArgument) << chunk_size;
  }
}

TEST_P(KvContract, ListsByPrefixDelimiterAndPage) {
  const Strings keys = {"a", "a/1", "a/2", "a/b/3", "a\x01", "b", "b0", "日本/x", "日本/y"};
  for (const std::string& key : keys) {
    ASSERT_TRUE(PutSingle(*entries_, key, key).ok());
  }
  const auto rows = [&](ListOptions options) {
    Strings names;
    for (int pages = 0; pages < 100; ++pages) {
      const auto page = entries_->List(options);
      EXPECT_TRUE(page.ok());
      EXPECT_LE(page->entries.size() + page->common_prefixes.size(), options.limit);
      for (const Entry& entry : page->entries) {
        names.push_back(entry.key);
      }
      for (const std::string& prefix : page->common_prefixes) {
        names.push_back(prefix + "*");
      }
      if (!page->next) {
        return names;
      }
      options.start_after = *page->next;
    }
    ADD_FAILURE() << "the listing does not end";
    return names;
  };
  for (const uint32_t limit : {1U, 2U, 3U, 1000U}) {
    ListOptions options;
    options.limit = limit;
    Strings sorted = keys;
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(rows(options), sorted);
    options.prefix = "a/";
    EXPECT_EQ(rows(options), (Strings{"a/1", "a/2", "a/b/3"}));
    options.delimiter = '/';
    Strings in_a = rows(options);
    std::sort(in_a.begin(), in_a.end());
    EXPECT_EQ(in_a, (Strings{"a/1", "a/2", "a/b/*"}));
    options.prefix = "";
    Strings top = rows(options);
    std::sort(top.begin(), top.end());
    EXPECT_EQ(top, (Strings{"a", "a\x01", "a/*", "b", "b0", "日本/*"}));
    options.prefix = "nothing";
    EXPECT_EQ(rows(options), Strings{});
  }
}

// Nobody's directory: all below it has expired.
TEST_P(KvContract, AListingPassesOverExpiredGroups) {
  EntryAttributes soon;
  soon.ttl = 60;
  ASSERT_TRUE(PutSingle(*entries_, "a/1", "x", soon).ok());
  ASSERT_TRUE(PutSingle(*entries_, "b/1", "x", soon).ok());
  ASSERT_TRUE(PutSingle(*entries_, "b/2", "x").ok());
  entries_.clock().Advance(60);
  ListOptions options;
  options.delimiter = '/';
  const auto page = entries_->List(options);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->common_prefixes, Strings{"b/"});
}

}  // namespace
}  // namespace reel

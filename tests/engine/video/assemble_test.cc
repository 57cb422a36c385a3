// A video that was loaded as entries becomes one again.
#include <gtest/gtest.h>
#include <reel/bulk.h>
#include <reel/loaded_videos.h>

#include <algorithm>
#include <functional>

#include "tests/engine/video/library_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

using Strings = std::vector<std::string>;

class AssembleTest : public test::LibraryTest {
 protected:
  void SetUp() override { ChunkBy(4'000); }

  void ChunkBy(uint64_t chunk_size) {
    ChunkingOptions options;
    options.size_threshold = 1;
    options.chunk_size = chunk_size;
    options.max_chunks = 50;
    Configure(options);
  }

  // All entries of the namespace, as a dump has them.
  std::vector<BulkEntry> Dump() {
    ListOptions options;
    options.include_chunks = true;
    const auto page = entries_->List(options);
    EXPECT_TRUE(page.ok() && !page->next);
    std::vector<BulkEntry> dump;
    for (const Entry& entry : page->entries) {
      BulkEntry element;
      element.key = entry.key;
      element.value = test::ReadValue(*entries_, entry.key);
      element.expiration = entry.expires;
      element.metadata = entry.metadata;
      dump.push_back(std::move(element));
    }
    return dump;
  }

  void Load(const std::vector<BulkEntry>& dump) {
    std::vector<Mutation> batch;
    for (const BulkEntry& element : dump) {
      batch.push_back(ToMutation(element));
    }
    const Status applied = entries_->Apply(batch);
    ASSERT_TRUE(applied.ok()) << applied.message();
  }

  // The dump of one video, which is loaded as entries.
  std::vector<BulkEntry> PutAsEntries(std::string_view bytes,
                                      const VideoAttributes& attributes = {}) {
    EXPECT_TRUE(Put("v", bytes, attributes).ok());
    const std::vector<BulkEntry> dump = Dump();
    EXPECT_TRUE(library_->Remove("v").ok());
    Load(dump);
    return dump;
  }

  void ExpectEntries(const std::vector<BulkEntry>& dump) {
    EXPECT_TRUE(Dump() == dump);
    EXPECT_EQ(entries_->Count("")->videos, dump.size());
  }

  const std::string bytes_ = test::RandomBytes(15'000, 1);
};

INSTANTIATE_TEST_SUITE_P(, AssembleTest,
                         testing::Values(test::Backend::kMemory, test::Backend::kDisk),
                         test::BackendName);

TEST_P(AssembleTest, AVideoIsWhatItWas) {
  struct Case {
    size_t size;
    uint64_t chunk_size;
  };
  const Case cases[] = {{1, 1},         {1, 4'000},     {4'000, 4'000},
                        {8'000, 4'000}, {8'001, 4'000}, {11 << 20, 5 << 20}};
  for (const auto& [size, chunk_size] : cases) {
    SCOPED_TRACE(size);
    ChunkBy(chunk_size);
    const std::string bytes = test::RandomBytes(size, size);
    VideoAttributes attributes;
    attributes.content_type = "video/webm";
    attributes.tags = {"movie", "hd"};
    attributes.ttl = 1000;
    const auto before = Put("v", bytes, attributes);
    ASSERT_TRUE(before.ok());
    const std::vector<BulkEntry> dump = Dump();
    ASSERT_TRUE(library_->Remove("v").ok());
    Load(dump);
    EXPECT_EQ(entries_->Stat("v")->kind, EntryKind::kSingle);

    ChunkBy(777);  // boundaries are the manifest's
    const auto assembled = library_->Assemble("v");
    ASSERT_TRUE(assembled.ok()) << assembled.status().message();
    entries_.Reopen();
    ChunkBy(777);
    const auto after = library_->Stat("v");
    ASSERT_TRUE(after.ok());
    EXPECT_EQ(after->generation, assembled->generation);
    EXPECT_TRUE(after->chunked);
    EXPECT_EQ(after->size, size);
    EXPECT_EQ(after->chunk_count, before->chunk_count);
    EXPECT_EQ(after->chunk_size, chunk_size);
    EXPECT_EQ(after->content_type, "video/webm");
    EXPECT_EQ(after->xxh3, before->xxh3);
    EXPECT_EQ(after->tags, attributes.tags);
    EXPECT_EQ(after->expires, before->expires);
    EXPECT_EQ(after->metadata, before->metadata);
    EXPECT_EQ(after->version, 1U);
    EXPECT_TRUE(Dump() == dump);
    EXPECT_TRUE(Get("v") == bytes);
    const auto reader = library_->Open("v");
    for (const uint64_t offset : {uint64_t{0}, chunk_size - 1, chunk_size, size / 2, size - 1}) {
      BorrowedBytes lent;
      ASSERT_TRUE((*reader)->Borrow(offset, 5'000, &lent).ok());
      EXPECT_TRUE(lent.ToString() == (offset < size ? bytes.substr(offset, 5'000) : std::string()))
          << offset;
    }
    for (const char* tag : {"movie", "hd"}) {
      ListOptions tagged;
      tagged.tag = tag;
      EXPECT_EQ(library_->List(tagged)->videos.size(), 1U);
    }
    EXPECT_EQ(library_->Purge({.tag = "hd"})->videos, 1U);
    EXPECT_EQ(entries_->Count("")->keys, 0U);
  }
}

TEST_P(AssembleTest, WhatLacksSomethingStaysAsItIs) {
  struct Case {
    std::string words;
    Code code;
    std::function<void(std::vector<BulkEntry>*)> damage;
  };
  const auto metadata = [](size_t part, std::string json) {
    return [part, json = std::move(json)](std::vector<BulkEntry>* dump) {
      (*dump)[part].metadata = json;
    };
  };
  const auto value = [](size_t part, std::string bytes) {
    return [part, bytes = std::move(bytes)](std::vector<BulkEntry>* dump) {
      (*dump)[part].value = bytes;
    };
  };
  const Case cases[] = {
      {"there is no \"v\"", Code::kNotFound, [](auto* dump) { dump->erase(dump->begin()); }},
      {"chunk 1 is missing", Code::kNotFound, [](auto* dump) { dump->erase(dump->begin() + 2); }},
      {"chunk 3 is missing", Code::kNotFound, [](auto* dump) { dump->pop_back(); }},
      {"does not say", Code::kInvalidArgument, metadata(0, "")},
      {"does not say", Code::kInvalidArgument, metadata(0, R"({"isChunked":false})")},
      {"does not say", Code::kInvalidArgument, metadata(0, R"({"isChunked":1})")},
      {"not a JSON object", Code::kCorruption, value(0, "x")},
      {"lacks a field", Code::kCorruption, value(0, "{}")},
      {"chunk 0 has 3999 bytes", Code::kCorruption, value(1, std::string(3'999, 'x'))},
      {"chunk 3 has 3001 bytes", Code::kCorruption, value(4, std::string(3'001, 'x'))},
      {"belongs to \"w\"", Code::kCorruption, metadata(2, R"({"parentKey":"w","chunkIndex":1})")},
      {"chunk 1 is chunk 2", Code::kCorruption, metadata(2, R"({"parentKey":"v","chunkIndex":2})")},
      {"at most 26214400", Code::kTooLarge,
       value(0, R"({"totalSize":1,"chunkCount":1,"actualChunkSizes":[1],)"
                R"("standardChunkSize":26214401,"originalContentType":""})")},
      {"content type", Code::kTooLarge,
       value(0, R"({"totalSize":15000,"chunkCount":4,"actualChunkSizes":[4000,4000,4000,3000],)"
                R"("standardChunkSize":4000,"originalContentType":")" +
                    std::string(70'000, 't') + "\"}")},
  };
  ASSERT_TRUE(Put("v", bytes_).ok());
  const std::vector<BulkEntry> whole = Dump();
  ASSERT_EQ(whole.size(), 5U);
  ASSERT_TRUE(library_->Remove("v").ok());
  for (const Case& test : cases) {
    SCOPED_TRACE(test.words);
    std::vector<BulkEntry> dump = whole;
    test.damage(&dump);
    Load(dump);
    const auto assembled = library_->Assemble("v");
    EXPECT_EQ(assembled.code(), test.code);
    EXPECT_NE(assembled.status().message().find(test.words), std::string::npos)
        << assembled.status().message();
    ExpectEntries(dump);
    for (const BulkEntry& element : dump) {
      ASSERT_TRUE(*entries_->Delete(element.key));
    }
  }
  ChunkBy(100);
  PutAsEntries(bytes_.substr(0, 5'000));
  EXPECT_TRUE(library_->Assemble("v").ok());
  ASSERT_TRUE(library_->Remove("v").ok());
  PutAsEntries(bytes_.substr(0, 5'000));
  ChunkingOptions fewer;
  fewer.max_chunks = 49;
  Configure(fewer);
  EXPECT_EQ(library_->Assemble("v").code(), Code::kTooLarge);
}

TEST_P(AssembleTest, PartsOfOthersAreNotTaken) {
  std::vector<BulkEntry> dump = PutAsEntries(bytes_);
  ASSERT_TRUE(*entries_->Delete("v_chunk_2"));
  ASSERT_TRUE(test::PutChunked(*entries_, "v_chunk_2", std::string(500, 'x'), 100).ok());
  EXPECT_EQ(library_->Assemble("v").code(), Code::kConflict);
  EXPECT_EQ(library_->Assemble("v_chunk_2_chunk_0").code(), Code::kConflict);
  EXPECT_EQ(entries_->Stat("v_chunk_2")->kind, EntryKind::kManifest);
  EXPECT_EQ(test::ReadValue(*entries_, "v_chunk_1"), bytes_.substr(4'000, 4'000));
}

TEST_P(AssembleTest, AChangeMeanwhileIsAConflict) {
  const std::function<void()> changes[] = {
      [&] { ASSERT_TRUE(test::PutSingle(*entries_, "v_chunk_0", bytes_.substr(0, 4'000)).ok()); },
      [&] { ASSERT_TRUE(test::PutSingle(*entries_, "v_chunk_3", "other bytes").ok()); },
      [&] { ASSERT_TRUE(*entries_->Delete("v_chunk_1")); },
      [&] { ASSERT_TRUE(Put("v", "a new video").ok()); },
      [&] { ASSERT_TRUE(library_->Touch("v", 100).ok()); },
  };
  for (size_t i = 0; i < std::size(changes); ++i) {
    SCOPED_TRACE(i);
    PutAsEntries(bytes_);
    // The first chunk was read by then, the last one was not.
    bool changed = false;
    std::vector<BulkEntry> then;
    const auto assembled = library_->Assemble("v", [&](uint64_t) {
      if (!changed) {
        if (i == 3) {
          Configure(ChunkingOptions());
        }
        changes[i]();
        then = Dump();
      }
      changed = true;
      return true;
    });
    EXPECT_TRUE(assembled.code() == Code::kConflict || assembled.code() == Code::kNotFound)
        << assembled.status().message();
    EXPECT_TRUE(Dump() == then);
    for (const BulkEntry& element : then) {
      ASSERT_TRUE(*entries_->Delete(element.key));
    }
    ChunkBy(4'000);
  }
}

TEST_P(AssembleTest, InterruptedItChangesNothing) {
  const std::vector<BulkEntry> dump = PutAsEntries(bytes_);
  uint64_t read = 0;
  const auto stopped = library_->Assemble("v", [&](uint64_t bytes) {
    read += bytes;
    return read < 8'000;
  });
  EXPECT_EQ(stopped.code(), Code::kAborted);
  EXPECT_EQ(read, 8'000U);
  ExpectEntries(dump);
  EXPECT_TRUE(library_->Assemble("v").ok());
  EXPECT_EQ(Get("v"), bytes_);
}

TEST_P(AssembleTest, AVideoStaysWhatItIs) {
  const auto stored = Put("v", bytes_);
  ASSERT_TRUE(stored.ok());
  EXPECT_EQ(library_->Assemble("v")->generation, stored->generation);
  EXPECT_EQ(library_->Assemble("v_chunk_0").code(), Code::kConflict);
}

TEST_P(AssembleTest, ALoadIsAssembledInWhateverOrderItCame) {
  for (const char* key : {"a", "b", "short"}) {
    ASSERT_TRUE(Put(key, key[0] == 's' ? std::string("1234") : bytes_).ok());
  }
  ASSERT_TRUE(test::PutSingle(*entries_, "plain", "x").ok());
  std::vector<BulkEntry> dump = Dump();
  for (const char* key : {"a", "b", "short", "plain"}) {
    ASSERT_TRUE(*entries_->Delete(key));
  }
  std::reverse(dump.begin(), dump.end());
  LoadedVideos loaded;
  const auto load = [&](const BulkEntry& element) {
    Load({element});
    loaded.Note(element.key, element.metadata);
  };
  Strings left;
  const auto told = [&](const std::string& key, const Status& why) {
    left.push_back(key + ": " + why.message());
  };
  const auto lost = std::find_if(dump.begin(), dump.end(),
                                 [](const auto& element) { return element.key == "a_chunk_1"; });
  for (const BulkEntry& element : dump) {
    if (element.key != lost->key) {
      load(element);
    }
  }
  ASSERT_TRUE(loaded.Assemble(&*library_, told).ok());
  EXPECT_EQ(left, Strings{"a: chunk 1 is missing (load it too)"});
  EXPECT_EQ(Get("b"), bytes_);
  EXPECT_EQ(Get("short"), "1234");
  EXPECT_TRUE(library_->Stat("b")->chunked);
  EXPECT_FALSE(library_->Stat("a")->chunked);

  // The chunk comes later, by itself.
  left.clear();
  load(*lost);
  ASSERT_TRUE(loaded.Assemble(&*library_, told).ok());
  EXPECT_EQ(left, Strings{});
  EXPECT_EQ(Get("a"), bytes_);
  EXPECT_EQ(entries_->Count("")->videos, 4U);
}

}  // namespace
}  // namespace reel

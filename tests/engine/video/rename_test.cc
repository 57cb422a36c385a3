// New keys, tags and times for stored videos.
#include <gtest/gtest.h>
#include <reel/content_type.h>

#include <atomic>
#include <thread>

#include "base/hash.h"
#include "base/limits.h"
#include "tests/engine/video/library_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

using Strings = std::vector<std::string>;

class RenameTest : public test::LibraryTest {
 protected:
  void SetUp() override { Configure(); }

  void Configure(KvNamespace* versions = nullptr) {
    LibraryOptions options;
    options.chunking.size_threshold = 10'000;
    options.chunking.chunk_size = 4'000;
    options.versions = versions;
    library_.emplace(entries_.get(), options);
  }

  Strings Tagged(const std::string& tag) {
    ListOptions options;
    options.tag = tag;
    Strings keys;
    const auto page = library_->List(options);
    for (const VideoInfo& video : page->videos) {
      keys.push_back(video.key);
    }
    return keys;
  }

  const std::string large_ = test::RandomBytes(15'000, 1);
  const std::string small_ = test::RandomBytes(5'000, 2);
};

INSTANTIATE_TEST_SUITE_P(, RenameTest,
                         testing::Values(test::Backend::kMemory, test::Backend::kDisk,
                                         test::Backend::kFaultless),
                         test::BackendName);

// All entries are then as if the video had been stored at the new key.
TEST_P(RenameTest, ARenamedVideoIsWhatStoringItThereWouldGive) {
  for (const std::string& bytes : {small_, large_}) {
    VideoAttributes attributes;
    attributes.content_type = ContentTypeOfKey("video:a.part:w=640:f=mp4");
    attributes.tags = {"mine"};
    attributes.modified = 1'234'567;
    const auto put = Put("video:a.part:w=640:f=mp4", bytes, attributes);
    ASSERT_TRUE(put.ok()) << put.status().message();
    attributes.content_type = "video/mp4";
    ASSERT_TRUE(Put("video:dir/b.mp4:h=480", bytes, attributes).ok());
    ListOptions all;
    all.prefix = "video:dir/";
    all.include_chunks = true;
    const auto stored = entries_->List(all);
    ASSERT_TRUE(stored.ok());
    const std::vector<Entry>& want = stored->entries;
    const std::string want_base = test::ReadValue(*entries_, "video:dir/b.mp4:h=480");
    ASSERT_TRUE(library_->Remove("video:dir/b.mp4:h=480").ok());

    RenameOptions options;
    options.content_type_follows_key = true;
    const auto renamed =
        library_->Rename("video:a.part:w=640:f=mp4", "video:dir/b.mp4:h=480", options);
    ASSERT_TRUE(renamed.ok()) << renamed.status().message();
    entries_.Reopen();
    Configure();
    EXPECT_EQ(renamed->key, "video:dir/b.mp4:h=480");
    EXPECT_EQ(renamed->generation, put->generation);
    EXPECT_EQ(renamed->content_type, "video/mp4");
    EXPECT_EQ(renamed->modified, 1'234'567);
    EXPECT_EQ(renamed->xxh3, HashWhole(bytes));
    EXPECT_EQ(library_->Stat("video:a.part:w=640:f=mp4").code(), Code::kNotFound);
    EXPECT_TRUE(Get("video:dir/b.mp4:h=480") == bytes);
    EXPECT_TRUE(test::ReadValue(*entries_, "video:dir/b.mp4:h=480") == want_base);
    const auto got = entries_->List(all);
    ASSERT_EQ(got->entries.size(), want.size());
    for (size_t i = 0; i < want.size(); ++i) {
      EXPECT_EQ(got->entries[i].key, want[i].key);
      EXPECT_EQ(got->entries[i].metadata, want[i].metadata);
      EXPECT_EQ(got->entries[i].xxh3, want[i].xxh3);
    }
    EXPECT_EQ(Tagged("mine"), Strings{"video:dir/b.mp4:h=480"});
    EXPECT_EQ(Tagged("video-path:dir/b.mp4"), Strings{"video:dir/b.mp4:h=480"});
    EXPECT_EQ(Tagged("video-path:a.part"), Strings{});
    EXPECT_EQ(Tagged("video-format:mp4"), Strings{});
    EXPECT_EQ(entries_->Count("")->videos, 1U);
  }
}

TEST_P(RenameTest, AContentTypeFollowsTheKeyWhereItCameFromIt) {
  struct Row {
    const char* from;
    const char* type;
    const char* to;
    const char* type_after;
  };
  const Row rows[] = {
      {"video:a.part", "application/octet-stream", "video:a.mp4", "video/mp4"},
      {"video:a.mkv", "video/x-matroska", "video:a.webm:w=640", "video/webm"},
      {"video:a.mkv:w=640", "video/x-matroska", "video:a", "application/octet-stream"},
      {"video:a.mkv", "video/x-own", "video:a.mp4", "video/x-own"},
  };
  for (const std::string& bytes : {small_, large_}) {
    for (const Row& row : rows) {
      VideoAttributes attributes;
      attributes.content_type = row.type;
      ASSERT_TRUE(Put(row.from, bytes, attributes).ok());
      ASSERT_TRUE(library_->Rename(row.from, "video:stays.ts").ok());
      EXPECT_EQ(library_->Stat("video:stays.ts")->content_type, row.type);
      ASSERT_TRUE(library_->Rename("video:stays.ts", row.from).ok());
      ASSERT_TRUE(library_->Rename(row.from, row.to, {.content_type_follows_key = true}).ok());
      EXPECT_EQ(library_->Stat(row.to)->content_type, row.type_after) << row.from;
      EXPECT_TRUE(Get(row.to) == bytes);
      ASSERT_TRUE(library_->Remove(row.to).ok());
    }
  }
}

TEST_P(RenameTest, AReplacedVideoIsReadToItsEnd) {
  ASSERT_TRUE(Put("video:old", large_).ok());
  ASSERT_TRUE(Put("video:new", small_).ok());
  const auto old = library_->Open("video:old");
  const auto source = library_->Open("video:new");
  ASSERT_TRUE(old.ok() && source.ok());
  RenameOptions keep;
  keep.replace = false;
  EXPECT_EQ(library_->Rename("video:new", "video:old", keep).code(), Code::kConflict);
  ASSERT_TRUE(library_->Rename("video:new", "video:old").ok());
  EXPECT_TRUE(Get("video:old") == small_);
  std::string bytes(large_.size(), '\0');
  ASSERT_TRUE((*old)->Read(0, bytes).ok());
  EXPECT_TRUE(bytes == large_);
  bytes.resize(small_.size());
  ASSERT_TRUE((*source)->Read(0, bytes).ok());
  EXPECT_TRUE(bytes == small_);
  ASSERT_TRUE(library_->Rename("video:old", "video:new", keep).ok());
  ASSERT_TRUE(library_->Rename("video:new", "video:new", keep).ok());
  EXPECT_TRUE(Get("video:new") == small_);
  EXPECT_EQ(entries_->Count("")->keys, 1U);
}

TEST_P(RenameTest, RefusalsChangeNothing) {
  ASSERT_TRUE(Put("video:v", large_).ok());
  ASSERT_TRUE(Put("video:w_chunk_1", small_).ok());
  EXPECT_EQ(library_->Rename("video:nothing", "video:w").code(), Code::kNotFound);
  EXPECT_EQ(library_->Rename("video:v_chunk_0", "video:w").code(), Code::kNotFound);
  EXPECT_EQ(library_->Rename("video:v", "").code(), Code::kInvalidArgument);
  EXPECT_EQ(library_->Rename("video:v", "video:w").code(), Code::kConflict);
  EXPECT_EQ(library_->Rename("video:v", std::string(kKeyBytesMax + 1, 'k')).code(),
            Code::kTooLarge);
  EXPECT_EQ(library_->Rename("video:v", std::string(kKeyBytesMax - 2, 'k')).code(),
            Code::kTooLarge);
  EXPECT_EQ(library_->Update("video:v", {.tags = Strings{std::string(900, 't')}}).code(),
            Code::kInvalidArgument);
  EXPECT_EQ(library_->Update("video:v", {.tags = Strings(1, "a,b")}).code(),
            Code::kInvalidArgument);
  Strings many;
  for (int i = 0; i < 100; ++i) {
    many.push_back("a tag of some length " + std::to_string(i));
  }
  EXPECT_EQ(library_->Update("video:v", {.tags = many}).code(), Code::kTooLarge);
  EXPECT_TRUE(Get("video:v") == large_);
  EXPECT_EQ(library_->Stat("video:v")->tags, (Strings{"video-path:v", "video-mode:video"}));
  EXPECT_EQ(entries_->Count("")->keys, 6U);
}

TEST_P(RenameTest, TheVersionIsTheNewKeys) {
  const auto versions = NewMemoryNamespace(entries_.clock());
  Configure(versions.get());
  ASSERT_TRUE(Put("video:v", large_).ok());
  ASSERT_TRUE(Put("video:w", small_).ok());
  ASSERT_TRUE(library_->BumpVersion("video:w").ok());
  // What is there reads as missing, and so it is in nobody's way.
  RenameOptions keep;
  keep.replace = false;
  const auto renamed = library_->Rename("video:v", "video:w", keep);
  ASSERT_TRUE(renamed.ok()) << renamed.status().message();
  EXPECT_EQ(renamed->version, 2U);
  EXPECT_TRUE(Get("video:w") == large_);
  EXPECT_EQ(entries_->Stat("video:w_chunk_0")->version, 2U);
  ASSERT_TRUE(library_->BumpVersion("video:w").ok());
  EXPECT_EQ(library_->Rename("video:w", "video:v").code(), Code::kNotFound);
}

TEST_P(RenameTest, UpdatesChangeTagsAndTimesAndNothingElse) {
  for (const std::string& bytes : {small_, large_}) {
    VideoAttributes attributes;
    attributes.content_type = "video/mp4";
    attributes.tags = {"a", "b"};
    attributes.ttl = 1'000;
    const auto put = Put("video:v", bytes, attributes);
    ASSERT_TRUE(put.ok());
    EXPECT_EQ(put->modified, put->created);
    entries_.clock().Advance(5);
    const auto tagged = library_->Update("video:v", {.tags = Strings{"b", "c", "b"}});
    ASSERT_TRUE(tagged.ok()) << tagged.status().message();
    EXPECT_EQ(tagged->tags, (Strings{"b", "c", "video-path:v", "video-mode:video"}));
    EXPECT_EQ(tagged->modified, put->created);
    const auto timed = library_->Update("video:v", {.modified = -77});
    ASSERT_TRUE(timed.ok());
    ASSERT_TRUE(library_->Touch("video:v", 2'000).ok());
    ASSERT_TRUE(library_->Update("video:v", {.tags = Strings{}}).ok());
    ASSERT_TRUE(library_->Update("video:v", {.tags = Strings{"d"}}).ok());
    entries_.Reopen();
    Configure();
    const auto info = library_->Stat("video:v");
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info->modified, -77);
    EXPECT_EQ(info->created, put->created);
    EXPECT_EQ(info->generation, put->generation);
    EXPECT_EQ(info->expires, entries_.clock().NowSeconds() + 2'000);
    EXPECT_EQ(info->content_type, "video/mp4");
    EXPECT_EQ(info->tags, (Strings{"d", "video-path:v", "video-mode:video"}));
    for (const char* gone : {"a", "b", "c"}) {
      EXPECT_EQ(Tagged(gone), Strings{}) << gone;
    }
    EXPECT_EQ(Tagged("d"), Strings{"video:v"});
    EXPECT_TRUE(Get("video:v") == bytes);
    if (info->chunked) {
      EXPECT_EQ(entries_->Stat("video:v_chunk_3")->metadata,
                R"({"parentKey":"video:v","chunkIndex":3,)"
                R"("cacheTags":["d","video-path:v","video-mode:video"],"contentLength":3000})");
    }
  }
}

// What others have put there stays.
TEST_P(RenameTest, ForeignMetadataStays) {
  EntryAttributes foreign;
  foreign.metadata = R"({"note":[1,2.50,"x"],"contentType":"text/plain","width":7})";
  ASSERT_TRUE(test::PutSingle(*entries_, "video:v", "bytes", foreign).ok());
  ASSERT_TRUE(library_->Rename("video:v", "video:w:h=9").ok());
  EXPECT_EQ(entries_->Stat("video:w:h=9")->metadata,
            R"({"sourcePath":"w","height":9,"cacheTags":["video-path:w","video-mode:video"],)"
            R"("contentType":"text/plain","note":[1,2.50,"x"]})");
  foreign.metadata = "[1]";
  ASSERT_TRUE(test::PutSingle(*entries_, "video:v", "bytes", foreign).ok());
  ASSERT_TRUE(library_->Rename("video:v", "video:x").ok());
  EXPECT_EQ(entries_->Stat("video:x")->metadata, "[1]");
  EXPECT_EQ(library_->Update("video:x", {.modified = 1}).code(), Code::kInvalidArgument);
  ASSERT_TRUE(test::PutSingle(*entries_, "video:v", "bytes").ok());
  EXPECT_EQ(library_->Rename("video:v", "video:x")->content_type, "application/octet-stream");
}

TEST_P(RenameTest, ListenersHearOfVideosAndOfTheirVersions) {
  const auto versions = NewMemoryNamespace(entries_.clock());
  Configure(versions.get());
  std::vector<Change> told;
  const auto subscription = library_->Subscribe(
      [&](std::span<const Change> changes) { told.assign(changes.begin(), changes.end()); });
  const auto put = Put("video:v", small_);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].new_generation, put->generation);
  ASSERT_TRUE(library_->Rename("video:v", "video:w").ok());
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].key, "video:v");
  EXPECT_EQ(told[0].old_generation, put->generation);
  EXPECT_EQ(told[0].new_generation, 0U);
  EXPECT_EQ(told[1].key, "video:w");
  EXPECT_EQ(told[1].old_generation, 0U);
  EXPECT_EQ(told[1].new_generation, put->generation);
  told.clear();
  ASSERT_TRUE(library_->BumpVersion("video:never stored").ok());
  EXPECT_TRUE(told.empty());
  ASSERT_TRUE(library_->BumpVersion("video:w").ok());
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].key, "video:w");
  EXPECT_EQ(told[0].old_generation, put->generation);
  EXPECT_EQ(told[0].new_generation, 0U);
}

// Of what several change at once nothing is lost, and somebody's rename is the last.
TEST_P(RenameTest, ConcurrentChangesAreAllKept) {
  ASSERT_TRUE(Put("video:0", large_).ok());
  std::vector<std::thread> threads;
  std::atomic<int> renamed = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 25; ++round) {
        const std::string from = "video:" + std::to_string((i + round) % 3);
        const std::string to = "video:" + std::to_string((i + round + 1) % 3);
        const auto done = library_->Rename(from, to);
        renamed += done.ok() ? 1 : 0;
        EXPECT_TRUE(done.ok() || done.code() == Code::kNotFound) << done.status().message();
        const auto reader = library_->Open(from);
        if (reader.ok()) {
          std::string bytes(large_.size(), '\0');
          EXPECT_TRUE((*reader)->Read(0, bytes).ok());
          EXPECT_TRUE(bytes == large_);
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_GT(renamed, 0);
  EXPECT_EQ(entries_->Count("")->keys, 5U);
  EXPECT_EQ(entries_->Count("")->videos, 1U);
}

}  // namespace
}  // namespace reel

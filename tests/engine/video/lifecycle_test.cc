// Time to live, tags and versions of whole videos.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/hash.h"
#include "tests/engine/video/library_fixture.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

class LifecycleTest : public test::LibraryTest {
 protected:
  void Configure(const TtlRefreshOptions& refresh, KvNamespace* versions = nullptr) {
    LibraryOptions options;
    options.chunking.size_threshold = 10'000;
    options.chunking.chunk_size = 4'000;
    options.ttl_refresh = refresh;
    options.versions = versions;
    options.tags = NoTags();
    library_.emplace(entries_.get(), options);
  }

  int64_t Left(std::string_view key) {
    return *entries_->Stat(key)->expires - entries_.clock().NowSeconds();
  }

  std::vector<std::string> Keys() {
    std::vector<std::string> keys;
    const auto page = library_->List({});
    EXPECT_TRUE(page.ok()) << page.status().message();
    for (const VideoInfo& video : page->videos) {
      keys.push_back(video.key);
    }
    return keys;
  }

  const std::string large_ = test::RandomBytes(15'000, 1);
};

using Strings = std::vector<std::string>;

INSTANTIATE_TEST_SUITE_P(, LifecycleTest,
                         testing::Values(test::Backend::kMemory, test::Backend::kDisk),
                         test::BackendName);

TEST_P(LifecycleTest, AccessPutsOffExpiryByTheRule) {
  Configure(TtlRefreshOptions{});
  VideoAttributes attributes;
  attributes.ttl = 1000;
  struct Step {
    int64_t advance;
    int64_t left_after_access;
  };
  ASSERT_TRUE(Put("v", large_, attributes).ok());
  const Step steps[] = {
      {99, 901},    // less than 10 % has gone
      {1, 1000},    // just 10 %
      {50, 950},    // counted from the refresh on
      {890, 1000},  // exactly 60 s are left
      {941, 59},    // too little is left
  };
  for (const Step& step : steps) {
    entries_.clock().Advance(step.advance);
    EXPECT_EQ(Get("v"), large_);
    EXPECT_EQ(Left("v"), step.left_after_access) << step.advance;
    EXPECT_EQ(Left("v_chunk_3"), step.left_after_access) << step.advance;
  }
  entries_.clock().Advance(59);
  EXPECT_EQ(library_->Open("v").code(), Code::kNotFound);
  EXPECT_EQ(entries_->RemoveExpired(10)->videos, 1U);
}

TEST_P(LifecycleTest, TheRuleIsConfigurable) {
  VideoAttributes attributes;
  attributes.ttl = 1000;
  for (const auto& [options, advance, left] :
       std::vector<std::tuple<TtlRefreshOptions, int64_t, int64_t>>{
           {{.enabled = false}, 500, 500},
           {{.enabled = true, .min_elapsed_percent = 50}, 499, 501},
           {{.enabled = true, .min_elapsed_percent = 50}, 500, 1000},
           {{.enabled = true, .min_elapsed_percent = 10, .min_remaining_s = 300}, 701, 299},
           {{.enabled = true, .min_elapsed_percent = 10, .min_remaining_s = 300}, 700, 1000},
       }) {
    Configure(options);
    ASSERT_TRUE(Put("v", large_, attributes).ok());
    entries_.clock().Advance(advance);
    EXPECT_EQ(Get("v"), large_);
    EXPECT_EQ(Left("v"), left);
  }
}

// However many read at once, the rule is kept: the second refresh would come too early.
TEST_P(LifecycleTest, ManyReadersRefreshOnce) {
  Configure(TtlRefreshOptions{});
  VideoAttributes attributes;
  attributes.ttl = 1000;
  ASSERT_TRUE(Put("v", large_, attributes).ok());
  entries_.clock().Advance(500);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 125; ++round) {
        EXPECT_TRUE(library_->Open("v").ok());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(Left("v"), 1000);
  EXPECT_EQ(Get("v"), large_);
}

TEST_P(LifecycleTest, TouchSetsWhatIsLeft) {
  Configure(TtlRefreshOptions{.enabled = false});
  ASSERT_TRUE(Put("v", large_).ok());
  ASSERT_TRUE(library_->Touch("v", 60).ok());
  EXPECT_EQ(Left("v_chunk_0"), 60);
  ASSERT_TRUE(library_->Touch("v", std::nullopt).ok());
  EXPECT_EQ(library_->Stat("v")->expires, std::nullopt);
  EXPECT_EQ(library_->Touch("v", 59).code(), Code::kInvalidArgument);
  EXPECT_EQ(library_->Touch("w", 60).code(), Code::kNotFound);
  EXPECT_EQ(library_->Touch("v_chunk_0", 60).code(), Code::kNotFound);
  EXPECT_EQ(Get("v"), large_);
}

TEST_P(LifecycleTest, AKeyGivesTags) {
  library_.emplace(entries_.get(), LibraryOptions{});
  const std::string long_path(300, 'p');
  const std::pair<std::string, Strings> cases[] = {
      {"video:a/b.mp4", {"mine", "video-path:a/b.mp4", "video-mode:video"}},
      {"video:a/b.mp4:derivative=mobile",
       {"mine", "video-path:a/b.mp4", "video-derivative:mobile", "video-mode:video"}},
      {"frame:x.mp4:t=5:f=png",
       {"mine", "video-path:x.mp4", "video-format:png", "video-mode:frame"}},
      {"video:50%,\n.mp4", {"mine", "video-path:50%25%2C%0A.mp4", "video-mode:video"}},
      {"plain", {"mine", "video-path:plain"}},
      {"video:" + long_path,
       {"mine", "video-path-xxh3:" + HashWhole(long_path).ToHex(), "video-mode:video"}},
  };
  for (const auto& [key, tags] : cases) {
    VideoAttributes attributes;
    attributes.tags = {"mine"};
    const auto stored = Put(key, "bytes", attributes);
    ASSERT_TRUE(stored.ok()) << stored.status().message();
    EXPECT_EQ(stored->tags, tags) << key;
  }
  // All variants of one source, and no other's.
  EXPECT_EQ(library_->Purge({.tag = "video-path:a/b.mp4"})->videos, 2U);
  library_.emplace(entries_.get(), LibraryOptions{.tags = {.derived = true, .prefix = "x-"}});
  EXPECT_EQ(Put("video:v", "b")->tags, (Strings{"x-path:v", "x-mode:video"}));
}

TEST_P(LifecycleTest, PurgeRemovesWholeVideosAndReports) {
  Configure(TtlRefreshOptions{});
  VideoAttributes red;
  red.tags = {"red"};
  ASSERT_TRUE(Put("a/large", large_, red).ok());
  ASSERT_TRUE(Put("a/small", "12345", red).ok());
  ASSERT_TRUE(Put("b/small", "123", red).ok());
  ASSERT_TRUE(Put("a/other", "other").ok());
  EXPECT_EQ(library_->Purge({}).code(), Code::kInvalidArgument);

  const auto both = library_->Purge({.tag = "red", .prefix = "a/"});
  ASSERT_TRUE(both.ok());
  EXPECT_EQ(both->videos, 2U);
  EXPECT_EQ(both->bytes, large_.size() + 5);
  EXPECT_EQ(Keys(), (Strings{"a/other", "b/small"}));
  EXPECT_EQ(entries_->Count("")->keys, 2U);

  const auto tag = library_->Purge({.tag = "red"});
  EXPECT_EQ(tag->videos, 1U);
  const auto prefix = library_->Purge({.prefix = "a/"});
  EXPECT_EQ(prefix->videos, 1U);
  EXPECT_EQ(entries_->Count("")->keys, 0U);
  EXPECT_EQ(library_->Purge({.tag = "red"})->videos, 0U);
}

TEST_P(LifecycleTest, AnInterruptedPurgeLeavesWholeVideosAndCanBeRepeated) {
  Configure(TtlRefreshOptions{});
  VideoAttributes tagged;
  tagged.tags = {"t"};
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(Put("v" + std::to_string(i), large_, tagged).ok());
  }
  const auto stopped =
      library_->Purge({.tag = "t"}, [](const PurgeReport& report) { return report.videos < 2; });
  EXPECT_EQ(stopped.code(), Code::kAborted);
  EXPECT_EQ(Keys(), (Strings{"v2", "v3", "v4"}));
  EXPECT_EQ(Get("v2"), large_);
  EXPECT_EQ(library_->Purge({.tag = "t"})->videos, 3U);
  EXPECT_EQ(entries_->Count("")->keys, 0U);
}

TEST_P(LifecycleTest, WhatHasExpiredIsPurgedAndCounted) {
  Configure(TtlRefreshOptions{.enabled = false});
  VideoAttributes soon;
  for (int i = 0; i < 40; ++i) {
    soon.ttl = 60 + i;
    ASSERT_TRUE(Put("v" + std::to_string(i), i % 2 == 0 ? large_ : "12345", soon).ok());
  }
  ASSERT_TRUE(Put("stays", large_).ok());
  EXPECT_EQ(library_->PurgeExpired()->videos, 0U);
  entries_.clock().Advance(60 + 37);
  const auto stopped =
      library_->PurgeExpired([](const PurgeReport& report) { return report.videos < 10; });
  EXPECT_EQ(stopped.code(), Code::kAborted);
  const auto left = library_->PurgeExpired();
  ASSERT_TRUE(left.ok());
  EXPECT_GT(left->videos, 0U);
  EXPECT_LT(left->videos, 38U - 9);
  EXPECT_EQ(Keys(), (Strings{"stays", "v38", "v39"}));

  entries_.clock().Advance(10);
  uint64_t told = 0;
  const auto rest = library_->PurgeExpired([&](const PurgeReport& report) {
    told = report.bytes;
    return true;
  });
  EXPECT_EQ(rest->videos, 2U);
  EXPECT_EQ(rest->bytes, large_.size() + 5);
  EXPECT_EQ(told, rest->bytes);
  entries_.clock().Advance(-1'000);  // nothing is only hidden
  EXPECT_EQ(entries_->Count("")->keys, 5U);
  EXPECT_EQ(Get("stays"), large_);
}

TEST_P(LifecycleTest, ABumpedVersionMakesTheStoredVideoAMiss) {
  const auto versions = NewMemoryNamespace(entries_.clock());
  Configure(TtlRefreshOptions{}, versions.get());
  ASSERT_TRUE(Put("v", large_).ok());
  ASSERT_TRUE(Put("v:w=1", "other").ok());
  EXPECT_EQ(*library_->Version("v"), 1U);
  EXPECT_EQ(*library_->BumpVersion("v"), 2U);
  EXPECT_EQ(library_->Open("v").code(), Code::kNotFound);
  EXPECT_EQ(library_->Stat("v").code(), Code::kNotFound);
  EXPECT_EQ(Keys(), Strings{"v:w=1"});  // no prefix is mistaken for a key
  EXPECT_EQ(Get("v:w=1"), "other");
  const auto stored = Put("v", "new");
  ASSERT_TRUE(stored.ok());
  EXPECT_EQ(stored->version, 2U);
  EXPECT_EQ(Get("v"), "new");
  EXPECT_EQ(*library_->Version("never stored"), 1U);
  EXPECT_EQ(library_->Version("").code(), Code::kInvalidArgument);
}

TEST_P(LifecycleTest, AVideoThatCameInBesideABumpIsStale) {
  const auto versions = NewMemoryNamespace(entries_.clock());
  Configure(TtlRefreshOptions{}, versions.get());
  const auto writer = library_->NewWriter("v", {});
  ASSERT_TRUE((*writer)->Append("old bytes").ok());
  ASSERT_TRUE(library_->BumpVersion("v").ok());
  ASSERT_TRUE((*writer)->Commit().ok());
  EXPECT_EQ(library_->Open("v").code(), Code::kNotFound);
}

TEST_P(LifecycleTest, BumpsAreAtomic) {
  Configure(TtlRefreshOptions{}, entries_.get());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 10; ++round) {
        EXPECT_TRUE(library_->BumpVersion("v").ok());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(*library_->Version("v"), 41U);
}

}  // namespace
}  // namespace reel

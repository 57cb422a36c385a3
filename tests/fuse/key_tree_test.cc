#include "fuse/key_tree.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/fake_clock.h"

namespace reel::mount {
namespace {

class KeyTreeTest : public testing::Test {
 protected:
  void Put(const std::string& key, const std::vector<std::string>& tags = {},
           std::optional<int64_t> ttl_s = std::nullopt) {
    auto writer = library_.NewWriter(key, {.tags = tags, .ttl = ttl_s});
    ASSERT_TRUE(writer.ok()) << writer.status().message();
    ASSERT_TRUE((*writer)->Commit().ok());
  }

  /// The rows at the top: keys, and directories with their slash.
  static std::string Rows(const KeyTree& tree) {
    const auto page = tree.List("", {}, 100);
    std::string rows;
    for (const VideoInfo& video : page->videos) {
      rows += std::string(tree.TailOf(video.key)) + ' ';
    }
    for (const std::string& prefix : page->common_prefixes) {
      rows += std::string(tree.TailOf(prefix)) + ' ';
    }
    return rows;
  }

  test::FakeClock clock_;
  std::unique_ptr<KvNamespace> entries_ = NewMemoryNamespace(clock_);
  std::unique_ptr<KvNamespace> versions_ = NewMemoryNamespace(clock_);
  VideoLibrary library_{entries_.get(), {.versions = versions_.get()}};
};

TEST_F(KeyTreeTest, VideosOfAnOlderVersionHideNoneBehindThem) {
  for (const char* key : {"video:d/a", "video:d/b", "video:d/c"}) {
    Put(key);
  }
  const KeyTree tree(library_, "video:");
  ASSERT_TRUE(library_.BumpVersion("video:d/a").ok());
  ASSERT_TRUE(library_.BumpVersion("video:d/b").ok());
  EXPECT_TRUE(*tree.HasTails("d/"));
  ASSERT_TRUE(library_.BumpVersion("video:d/c").ok());
  EXPECT_FALSE(*tree.HasTails("d/"));
}

TEST_F(KeyTreeTest, AFilterKeepsOutWhatDoesNotPassAllOfIt) {
  Put("video:a", {"trip"});
  Put("video:d/b", {"trip"}, 100);
  Put("video:d/c", {}, 200);
  Put("video:e/f");
  const int64_t now = clock_.NowSeconds();
  const KeyTree tagged(library_, "video:", {.tag = "trip"});
  EXPECT_EQ(Rows(tagged), "a d/ ");
  EXPECT_TRUE(tagged.Stat("d/b").ok());
  EXPECT_EQ(tagged.Stat("d/c").code(), Code::kNotFound);
  EXPECT_FALSE(*tagged.HasTails("e/"));
  const KeyTree expiring(library_, "video:", {.expires_by = now + 199});
  EXPECT_EQ(Rows(expiring), "d/ ");
  EXPECT_TRUE(*expiring.HasTails("d/"));
  EXPECT_TRUE(*expiring.HasTails(""));
  EXPECT_FALSE(*expiring.HasTails("e/"));
  EXPECT_TRUE(expiring.Stat("d/b").ok());
  EXPECT_EQ(expiring.Stat("d/c").code(), Code::kNotFound);
  EXPECT_EQ(expiring.Stat("a").code(), Code::kNotFound);
  const KeyTree both(library_, "video:", {.tag = "trip", .expires_by = now + 99});
  EXPECT_EQ(Rows(both), "");
  EXPECT_FALSE(*both.HasTails(""));
  EXPECT_FALSE(*both.HasTails("d/"));
}

}  // namespace
}  // namespace reel::mount

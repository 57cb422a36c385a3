#include "fuse/views.h"

#include <gtest/gtest.h>

#include <string>

namespace reel::mount {
namespace {

using Kind = ViewPlace::Kind;

TEST(ViewsTest, APathSaysWhatIsThere) {
  const ViewFilter trip{.tag = "trip"};
  const ViewFilter day{.age_s = 86'400};
  const ViewPlace places[] = {
      {Kind::kTop, ".reel"},
      {Kind::kTags, ".reel/by-tag"},
      {Kind::kAges, ".reel/expiring"},
      {Kind::kStats, ".reel/stats.json"},
      {Kind::kConfig, ".reel/config.json"},
      {Kind::kVideos, ".reel/by-tag/trip", trip, ""},
      {Kind::kVideos, ".reel/by-tag/trip/a.mp4", trip, "a.mp4"},
      {Kind::kVideos, ".reel/by-tag/trip/d/a%file", trip, "d/a%file"},
      {Kind::kVideos, ".reel/expiring/24h", day, ""},
      {Kind::kVideos, ".reel/expiring/24h/.reel", day, ".reel"},
      {Kind::kVideos, ".reel/by-tag/a%2Fb/c", {.tag = "a/b"}, "c"},
      {Kind::kVideos, ".reel/by-tag/%2E%2E/c", {.tag = ".."}, "c"},
      {Kind::kVideos, ".reel/by-tag/100%25", {.tag = "100%"}, ""},
      {Kind::kVideos, ".reel/by-tag/by-tag", {.tag = "by-tag"}, ""},
      {Kind::kVideos, ".reel/by-tag/1h", {.tag = "1h"}, ""},
  };
  for (const ViewPlace& place : places) {
    const auto parsed = ParseViewPath(place.path);
    ASSERT_TRUE(parsed) << place.path;
    EXPECT_EQ(*parsed, place) << place.path;
  }
}

TEST(ViewsTest, OtherPathsAreNoViews) {
  for (const char* path : {"",
                           "/",
                           "a",
                           ".reel2",
                           "a/.reel",
                           "/.reel",
                           ".reel/",
                           ".reel//by-tag",
                           ".reel/other",
                           ".reel/By-Tag",
                           ".reel/stats.json/x",
                           ".reel/config.json/",
                           ".reel/by-tag/",
                           ".reel/by-tag//a",
                           ".reel/by-tag/trip/",
                           ".reel/by-tag/%",
                           ".reel/by-tag/..",
                           ".reel/by-tag/a%2fb",
                           ".reel/by-tag/%41",
                           ".reel/expiring/",
                           ".reel/expiring/soon",
                           ".reel/expiring/trip/a"}) {
    EXPECT_FALSE(ParseViewPath(path)) << path;
  }
}

TEST(ViewsTest, AgesAreNumbersWithAUnit) {
  EXPECT_EQ(ParseAge("1s"), 1);
  EXPECT_EQ(ParseAge("90m"), 5'400);
  EXPECT_EQ(ParseAge("1h"), 3'600);
  EXPECT_EQ(ParseAge("30d"), 2'592'000);
  EXPECT_EQ(ParseAge("1099511627776s"), 1LL << 40);
  for (const char* text :
       {"", "s", "1", "0s", "01h", "+1h", "-1h", " 1h", "1h ", "1.5h", "1H", "1w", "h1", "1hh",
        "1h1", "1099511627777s", "12725830d", "9223372036854775807d", "99999999999999999999s"}) {
    EXPECT_FALSE(ParseAge(text)) << text;
  }
  for (const std::string_view listed : kListedAges) {
    EXPECT_TRUE(ParseAge(listed)) << listed;
  }
}

}  // namespace
}  // namespace reel::mount

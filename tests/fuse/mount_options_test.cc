#include "fuse/mount_options.h"

#include <gtest/gtest.h>

namespace reel::mount {
namespace {

TEST(MountOptionsTest, KnownWords) {
  for (const char* text : {"", "ro", "ro,ro", ",ro,"}) {
    const auto flags = ParseMountFlags(text);
    ASSERT_TRUE(flags.ok()) << text;
    EXPECT_FALSE(flags->allow_other) << text;
  }
  for (const char* text : {"allow_other", "ro,allow_other", "allow_other,ro"}) {
    const auto flags = ParseMountFlags(text);
    ASSERT_TRUE(flags.ok()) << text;
    EXPECT_TRUE(flags->allow_other) << text;
  }
}

TEST(MountOptionsTest, TheLastOfRoAndRwHolds) {
  EXPECT_FALSE(ParseMountFlags("")->read_only);
  EXPECT_TRUE(ParseMountFlags("rw,ro")->read_only);
  EXPECT_FALSE(ParseMountFlags("ro,rw")->read_only);
}

TEST(MountOptionsTest, UnknownWordsAreNamed) {
  for (const char* text : {"sync", "ro,sync", "sync,nonsense", "ro,sync,allow_other"}) {
    const auto flags = ParseMountFlags(text);
    ASSERT_FALSE(flags.ok()) << text;
    EXPECT_EQ(flags.code(), Code::kInvalidArgument);
    EXPECT_EQ(
        flags.status().message(),
        "cannot mount with -o sync: there is no such option (choose from: ro, rw, allow_other)");
  }
  EXPECT_FALSE(ParseMountFlags("allow_other=1").ok());
  EXPECT_FALSE(ParseMountFlags("RO").ok());
  EXPECT_FALSE(ParseMountFlags(" ro").ok());
}

}  // namespace
}  // namespace reel::mount

#include "fuse/directory_times.h"

#include <gtest/gtest.h>

#include <string>

namespace reel::mount {
namespace {

TEST(DirectoryTimesTest, AreThoseOfTheLastChange) {
  DirectoryTimes times(100);
  EXPECT_EQ(times.Of("a"), 100);
  times.Note("a", 110);
  times.Note("", 105);
  EXPECT_EQ(times.Of("a"), 110);
  EXPECT_EQ(times.Of(""), 105);
  EXPECT_EQ(times.Of("a/b"), 100);
  times.Note("a", 108);  // a clock that was set back
  EXPECT_EQ(times.Of("a"), 110);
  times.NoteAll(120);
  EXPECT_EQ(times.Of("a"), 120);
  EXPECT_EQ(times.Of("a/b"), 120);
}

TEST(DirectoryTimesTest, ForgetsOnlyTowardsLaterTimes) {
  DirectoryTimes times(100);
  for (size_t i = 0; i < DirectoryTimes::kMax; ++i) {
    times.Note(std::to_string(i), 200);
  }
  times.Note("5", 300);
  EXPECT_EQ(times.Of("other"), 100);
  times.Note("one more", 400);
  EXPECT_EQ(times.Of("one more"), 400);
  EXPECT_EQ(times.Of("5"), 400);
  EXPECT_EQ(times.Of("other"), 400);
}

}  // namespace
}  // namespace reel::mount

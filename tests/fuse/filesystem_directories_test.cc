// Directories that are made and removed, beside those that keys make.
#include <cerrno>
#include <string>
#include <vector>

#include "fuse/made_directories.h"
#include "tests/fuse/writable_fixture.h"

namespace reel::mount {
namespace {

constexpr uint64_t kRoot = InodeTable::kRoot;
using Strings = std::vector<std::string>;

class FilesystemDirectoriesTest : public OnBothBackends<WritableFixture> {
 protected:
  uint64_t Make(uint64_t parent, std::string_view name) {
    Attributes made;
    EXPECT_EQ(filesystem_.MakeDirectory(parent, name, &made), 0) << name;
    EXPECT_EQ(made.stat.st_mode, S_IFDIR | 0755U);
    return made.stat.st_ino;
  }
};

INSTANTIATE_TEST_SUITE_P(, FilesystemDirectoriesTest, BothBackends(), test::BackendName);

TEST_P(FilesystemDirectoriesTest, AMadeDirectoryIsThereUntilItIsRemoved) {
  const uint64_t made = Make(kRoot, "d");
  const uint64_t below = Make(made, "e");
  EXPECT_EQ(InodeOf("d"), made);
  EXPECT_EQ(InodeOf("d/e"), below);
  EXPECT_EQ(Names(kRoot), Strings{"d"});
  EXPECT_EQ(Names(made), Strings{"e"});
  EXPECT_EQ(Names(below), Strings{});
  EXPECT_EQ(filesystem_.RemoveDirectory(kRoot, "d"), ENOTEMPTY);
  EXPECT_EQ(filesystem_.RemoveDirectory(made, "e"), 0);
  EXPECT_EQ(filesystem_.RemoveDirectory(made, "e"), ENOENT);
  EXPECT_EQ(filesystem_.RemoveDirectory(kRoot, "d"), 0);
  EXPECT_EQ(Names(kRoot), Strings{});
}

TEST_P(FilesystemDirectoriesTest, IsShownOnceWhetherVideosAreInItOrNot) {
  Put("video:b", "b");
  const uint64_t made = Make(kRoot, "d");
  Make(kRoot, "a");
  EXPECT_EQ(Names(kRoot), (Strings{"a", "b", "d"}));
  Write(made, "x.mp4", "x");
  EXPECT_EQ(Names(kRoot), (Strings{"a", "b", "d"}));
  EXPECT_EQ(InodeOf("d"), made);
  EXPECT_EQ(Content("d/x.mp4"), "x");
  EXPECT_EQ(filesystem_.RemoveDirectory(kRoot, "d"), ENOTEMPTY);
  ASSERT_EQ(filesystem_.Unlink(made, "x.mp4", kWriter), 0);
  EXPECT_EQ(Names(kRoot), (Strings{"a", "b", "d"}));
  EXPECT_EQ(filesystem_.RemoveDirectory(kRoot, "d"), 0);
  EXPECT_EQ(Names(kRoot), (Strings{"a", "b"}));
}

TEST_P(FilesystemDirectoriesTest, TheDirectoryOfTheLastFileStays) {
  Put("video:d/e/f", "f");
  EXPECT_EQ(filesystem_.Unlink(InodeOf("d/e"), "f", kWriter), 0);
  EXPECT_EQ(Names(InodeOf("d/e")), Strings{});
  EXPECT_EQ(filesystem_.RemoveDirectory(InodeOf("d"), "e"), 0);
  EXPECT_EQ(filesystem_.RemoveDirectory(kRoot, "d"), 0);
  EXPECT_EQ(ErrorOf("d"), ENOENT);
}

TEST_P(FilesystemDirectoriesTest, NamesThatAreTaken) {
  Put("video:f", "f");
  Put("video:d/g", "g");
  Make(kRoot, "m");
  Attributes made;
  for (const char* name : {"f", "d", "m"}) {
    EXPECT_EQ(filesystem_.MakeDirectory(kRoot, name, &made), EEXIST) << name;
  }
  EXPECT_EQ(filesystem_.RemoveDirectory(kRoot, "f"), ENOTDIR);
  EXPECT_EQ(filesystem_.RemoveDirectory(kRoot, "missing"), ENOENT);
}

TEST_P(FilesystemDirectoriesTest, ManyAreListedInBatches) {
  for (int i = 0; i < 30; ++i) {
    Make(kRoot, "made" + std::to_string(i));
    Put("video:kept" + std::to_string(i), "k");
  }
  EXPECT_EQ(Names(kRoot).size(), 60U);  // List fetches seven at a time
}

TEST(MadeDirectoriesTest, ThereIsABound) {
  MadeDirectories made;
  for (size_t i = 0; i + 2 < MadeDirectories::kMax; ++i) {
    ASSERT_TRUE(made.Add("d" + std::to_string(i)));
  }
  EXPECT_FALSE(made.Add("x/y/z"));
  EXPECT_FALSE(made.Contains("x"));
  EXPECT_TRUE(made.Add("x/y"));
  EXPECT_TRUE(made.Contains("x"));
  EXPECT_TRUE(made.Add("x/y"));
  EXPECT_FALSE(made.Add("one more"));
  made.Remove("x/y");
  EXPECT_TRUE(made.Add("x/z"));
  EXPECT_EQ(made.ChildrenOf("x"), Strings{"z"});
}

}  // namespace
}  // namespace reel::mount

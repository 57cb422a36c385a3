#include "fuse/mountpoint.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/temp_directory.h"

namespace reel::mount {
namespace {

class MountpointTest : public testing::Test {
 protected:
  test::TempDirectory temp_;
  const std::string& directory_ = temp_.path();
};

TEST_F(MountpointTest, EmptyDirectoryWillDo) {
  const auto checked = CheckMountpoint(directory_ + "/.");
  if (access("/dev/fuse", F_OK) != 0) {
    ASSERT_FALSE(checked.ok());
    EXPECT_NE(checked.status().message().find("/dev/fuse"), std::string::npos);
    return;
  }
  ASSERT_TRUE(checked.ok()) << checked.status().message();
  EXPECT_EQ(*checked, std::filesystem::canonical(directory_).string());
}

TEST_F(MountpointTest, FusermountIsLookedForInThePath) {
  const char* before = getenv("PATH");
  const std::string path = before == nullptr ? "" : before;
  std::filesystem::create_directory(directory_ + "/bin");
  ASSERT_EQ(setenv("PATH", ("/nowhere:" + directory_ + "/bin").c_str(), 1), 0);
  EXPECT_FALSE(HasFusermount());
  std::ofstream(directory_ + "/bin/fusermount3") << "#!/bin/sh\n";
  EXPECT_FALSE(HasFusermount()) << "no program";
  std::filesystem::permissions(directory_ + "/bin/fusermount3", std::filesystem::perms::owner_all);
  EXPECT_TRUE(HasFusermount());
  setenv("PATH", path.c_str(), 1);
}

TEST_F(MountpointTest, MissingDirectory) {
  const std::string missing = directory_ + "/missing";
  const auto checked = CheckMountpoint(missing);
  EXPECT_EQ(checked.code(), Code::kNotFound);
  EXPECT_EQ(
      checked.status().message(),
      "cannot mount on " + missing + ": it does not exist (make it: mkdir -p " + missing + ")");
}

TEST_F(MountpointTest, FileInsteadOfDirectory) {
  const std::string file = directory_ + "/file";
  std::ofstream(file) << "x";
  const auto checked = CheckMountpoint(file);
  EXPECT_EQ(checked.code(), Code::kConflict);
  EXPECT_EQ(checked.status().message(),
            "cannot mount on " + file + ": it is not a directory (choose one)");
}

TEST_F(MountpointTest, DirectoryWithFiles) {
  std::ofstream(directory_ + "/file") << "x";
  const auto checked = CheckMountpoint(directory_);
  EXPECT_EQ(checked.code(), Code::kConflict);
  EXPECT_EQ(checked.status().message(),
            "cannot mount on " + directory_ + ": it is not empty (choose an empty directory)");
}

TEST_F(MountpointTest, MountPoint) {
  EXPECT_TRUE(IsMountpoint("/proc"));
  EXPECT_FALSE(IsMountpoint(directory_));
  EXPECT_FALSE(IsMountpoint(directory_ + "/missing"));
  const auto checked = CheckMountpoint("/proc");
  EXPECT_EQ(checked.code(), Code::kBusy);
  EXPECT_EQ(checked.status().message(),
            "cannot mount on /proc: something is mounted there already (unmount it: fusermount3 -u "
            "/proc)");
}

}  // namespace
}  // namespace reel::mount

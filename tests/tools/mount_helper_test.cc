#include "tools/mount_helper.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tools/flags.h"

namespace reel::cli {
namespace {

using Words = std::vector<std::string>;

TEST(MountHelperTest, KnownByItsName) {
  for (const char* name : {"mount.fuse.reel", "/usr/sbin/mount.fuse.reel", "./mount.reel"}) {
    EXPECT_TRUE(IsMountHelper(name)) << name;
  }
  for (const char* name :
       {"reel", "/opt/mount.d/reel", "mount", "umount.fuse.reel", "mount/", ""}) {
    EXPECT_FALSE(IsMountHelper(name)) << name;
  }
}

TEST(MountHelperTest, WhatItMeansToTheCommand) {
  const struct {
    Words given;
    Words expected;
    bool is_fake = false;
  } kCases[] = {
      {{"/srv/reel", "/mnt"}, {"--store", "/srv/reel", "mount", "--", "/mnt"}},
      {{"/s", "/m", "-o", "ro,nofail"}, {"--store", "/s", "mount", "-o", "ro,nofail", "--", "/m"}},
      {{"/s", "/m", "-oro", "-o", "uid=1"},
       {"--store", "/s", "mount", "-o", "ro,uid=1", "--", "/m"}},
      {{"-n", "-v", "-t", "fuse.reel", "/s", "-o", ",rw,,", "/m"},
       {"--store", "/s", "mount", "-o", "rw", "--", "/m"}},
      {{"/s", "/m", "-nvo", "ro"}, {"--store", "/s", "mount", "-o", "ro", "--", "/m"}},
      {{"/s", "/m", "-o", "prefix=video:a/,ro,log=/var/log/reel.json"},
       {"--store", "/s", "mount", "--prefix", "video:a/", "--log", "/var/log/reel.json", "-o", "ro",
        "--", "/m"}},
      {{"/s", "/m", "-o", "scrub-every=30d,ro,scrub-rate=20M"},
       {"--store", "/s", "mount", "--scrub-every", "30d", "--scrub-rate", "20M", "-o", "ro", "--",
        "/m"}},
      {{"/s", "/m", "-o", "prefix="}, {"--store", "/s", "mount", "--prefix", "", "--", "/m"}},
      {{"-s", "/s", "/m", "-o", "nonsense,ro,stuff=1"},
       {"--store", "/s", "mount", "-o", "ro", "--", "/m"}},
      {{"/s", "/m", "-sf", "-o", "nonsense"}, {"--store", "/s", "mount", "--", "/m"}, true},
      {{"/s", "/m", "-f"}, {"--store", "/s", "mount", "--", "/m"}, true},
      {{"-", "./-f"}, {"--store", "-", "mount", "--", "./-f"}},
  };
  for (const auto& one : kCases) {
    const auto request = ReadMountRequest(one.given);
    ASSERT_TRUE(request.ok()) << request.status().message();
    EXPECT_EQ(request->arguments, one.expected);
    EXPECT_EQ(request->is_fake, one.is_fake) << one.given.back();
    const auto line = CommandLine::Parse(request->arguments);
    ASSERT_TRUE(line.ok()) << line.status().message();
    EXPECT_EQ(line->operands(), Words{one.expected.back()});
    EXPECT_EQ(line->Text(FlagId::kStore), one.expected[1]);
    EXPECT_FALSE(line->Has(FlagId::kForeground)) << "-f means something else to mount(8)";
  }
}

TEST(MountHelperTest, WhatIsWrongIsNamed) {
  const struct {
    Words given;
    const char* said;
  } kCases[] = {
      {{}, "a store and a directory"},
      {{"/s"}, "a store and a directory"},
      {{"/s", "/m", "/more"}, "nothing else"},
      {{"/s", "/m", "-o"}, "-o needs a value"},
      {{"/s", "/m", "-st"}, "-t needs a value"},
      {{"/s", "/m", "-x"}, "no flag -x"},
      {{"/s", "/m", "--help"}, "no flag --"},
      {{"/s", "/m", "-o", "nonsense"}, "-o nonsense: there is no such option"},
      {{"/s", "/m", "-f", "-o", "umask=9"}, "-o umask=9: that is no umask"},
      {{"/s", "/m", "-s", "-o", "umask=9"}, "-o umask=9: that is no umask"},
  };
  for (const auto& one : kCases) {
    const auto request = ReadMountRequest(one.given);
    ASSERT_FALSE(request.ok()) << one.said;
    EXPECT_EQ(request.code(), Code::kInvalidArgument) << one.said;
    EXPECT_NE(request.status().message().find(one.said), std::string::npos)
        << request.status().message();
  }
}

TEST(MountHelperTest, ExitStatusesAreThoseOfMount) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(RunMountHelper(Words{"/nowhere/store", "/nowhere/mnt", "-f"}), 0);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(RunMountHelper(Words{"/nowhere/store", "/nowhere/mnt", "-o", "nonsense"}), 1);
  EXPECT_EQ(RunMountHelper(Words{"/nowhere/store", "/nowhere/mnt"}), 32);
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(said.find("-o nonsense"), std::string::npos) << said;
  EXPECT_NE(said.find("/nowhere/mnt: it does not exist"), std::string::npos) << said;
}

}  // namespace
}  // namespace reel::cli

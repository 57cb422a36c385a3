#include "fuse/mount_options.h"

#include <gtest/gtest.h>

#include <string>

namespace reel::mount {
namespace {

/// All that flags say, as text.
std::string Told(const MountFlags& flags) {
  std::string out = flags.read_only ? "ro" : "rw";
  out += flags.allow_other ? " allow_other" : "";
  out += flags.noexec ? " noexec" : "";
  out += flags.noatime ? " noatime" : "";
  out += flags.uid ? " uid=" + std::to_string(*flags.uid) : "";
  out += flags.gid ? " gid=" + std::to_string(*flags.gid) : "";
  return out + " umask=" + std::to_string(flags.umask);  // in decimal
}

TEST(MountOptionsTest, WhatWordsAskFor) {
  const struct {
    const char* text;
    const char* told;
  } kCases[] = {
      {"", "rw umask=18"},
      {",,", "rw umask=18"},
      {"ro", "ro umask=18"},
      {"ro,rw", "rw umask=18"},
      {",rw,ro,", "ro umask=18"},
      {"allow_other", "rw allow_other umask=18"},
      {"ro,allow_other", "ro allow_other umask=18"},
      {"uid=0,gid=4294967294", "rw uid=0 gid=4294967294 umask=18"},
      {"uid=1,uid=1000", "rw uid=1000 umask=18"},
      {"umask=0", "rw umask=0"},
      {"umask=000", "rw umask=0"},
      {"umask=0777", "rw umask=511"},
      {"umask=27,ro", "ro umask=23"},
      {"noexec", "rw noexec umask=18"},
      {"noexec,exec", "rw umask=18"},
      {"noatime,ro", "ro noatime umask=18"},
      {"noatime,relatime", "rw umask=18"},
      {"noatime,strictatime,noatime", "rw noatime umask=18"},
      {"defaults,auto,noauto,nofail,user,users,_netdev", "rw umask=18"},
      {"user=carla,owner,group,nouser,comment=films", "rw umask=18"},
      {"x-systemd.automount,x-gvfs-show,X-mount.mkdir=0755,x-", "rw umask=18"},
      {"dev,suid,nodev,nosuid,diratime,nodiratime,lazytime,sync,async", "rw umask=18"},
      {"rw,noexec,nosuid,nodev,user=carla,gid=44", "rw noexec gid=44 umask=18"},
  };
  for (const auto& one : kCases) {
    const auto flags = ParseMountFlags(one.text);
    ASSERT_TRUE(flags.ok()) << one.text << ": " << flags.status().message();
    EXPECT_EQ(Told(*flags), one.told) << one.text;
  }
}

TEST(MountOptionsTest, WrongWordsAreNamedWithWhatCanStandThere) {
  const struct {
    const char* text;
    const char* word;
    const char* choices;
  } kCases[] = {
      {"nonsense", "nonsense", "choose from: ro, rw, allow_other, uid=N, gid=N, umask=OCTAL"},
      {"ro,nonsense,stuff", "nonsense", "there is no such option"},
      {"allow_other=1", "allow_other=1", "there is no such option"},
      {"RO", "RO", "there is no such option"},
      {"ro, rw", " rw", "there is no such option"},
      {"uid", "uid", "uid=N"},
      {"remount", "remount", "there is no such option"},
      {"uid=", "uid=", "from 0 to 4294967294"},
      {"uid=carla", "uid=carla", "from 0 to 4294967294"},
      {"uid=4294967295", "uid=4294967295", "from 0 to 4294967294"},
      {"gid=-1", "gid=-1", "from 0 to 4294967294"},
      {"gid=99999999999999999999", "gid=99999999999999999999", "from 0 to 4294967294"},
      {"gid=1 ", "gid=1 ", "from 0 to 4294967294"},
      {"umask=9", "umask=9", "an octal number from 0 to 777"},
      {"umask=1000", "umask=1000", "an octal number from 0 to 777"},
      {"umask=", "umask=", "an octal number from 0 to 777"},
      {"umask=0x1f", "umask=0x1f", "an octal number from 0 to 777"},
  };
  for (const auto& one : kCases) {
    const auto flags = ParseMountFlags(one.text);
    ASSERT_FALSE(flags.ok()) << one.text;
    EXPECT_EQ(flags.code(), Code::kInvalidArgument) << one.text;
    const std::string& message = flags.status().message();
    EXPECT_TRUE(message.starts_with("cannot mount with -o " + std::string(one.word) + ": "))
        << message;
    EXPECT_NE(message.find(one.choices), std::string::npos) << message;
  }
}

TEST(MountOptionsTest, WordsThatExist) {
  for (const char* word : {"ro", "uid=1", "umask=9", "x-anything", "user", "user=carla"}) {
    EXPECT_TRUE(IsMountWord(word)) << word;
  }
  for (const char* word : {"nonsense", "uid", "ro=1", "", "prefix=a"}) {
    EXPECT_FALSE(IsMountWord(word)) << word;
  }
}

}  // namespace
}  // namespace reel::mount

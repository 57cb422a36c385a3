#include <sys/statvfs.h>
#include <sys/xattr.h>

#include <cerrno>
#include <string>

#include "tests/fuse/writable_fixture.h"

namespace reel::mount {
namespace {

class FilesystemXattrsTest : public OnBothBackends<WritableFixture> {
 protected:
  std::string Get(uint64_t inode, std::string_view name) {
    std::string value;
    EXPECT_EQ(filesystem_.GetXattr(inode, name, &value), 0) << name;
    return value;
  }
  int GetError(uint64_t inode, std::string_view name) {
    std::string value;
    return filesystem_.GetXattr(inode, name, &value);
  }
  std::string NamesOf(uint64_t inode) {
    std::string names;
    EXPECT_EQ(filesystem_.ListXattrs(inode, &names), 0);
    std::replace(names.begin(), names.end(), '\0', ' ');
    return names;
  }
};

INSTANTIATE_TEST_SUITE_P(, FilesystemXattrsTest, BothBackends(), test::BackendName);

TEST_P(FilesystemXattrsTest, TellWhatTheStoreKnows) {
  VideoAttributes attributes{.content_type = "video/webm", .tags = {"trip", "2026"}, .ttl = 500};
  auto writer = library_.NewWriter("video:d/a.webm", attributes);
  ASSERT_TRUE((*writer)->Append(test::RandomBytes(4'500, 1)).ok());
  const auto info = (*writer)->Commit();
  ASSERT_TRUE(info.ok());
  clock_.Advance(100);
  const uint64_t inode = InodeOf("d/a.webm");
  EXPECT_EQ(Get(inode, "user.reel.key"), "video:d/a.webm");
  EXPECT_EQ(Get(inode, "user.reel.tags"), "trip,2026,video-path:d/a.webm,video-mode:video");
  EXPECT_EQ(Get(inode, "user.reel.content_type"), "video/webm");
  EXPECT_EQ(Get(inode, "user.reel.xxh3"), info->xxh3.ToHex());
  EXPECT_EQ(Get(inode, "user.reel.chunks"), "5");
  EXPECT_EQ(Get(inode, "user.reel.expires"), std::to_string(*info->expires));
  EXPECT_EQ(Get(inode, "user.reel.ttl"), "400");
  EXPECT_EQ(NamesOf(inode),
            "user.reel.key user.reel.tags user.reel.content_type user.reel.xxh3 user.reel.chunks "
            "user.reel.expires user.reel.ttl ");
}

TEST_P(FilesystemXattrsTest, WhatIsNotThere) {
  Put("video:d/a", "a");
  const uint64_t file = InodeOf("d/a");
  for (const char* name : {"user.reel.expires", "user.reel.ttl", "user.reel.nonsense", "user.other",
                           "security.capability"}) {
    EXPECT_EQ(GetError(file, name), ENODATA) << name;
    EXPECT_EQ(filesystem_.RemoveXattr(file, name), ENODATA) << name;
  }
  const uint64_t directory = InodeOf("d");
  EXPECT_EQ(NamesOf(directory), "");
  EXPECT_EQ(GetError(directory, "user.reel.key"), ENODATA);
  EXPECT_EQ(GetError(999'999, "user.reel.key"), ESTALE);
  Put("video:d/a", "another one");
  EXPECT_EQ(GetError(file, "user.reel.key"), ESTALE);
}

TEST_P(FilesystemXattrsTest, TheTimeToLiveCanBeSet) {
  Put("video:a", "a");
  const uint64_t file = InodeOf("a");
  ASSERT_EQ(filesystem_.SetXattr(file, "user.reel.ttl", "3600", 0), 0);
  EXPECT_EQ(*library_.Stat("video:a")->expires, clock_.NowSeconds() + 3600);
  EXPECT_EQ(filesystem_.SetXattr(file, "user.reel.ttl", "0", 0), 0);
  EXPECT_FALSE(library_.Stat("video:a")->expires);
  ASSERT_EQ(filesystem_.SetXattr(file, "user.reel.ttl", "60", XATTR_CREATE), 0);
  EXPECT_EQ(filesystem_.RemoveXattr(file, "user.reel.ttl"), 0);
  EXPECT_FALSE(library_.Stat("video:a")->expires);
  EXPECT_EQ(InodeOf("a"), file);  // the same bytes
}

TEST_P(FilesystemXattrsTest, TagsCanBeSet) {
  Put("video:a", test::RandomBytes(5'000, 1));
  const uint64_t file = InodeOf("a");
  const std::string derived = Get(file, "user.reel.tags");
  ASSERT_EQ(filesystem_.SetXattr(file, "user.reel.tags", "trip,,2026,", 0), 0);
  EXPECT_EQ(library_.List({.tag = "trip"})->videos.size(), 1U);
  EXPECT_EQ(Get(file, "user.reel.tags"), "trip,2026," + derived);
  EXPECT_EQ(InodeOf("a"), file);  // the same bytes
  EXPECT_EQ(filesystem_.SetXattr(file, "user.reel.tags", std::string(2'000, 't'), 0), EINVAL);
  EXPECT_EQ(filesystem_.SetXattr(file, "user.reel.tags", "x", XATTR_CREATE), EEXIST);
  ASSERT_EQ(filesystem_.RemoveXattr(file, "user.reel.tags"), 0);
  EXPECT_EQ(Get(file, "user.reel.tags"), derived);
  EXPECT_TRUE(library_.List({.tag = "trip"})->videos.empty());
}

TEST_P(FilesystemXattrsTest, WhatCannotBeSet) {
  Put("video:d/a", "a", 1000);
  Put("video:b", "b");
  const uint64_t file = InodeOf("d/a");
  const struct {
    uint64_t inode;
    std::string name;
    std::string value;
    int flags;
    int error;
  } cases[] = {
      {file, "user.reel.ttl", "59", 0, EINVAL},
      {file, "user.reel.ttl", "-1", 0, EINVAL},
      {file, "user.reel.ttl", "1h", 0, EINVAL},
      {file, "user.reel.ttl", "", 0, EINVAL},
      {file, "user.reel.ttl", "99999999999999999999", 0, EINVAL},
      {file, "user.reel.ttl", "100", XATTR_CREATE, EEXIST},
      {InodeOf("b"), "user.reel.ttl", "100", XATTR_REPLACE, ENODATA},
      {file, "user.reel.key", "video:b", 0, EPERM},
      {file, "user.reel.xxh3", "", 0, EPERM},
      {InodeOf("d"), "user.reel.ttl", "100", 0, EPERM},
      {file, "user.other", "x", 0, EOPNOTSUPP},
      {file, "security.capability", "x", 0, EOPNOTSUPP},
  };
  for (const auto& [inode, name, value, flags, error] : cases) {
    EXPECT_EQ(filesystem_.SetXattr(inode, name, value, flags), error) << name << '=' << value;
  }
  EXPECT_EQ(filesystem_.RemoveXattr(file, "user.reel.key"), EPERM);
  EXPECT_EQ(Get(file, "user.reel.ttl"), "1000");
}

TEST_P(FilesystemXattrsTest, StatisticsAreTheDisks) {
  struct statvfs told {};
  struct statvfs disk {};
  ASSERT_EQ(filesystem_.Statistics(&told), 0);
  ASSERT_EQ(statvfs(store_directory_.path().c_str(), &disk), 0);
  EXPECT_EQ(told.f_blocks, disk.f_blocks);
  EXPECT_EQ(told.f_frsize, disk.f_frsize);
  EXPECT_GT(told.f_bavail, 0U);
  EXPECT_EQ(told.f_namemax, kNameBytesMax);
}

using ReadOnlyXattrsTest = OnBothBackends<FilesystemFixture>;

INSTANTIATE_TEST_SUITE_P(, ReadOnlyXattrsTest, BothBackends(), test::BackendName);

TEST_P(ReadOnlyXattrsTest, CannotBeSet) {
  Put("video:a", "a", 1000);
  EXPECT_EQ(filesystem_.SetXattr(InodeOf("a"), "user.reel.ttl", "0", 0), EROFS);
  EXPECT_EQ(filesystem_.RemoveXattr(InodeOf("a"), "user.reel.ttl"), EROFS);
  EXPECT_TRUE(library_.Stat("video:a")->expires);
}

}  // namespace
}  // namespace reel::mount

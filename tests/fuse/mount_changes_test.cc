// What programs see of a real mount when videos change behind the kernel's back.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <reel/kv.h>
#include <reel/video.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fuse/filesystem.h"
#include "tests/fuse/served_mount.h"
#include "tests/support/fake_clock.h"

namespace reel::mount {
namespace {

using Names = std::vector<std::string>;

class MountChangesTest : public ServedMountFixture {
 protected:
  void Put(const std::string& key, std::string_view content,
           std::optional<int64_t> ttl_s = std::nullopt) {
    VideoAttributes attributes;
    attributes.ttl = ttl_s;
    auto writer = library_.NewWriter("video:" + key, attributes);
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE((*writer)->Append(content).ok());
    ASSERT_TRUE((*writer)->Commit().ok());
  }

  [[nodiscard]] std::string At(const std::string& path) const { return mountpoint_ + "/" + path; }

  /// As `ls` shows them.
  [[nodiscard]] Names List(const std::string& path) const {
    Names names;
    for (const auto& entry : std::filesystem::directory_iterator(At(path))) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  /// Of a short file; empty for anything else.
  [[nodiscard]] std::string Content(const std::string& path) const {
    std::array<char, 100> buffer{};
    const int file = open(At(path).c_str(), O_RDONLY);
    const ssize_t count = read(file, buffer.data(), buffer.size());
    close(file);
    return {buffer.data(), static_cast<size_t>(std::max<ssize_t>(count, 0))};
  }

  /// -1 and errno if there is none.
  [[nodiscard]] int64_t Size(const std::string& path) const {
    struct stat found {};
    return stat(At(path).c_str(), &found) == 0 ? found.st_size : -1;
  }

  [[nodiscard]] bool IsGone(const std::string& path) const {
    return Size(path) == -1 && errno == ENOENT;
  }

  void Use(const std::function<void()>& use) {
    FilesystemOptions options;
    options.uid = getuid();
    options.gid = getgid();
    options.report = [](const Status& status) { ADD_FAILURE() << status.message(); };
    Filesystem filesystem(&library_, options, clock_);
    Serve(&filesystem, use);
  }

  test::FakeClock clock_;
  std::unique_ptr<KvNamespace> entries_ = NewMemoryNamespace(clock_);
  VideoLibrary library_{entries_.get()};
};

TEST_F(MountChangesTest, AnOverwriteIsSeenAndAnOpenFileGoesOn) {
  Put("d/a", "old");
  Use([&] {
    EXPECT_EQ(Size("d/a"), 3);
    const int open_file = open(At("d/a").c_str(), O_RDONLY);
    ASSERT_GE(open_file, 0);
    Put("d/a", "newer");
    EXPECT_TRUE(Becomes([&] { return Size("d/a") == 5; }));
    EXPECT_EQ(Content("d/a"), "newer");
    std::array<char, 10> buffer{};
    EXPECT_EQ(pread(open_file, buffer.data(), buffer.size(), 0), 3);
    EXPECT_EQ(std::string(buffer.data()), "old");
    close(open_file);
  });
}

TEST_F(MountChangesTest, AListingShowsWhatWasChangedBeforeIt) {
  Put("d/a", "a");
  Put("e/a", "a");
  Use([&] {
    for (int i = 0; i < 3; ++i) {  // the second is the kernel's own
      EXPECT_EQ(List("d"), (Names{"a"}));
      EXPECT_EQ(List(""), (Names{"d", "e"}));
    }
    Put("d/b", "b");
    EXPECT_EQ(List("d"), (Names{"a", "b"}));
    ASSERT_TRUE(library_.Rename("video:d/a", "video:d/c").ok());
    EXPECT_EQ(List("d"), (Names{"b", "c"}));
    ASSERT_TRUE(library_.Purge({.prefix = "video:d/"}).ok());
    EXPECT_EQ(List(""), (Names{"e"}));
    Put("f/g/h", "h", 60);
    Put("f/g/i", "i");
    EXPECT_EQ(List(""), (Names{"e", "f"}));
    EXPECT_EQ(List("f/g"), (Names{"h", "i"}));
    EXPECT_EQ(List("f/g"), (Names{"h", "i"}));
    clock_.Advance(60);
    EXPECT_EQ(List("f/g"), (Names{"i"}));
  });
}

TEST_F(MountChangesTest, WhatIsRemovedMovedOrExpiredIsGone) {
  Put("a", "a");
  Put("b", "bb");
  Put("c", "ccc");
  Use([&] {
    ASSERT_EQ(Size("a"), 1);
    ASSERT_EQ(Size("b"), 2);
    ASSERT_EQ(Size("c"), 3);
    ASSERT_TRUE(library_.Remove("video:a").ok());
    EXPECT_TRUE(Becomes([&] { return IsGone("a"); }));
    ASSERT_TRUE(library_.Rename("video:b", "video:a").ok());
    EXPECT_TRUE(Becomes([&] { return IsGone("b") && Size("a") == 2; }));
    EXPECT_EQ(Content("a"), "bb");
    // The end is told, and the kernel would have believed in it for minutes.
    ASSERT_TRUE(library_.Touch("video:c", 60).ok());
    clock_.Advance(60);
    EXPECT_TRUE(Becomes([&] { return IsGone("c"); }));
  });
}

TEST_F(MountChangesTest, AFileBesideADirectoryOfItsNameIsFound) {
  Put("a", "file");
  Use([&] {
    EXPECT_EQ(Content("a"), "file");
    Put("a/b", "below");
    EXPECT_TRUE(Becomes([&] { return Content("a/b") == "below"; }));
    EXPECT_EQ(Content("a%file"), "file");
    EXPECT_EQ(List(""), (Names{"a", "a%file"}));
    ASSERT_TRUE(library_.Remove("video:a/b").ok());
    EXPECT_TRUE(Becomes([&] { return Content("a") == "file" && IsGone("a%file"); }));
  });
}

}  // namespace
}  // namespace reel::mount

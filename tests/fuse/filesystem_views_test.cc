// What is under `.reel`.
#include <cerrno>
#include <set>
#include <string>
#include <vector>

#include "tests/fuse/writable_fixture.h"

namespace reel::mount {
namespace {

constexpr uint64_t kRoot = InodeTable::kRoot;
constexpr int64_t kHour = 3600;
constexpr int64_t kDay = 24 * kHour;
using Strings = std::vector<std::string>;

class FilesystemViewsTest : public OnBothBackends<WritableFixture> {
 protected:
  void PutTagged(const std::string& key, const std::vector<std::string>& tags,
                 const std::string& content = "content") {
    auto writer = library_.NewWriter(key, {.tags = tags});
    ASSERT_TRUE(writer.ok()) << writer.status().message();
    ASSERT_TRUE((*writer)->Append(content).ok());
    ASSERT_TRUE((*writer)->Commit().ok());
  }

  Strings NamesIn(const std::string& path) { return Names(InodeOf(path)); }

  /// What a listing of the tags shows of those that are no derived ones.
  Strings GivenTags() {
    Strings names = NamesIn(".reel/by-tag");
    std::erase_if(names, [](const std::string& name) { return name.starts_with("video-"); });
    return names;
  }

  Attributes AttributesAt(const std::string& path) {
    Attributes out;
    EXPECT_EQ(filesystem_.GetAttributes(InodeOf(path), &out), 0) << path;
    return out;
  }
};

INSTANTIATE_TEST_SUITE_P(, FilesystemViewsTest, BothBackends(), test::BackendName);

TEST_P(FilesystemViewsTest, AreFoundByNameAndNotListed) {
  Put("video:a", "a");
  Put("video:.reel/b", "b");
  EXPECT_EQ(Names(kRoot), (Strings{"%2Ereel", "a"}));
  EXPECT_EQ(NamesIn(".reel"), (Strings{"by-tag", "config.json", "expiring", "stats.json"}));
  EXPECT_EQ(NamesIn(".reel/expiring"), (Strings{"1h", "24h", "30d", "7d"}));
  EXPECT_EQ(Content("%2Ereel/b"), "b");
  EXPECT_EQ(Walk(), (std::map<std::string, std::string>{{"%2Ereel/b", "b"}, {"a", "a"}}));
  for (const char* path :
       {".reel/other", ".reel/b", ".reel/by-tag/none", ".reel/by-tag/..", ".reel/expiring/soon",
        ".reel/expiring/01h", ".reel/expiring/1h/a", ".reel/.reel"}) {
    EXPECT_EQ(ErrorOf(path), ENOENT) << path;
  }
  EXPECT_EQ(ErrorOf(".reel/stats.json/x"), ENOTDIR);
  EXPECT_EQ(ErrorOf(".reel/by-tag/" + std::string(256, 't')), ENAMETOOLONG);
}

TEST_P(FilesystemViewsTest, ATagShowsItsVideosAsATreeOfTheirOwn) {
  PutTagged("video:a", {"trip"}, "one");
  PutTagged("video:a/b", {}, "two");
  PutTagged("video:shows/s1/e1.mkv", {"trip"}, test::RandomBytes(5'000, 1));
  PutTagged("video:shows/s1/e2.mkv", {}, "four");
  const std::string long_name(300, 'n');
  PutTagged("video:" + long_name, {"trip"}, "five");
  const std::string more = std::string(250, 'n') + "%more";
  const std::string view = ".reel/by-tag/trip";
  EXPECT_EQ(NamesIn(view), (Strings{"a", more, "shows"}));
  EXPECT_EQ(NamesIn(view + "/" + more), Strings{std::string(50, 'n')});
  EXPECT_EQ(NamesIn(view + "/shows/s1"), Strings{"e1.mkv"});
  // In the whole tree `a` is a directory too, in this one it is not.
  EXPECT_EQ(InodeOf(view + "/a"), InodeOf("a%file"));
  EXPECT_EQ(ErrorOf(view + "/a%file"), ENOENT);
  EXPECT_EQ(ErrorOf(view + "/a/b"), ENOTDIR);
  EXPECT_EQ(ErrorOf(view + "/shows/s1/e2.mkv"), ENOENT);
  const uint64_t file = InodeOf(view + "/shows/s1/e1.mkv");
  EXPECT_EQ(file, InodeOf("shows/s1/e1.mkv"));
  EXPECT_EQ(ReadAll(file), test::RandomBytes(5'000, 1));
  EXPECT_EQ(Content(view + "/" + more + "/" + std::string(50, 'n')), "five");
}

TEST_P(FilesystemViewsTest, ListingsAndLookupsAgreeOnInodes) {
  PutTagged("video:a/b", {"trip"});
  PutTagged("video:c", {"trip"});
  ASSERT_TRUE(library_.Touch("video:c", 100).ok());
  for (const std::string path :
       {".reel", ".reel/by-tag", ".reel/by-tag/trip", ".reel/by-tag/trip/a", ".reel/expiring",
        ".reel/expiring/1h", ".reel/expiring/2m"}) {
    for (const Listed& entry : List(InodeOf(path), 1)) {
      EXPECT_EQ(entry.inode, InodeOf(path + "/" + entry.name)) << path << ' ' << entry.name;
    }
  }
  std::set<uint64_t> directories;
  for (const char* path : {"a", ".reel/by-tag/trip/a", ".reel/by-tag/video-mode:video/a",
                           ".reel/by-tag/trip", ".reel/expiring/1h", ".reel/expiring/60m"}) {
    EXPECT_TRUE(directories.insert(InodeOf(path)).second) << path;
  }
}

TEST_P(FilesystemViewsTest, InodesAreTheSameInEveryMount) {
  PutTagged("video:d/a", {"trip"});
  Filesystem other(&library_, MakeOptions("video:"), clock_);
  uint64_t here = kRoot;
  uint64_t there = kRoot;
  for (const char* name : {".reel", "by-tag", "trip", "d", "a"}) {
    Attributes attributes;
    ASSERT_EQ(filesystem_.Lookup(here, name, &attributes), 0);
    here = attributes.stat.st_ino;
    ASSERT_EQ(other.Lookup(there, name, &attributes), 0);
    there = attributes.stat.st_ino;
    EXPECT_EQ(here, there) << name;
  }
}

TEST_P(FilesystemViewsTest, TagsSetAndTakenAwayShowAtOnce) {
  Put("video:d/a", "a");
  const uint64_t file = InodeOf("d/a");
  EXPECT_EQ(GivenTags(), Strings{});
  EXPECT_EQ(NamesIn(".reel/by-tag"), (Strings{"video-mode:video", "video-path:d%2Fa"}));
  ASSERT_EQ(filesystem_.SetXattr(file, "user.reel.tags", "trip,2026", 0), 0);
  EXPECT_EQ(GivenTags(), (Strings{"2026", "trip"}));
  EXPECT_EQ(InodeOf(".reel/by-tag/2026/d/a"), file);
  const uint64_t tag = InodeOf(".reel/by-tag/2026");
  // The attributes of a video go by its inode, so also where a view led to it.
  ASSERT_EQ(filesystem_.SetXattr(InodeOf(".reel/by-tag/trip/d/a"), "user.reel.tags", "trip", 0), 0);
  EXPECT_EQ(GivenTags(), Strings{"trip"});
  Attributes out;
  EXPECT_EQ(filesystem_.GetAttributes(tag, &out), ENOENT);
  std::string value;
  EXPECT_EQ(filesystem_.GetXattr(tag, "user.reel.key", &value), ENODATA);
}

TEST_P(FilesystemViewsTest, TagsAreShownWhereTheMountShowsAVideoOfThem) {
  PutTagged("audio:x", {"elsewhere"});
  PutTagged("video:x", {"here"});
  PutTagged("video:y", {"gone"});
  ASSERT_TRUE(library_.Touch("video:y", 60).ok());
  EXPECT_EQ(GivenTags(), (Strings{"gone", "here"}));
  clock_.Advance(60);
  EXPECT_EQ(GivenTags(), Strings{"here"});
  EXPECT_EQ(ErrorOf(".reel/by-tag/elsewhere"), ENOENT);
  EXPECT_EQ(ErrorOf(".reel/by-tag/gone"), ENOENT);
}

TEST_P(FilesystemViewsTest, HostileTags) {
  const std::string long_tag(200, '/');                                      // 600 bytes as a name
  const std::string longest = std::string(27, '/') + std::string(173, 't');  // 254
  PutTagged("video:a", {".", "..", "/", "a/../b", "100%", "%2F", ".reel", "a b", "日本", "%more",
                        "a%file", long_tag, longest});
  std::string longest_name;
  for (int i = 0; i < 27; ++i) {
    longest_name += "%2F";
  }
  longest_name += std::string(173, 't');
  Strings names = {"%2E",   "%2E%2E", "%2F",  "a%2F..%2Fb", "100%25",   "%252F",
                   ".reel", "a b",    "日本", "%25more",    "a%25file", longest_name};
  std::sort(names.begin(), names.end());
  EXPECT_EQ(GivenTags(), names);
  const uint64_t file = InodeOf("a");
  for (const std::string& name : names) {
    EXPECT_EQ(InodeOf(".reel/by-tag/" + name + "/a"), file) << name;
  }
  for (const char* name : {"100%", "%2f", "%61", "%more", "%FF", "%00"}) {
    EXPECT_EQ(ErrorOf(std::string(".reel/by-tag/") + name), ENOENT) << name;
  }
}

TEST_P(FilesystemViewsTest, ManyTagsAreListedOnceEach) {
  constexpr int kVideos = 1'300;  // more than two pages
  std::set<std::string> wanted = {"video-mode:video"};
  for (int i = 0; i < kVideos; ++i) {
    const std::string name = "v" + std::to_string(i);
    Put("video:" + name, "");
    // These come in between and are not shown.
    Put("audio:" + name, "");
    wanted.insert("video-path:" + name);
  }
  OpenDirectory* directory = nullptr;
  ASSERT_EQ(filesystem_.OpenDir(InodeOf(".reel/by-tag"), &directory), 0);
  std::vector<Listed> all;
  for (uint64_t offset = 0;;) {
    const auto some = ReadSome(directory, offset, 100);
    if (some.empty()) {
      break;
    }
    all.insert(all.end(), some.begin(), some.end());
    // The kernel gives up what a program's buffer had no room for, and asks again.
    const size_t kept = std::max<size_t>(some.size() / 2, 1);
    all.resize(all.size() - (some.size() - kept));
    offset = all.back().next_offset;
  }
  std::set<std::string> seen;
  for (const Listed& entry : all) {
    EXPECT_TRUE(seen.insert(entry.name).second) << entry.name;
  }
  seen.erase(".");
  seen.erase("..");
  EXPECT_EQ(seen, wanted);
  // Far back, and from there on.
  const auto again = ReadSome(directory, all[10].next_offset, 5);
  ASSERT_EQ(again.size(), 5U);
  EXPECT_EQ(again[0].name, all[11].name);
  const auto far = ReadSome(directory, all[1'200].next_offset, 1);
  ASSERT_EQ(far.size(), 1U);
  EXPECT_EQ(far[0].name, all[1'201].name);
  EXPECT_TRUE(ReadSome(directory, 5'000, 1).empty());
  filesystem_.ReleaseDir(directory);
}

TEST_P(FilesystemViewsTest, ADirectoryCanBeReadFromTheMiddle) {
  PutTagged("video:a", {"trip"});
  for (const char* path : {".reel", ".reel/by-tag", ".reel/expiring", ".reel/by-tag/trip"}) {
    OpenDirectory* directory = nullptr;
    ASSERT_EQ(filesystem_.OpenDir(InodeOf(path), &directory), 0);
    EXPECT_EQ(ReadSome(directory, 2, 1).size(), 1U) << path;
    filesystem_.ReleaseDir(directory);
  }
}

TEST_P(FilesystemViewsTest, WhatExpiresWithinATime) {
  Put("video:never", "n");
  Put("video:hour", "h", kHour);
  Put("video:d/day", "d", kDay);
  Put("video:d/week", "w", 7 * kDay);
  EXPECT_EQ(NamesIn(".reel/expiring/1h"), Strings{"hour"});
  EXPECT_EQ(NamesIn(".reel/expiring/24h"), (Strings{"d", "hour"}));
  EXPECT_EQ(NamesIn(".reel/expiring/1d/d"), Strings{"day"});
  EXPECT_EQ(NamesIn(".reel/expiring/7d/d"), (Strings{"day", "week"}));
  EXPECT_EQ(NamesIn(".reel/expiring/59m"), Strings{});  // there, though nothing is in it
  EXPECT_EQ(InodeOf(".reel/expiring/24h/d/day"), InodeOf("d/day"));
  EXPECT_EQ(ErrorOf(".reel/expiring/24h/d/week"), ENOENT);
  EXPECT_EQ(ErrorOf(".reel/expiring/1h/d"), ENOENT);
  EXPECT_EQ(ErrorOf(".reel/expiring/30d/never"), ENOENT);
  const uint64_t below = InodeOf(".reel/expiring/24h/d");

  clock_.Advance(kHour);
  EXPECT_EQ(NamesIn(".reel/expiring/1h"), Strings{});
  EXPECT_EQ(NamesIn(".reel/expiring/24h"), Strings{"d"});
  clock_.Advance(kDay - kHour - 1);
  EXPECT_EQ(NamesIn(".reel/expiring/1s/d"), Strings{"day"});
  clock_.Advance(1);
  Attributes out;
  EXPECT_EQ(filesystem_.GetAttributes(below, &out), ENOENT);
  // The time is that of each look, not of the first.
  clock_.Advance(5 * kDay);
  EXPECT_EQ(filesystem_.GetAttributes(below, &out), 0);
  EXPECT_EQ(Names(below), Strings{"week"});
}

TEST_P(FilesystemViewsTest, AListingGoesByTheTimeAtWhichItBegan) {
  Put("video:hour", "h", kHour);
  Put("video:later", "l", kHour + 100);
  OpenDirectory* directory = nullptr;
  ASSERT_EQ(filesystem_.OpenDir(InodeOf(".reel/expiring/1h"), &directory), 0);
  EXPECT_EQ(ReadSome(directory, 0, 9).size(), 3U);
  clock_.Advance(100);
  EXPECT_EQ(ReadSome(directory, 0, 9).size(), 4U);
  filesystem_.ReleaseDir(directory);
}

TEST_P(FilesystemViewsTest, NothingIsBelievedForLong) {
  Put("video:d/a", "a");
  for (const char* path :
       {".reel", ".reel/by-tag", ".reel/by-tag/video-mode:video", ".reel/by-tag/video-mode:video/d",
        ".reel/by-tag/video-mode:video/d/a", ".reel/expiring/1h", ".reel/stats.json"}) {
    int error = 0;
    EXPECT_LE(Resolve(path, &error).valid_s, 1) << path;
    EXPECT_LE(AttributesAt(path).valid_s, 1) << path;
  }
  EXPECT_EQ(AttributesAt(".reel/stats.json").valid_s, 0);
}

TEST_P(FilesystemViewsTest, ModesSayThatNothingCanBeWritten) {
  Put("video:a", "a");
  EXPECT_EQ(AttributesAt(".reel").stat.st_mode, S_IFDIR | 0555U);
  EXPECT_EQ(AttributesAt(".reel/by-tag/video-mode:video").stat.st_mode, S_IFDIR | 0555U);
  EXPECT_EQ(AttributesAt(".reel/stats.json").stat.st_mode, S_IFREG | 0444U);
  EXPECT_EQ(AttributesAt(".reel/stats.json").stat.st_nlink, 1U);
  EXPECT_EQ(AttributesAt(".reel").stat.st_uid, 1234U);
  EXPECT_EQ(AttributesAt(".reel/stats.json").stat.st_gid, 5678U);
}

TEST_P(FilesystemViewsTest, ATextIsWhatItWasWhenItWasOpened) {
  const std::string before = *stats_;
  EXPECT_EQ(static_cast<size_t>(AttributesAt(".reel/stats.json").stat.st_size), before.size());
  const uint64_t text = InodeOf(".reel/stats.json");
  OpenFile* file = nullptr;
  ASSERT_EQ(filesystem_.Open(text, O_RDONLY, &file), 0);
  EXPECT_TRUE(file->is_uncached());
  const std::string after = "{\"videos\":1000}\n";
  stats_ = after;
  clock_.Advance(5);
  EXPECT_EQ(ReadFrom(*file, 0, 100), before);
  EXPECT_EQ(ReadFrom(*file, 2, 6), before.substr(2, 6));
  EXPECT_EQ(ReadFrom(*file, 100, 100), "");
  EXPECT_EQ(filesystem_.Sync(*file), 0);
  EXPECT_EQ(filesystem_.Flush(*file, kWriter), 0);
  filesystem_.Release(file);
  EXPECT_EQ(ReadAll(text), after);
  const Attributes now = AttributesAt(".reel/stats.json");
  EXPECT_EQ(static_cast<size_t>(now.stat.st_size), after.size());
  EXPECT_EQ(now.stat.st_mtim.tv_sec, clock_.NowSeconds());
  EXPECT_EQ(Content(".reel/config.json"), "{}\n");
}

TEST_P(FilesystemViewsTest, ATextThatCannotBeHadIsAnErrorOfItsOwn) {
  const uint64_t text = InodeOf(".reel/stats.json");
  stats_ = Status(Code::kCorruption, "damaged");
  OpenFile* file = nullptr;
  Attributes out;
  EXPECT_EQ(filesystem_.Open(text, O_RDONLY, &file), EIO);
  EXPECT_EQ(filesystem_.GetAttributes(text, &out), EIO);
  EXPECT_EQ(reported_.size(), 2U);
  EXPECT_EQ(NamesIn(".reel").size(), 4U);
}

TEST_P(FilesystemViewsTest, WithoutATextThereIsNoFile) {
  FilesystemOptions options = MakeOptions("video:");
  options.texts = {};
  Filesystem filesystem(&library_, options, clock_);
  Attributes out;
  ASSERT_EQ(filesystem.Lookup(kRoot, ".reel", &out), 0);
  const uint64_t top = out.stat.st_ino;
  EXPECT_EQ(filesystem.Lookup(top, "stats.json", &out), ENOENT);
  EXPECT_EQ(filesystem.Lookup(top, "config.json", &out), ENOENT);
  OpenDirectory* directory = nullptr;
  ASSERT_EQ(filesystem.OpenDir(top, &directory), 0);
  Strings names;
  EXPECT_EQ(filesystem.ReadDir(directory, 2, false,
                               [&](const DirectoryEntry& entry) {
                                 names.emplace_back(entry.name);
                                 return true;
                               }),
            0);
  filesystem.ReleaseDir(directory);
  EXPECT_EQ(names, (Strings{"by-tag", "expiring"}));
}

TEST_P(FilesystemViewsTest, NothingCanBeChanged) {
  PutTagged("video:d/a", {"trip"});
  Put("video:b", "b");
  const std::string view = ".reel/by-tag/trip";
  const uint64_t d = InodeOf("d");
  for (const std::string& path :
       {std::string(".reel"), std::string(".reel/by-tag"), std::string(".reel/expiring"),
        std::string(".reel/expiring/1h"), view, view + "/d"}) {
    const uint64_t directory = InodeOf(path);
    Attributes out;
    for (const char* name : {"new", "a", "d", "%"}) {
      EXPECT_EQ(CreateError(directory, name), EROFS) << path;
      EXPECT_EQ(CreateError(directory, name, kWriter, O_EXCL), EROFS) << path;
      EXPECT_EQ(filesystem_.MakeDirectory(directory, name, &out), EROFS) << path;
      EXPECT_EQ(filesystem_.Unlink(directory, name, kWriter), EROFS) << path;
      EXPECT_EQ(filesystem_.RemoveDirectory(directory, name), EROFS) << path;
      EXPECT_EQ(filesystem_.Rename(directory, name, d, "x", 0, kWriter), EROFS) << path;
      EXPECT_EQ(filesystem_.Rename(d, "a", directory, name, 0, kWriter), EROFS) << path;
    }
    EXPECT_EQ(filesystem_.SetAttributes(directory, {.modified = 5}, &out), EROFS) << path;
    EXPECT_EQ(filesystem_.SetAttributes(directory, {.size = 0}, &out), EROFS) << path;
  }
  EXPECT_EQ(filesystem_.RemoveDirectory(kRoot, ".reel"), EROFS);
  EXPECT_EQ(filesystem_.Rename(kRoot, ".reel", d, "x", 0, kWriter), EROFS);
  EXPECT_EQ(filesystem_.Rename(d, "a", kRoot, ".reel", 0, kWriter), EROFS);
  EXPECT_EQ(filesystem_.Unlink(kRoot, ".reel", kWriter), EROFS);
  const uint64_t text = InodeOf(".reel/stats.json");
  for (const int flags : {O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC, O_WRONLY | O_APPEND}) {
    OpenFile* file = nullptr;
    EXPECT_EQ(filesystem_.Open(text, flags, &file, kWriter), EROFS) << flags;
  }
  Attributes out;
  EXPECT_EQ(filesystem_.SetAttributes(text, {.size = 0}, &out), EROFS);
  EXPECT_EQ(Walk(), (std::map<std::string, std::string>{{"b", "b"}, {"d/a", "content"}}));
}

TEST_P(FilesystemViewsTest, AVideoCannotBeReplacedByWayOfAView) {
  PutTagged("video:d/a", {"trip"});
  const uint64_t directory = InodeOf(".reel/by-tag/trip/d");
  const auto look = [&](pid_t caller) {
    Attributes found;
    EXPECT_EQ(filesystem_.Lookup(directory, "a", &found, caller), 0);
    return found.stat.st_ino;
  };
  const uint64_t video = look(kWriter);
  OpenFile* file = nullptr;
  ASSERT_EQ(filesystem_.Open(video, O_WRONLY | O_TRUNC, &file, kWriter), ESTALE);
  // Another thread of the process does not get in between.
  EXPECT_EQ(look(kWriter + 1), video);
  EXPECT_EQ(look(kOther), video);
  // The kernel looks twice before it opens.
  const uint64_t refused = look(kWriter);
  EXPECT_EQ(look(kWriter), refused);
  EXPECT_NE(refused, video);
  EXPECT_EQ(filesystem_.Open(refused, O_WRONLY | O_TRUNC, &file, kWriter), EROFS);
  EXPECT_EQ(look(kWriter), video);
  EXPECT_EQ(InodeOf("d/a"), video);
  EXPECT_EQ(ReadAll(video), "content");
  // Nothing is left that a lookup elsewhere would take for a new file.
  Attributes found;
  ASSERT_EQ(filesystem_.Lookup(InodeOf("d"), "a", &found, kWriter), 0);
  EXPECT_EQ(found.stat.st_ino, video);
}

TEST_P(FilesystemViewsTest, ANewFileIsInAViewWhenItIsPublished) {
  PutTagged("video:d/a", {"trip"});
  OpenFile* file = Create(InodeOf("d"), "b");
  ASSERT_EQ(filesystem_.Write(*file, 0, "new"), 0);
  const uint64_t view = InodeOf(".reel/by-tag/video-mode:video/d");
  EXPECT_EQ(Names(view), Strings{"a"});
  Attributes found;
  EXPECT_EQ(filesystem_.Lookup(view, "b", &found, kWriter), ENOENT);
  EXPECT_EQ(Close(file), 0);
  EXPECT_EQ(Names(view), (Strings{"a", "b"}));
  // One that replaces a video hides it from its writer nowhere but in its own directory.
  OpenFile* again = Create(InodeOf("d"), "a");
  EXPECT_EQ(filesystem_.Lookup(view, "a", &found, kWriter), 0);
  EXPECT_EQ(found.stat.st_size, 7);
  EXPECT_EQ(found.valid_s, 0);  // soon another one
  EXPECT_EQ(Close(again), 0);
}

TEST_P(FilesystemViewsTest, WhatTheKernelForgetsIsForgotten) {
  PutTagged("video:d/a", {"trip"});
  Attributes top;
  Attributes tags;
  ASSERT_EQ(filesystem_.Lookup(kRoot, ".reel", &top), 0);
  ASSERT_EQ(filesystem_.Lookup(top.stat.st_ino, "by-tag", &tags), 0);
  EXPECT_EQ(filesystem_.inode_count(), 3U);
  OpenDirectory* directory = nullptr;
  ASSERT_EQ(filesystem_.OpenDir(tags.stat.st_ino, &directory), 0);
  const auto entries = ReadSome(directory, 2, 100, /*count_lookups=*/true);
  filesystem_.ReleaseDir(directory);
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(filesystem_.inode_count(), 6U);
  for (const Listed& entry : entries) {
    filesystem_.Forget(entry.inode, 1);
  }
  filesystem_.Forget(tags.stat.st_ino, 1);
  filesystem_.Forget(top.stat.st_ino, 1);
  EXPECT_EQ(filesystem_.inode_count(), 1U);
  EXPECT_EQ(filesystem_.OpenDir(tags.stat.st_ino, &directory), ESTALE);
}

class ReadOnlyViewsTest : public FilesystemFixture {};

TEST_F(ReadOnlyViewsTest, AreTheSame) {
  Put("video:d/a", "a", kHour);
  EXPECT_EQ(InodeOf(".reel/expiring/1h/d/a"), InodeOf("d/a"));
  Attributes out;
  EXPECT_EQ(filesystem_.MakeDirectory(InodeOf(".reel"), "x", &out), EROFS);
  OpenFile* file = nullptr;
  EXPECT_EQ(filesystem_.Open(InodeOf(".reel/stats.json"), O_RDWR, &file), EROFS);
  EXPECT_EQ(ReadAll(InodeOf(".reel/stats.json")), *stats_);
}

}  // namespace
}  // namespace reel::mount

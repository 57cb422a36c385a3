// Files that are written through the file system, from create to publication.
#include <fcntl.h>
#include <reel/fault_namespace.h>

#include <cerrno>
#include <random>
#include <string>
#include <vector>

#include "tests/fuse/writable_fixture.h"

namespace reel::mount {
namespace {

constexpr uint64_t kRoot = InodeTable::kRoot;

using FilesystemWritesTest = OnBothBackends<WritableFixture>;

INSTANTIATE_TEST_SUITE_P(, FilesystemWritesTest, BothBackends(), test::BackendName);

TEST_P(FilesystemWritesTest, AFileIsThereInOneStepWhenItIsClosed) {
  for (const size_t size : {size_t{0}, size_t{100}, size_t{9'999}}) {  // one entry, and chunks
    const std::string name = "new" + std::to_string(size) + ".mp4";
    const std::string content = test::RandomBytes(size, size);
    OpenFile* file = Create(kRoot, name);
    for (size_t at = 0; at < size; at += 1'234) {
      ASSERT_EQ(filesystem_.Write(*file, at, std::string_view(content).substr(at, 1'234)), 0);
      EXPECT_EQ(ErrorFor(kOther, name), ENOENT);
      EXPECT_EQ(ErrorFor(0, name), ENOENT);
    }
    const auto before = Names(kRoot);
    EXPECT_EQ(std::count(before.begin(), before.end(), name), 0);
    EXPECT_EQ(library_.Stat("video:" + name).code(), Code::kNotFound);

    ASSERT_EQ(filesystem_.Flush(*file, kWriter), 0);
    EXPECT_TRUE(Content(name) == content);
    EXPECT_EQ(FoundBy(kOther, name).stat.st_size, static_cast<off_t>(size));
    const auto info = library_.Stat("video:" + name);
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info->content_type, "video/mp4");
    filesystem_.Release(file);
    EXPECT_EQ(library_.Stat("video:" + name)->generation, info->generation);
  }
  Write(kRoot, "film:w=1280.webm", "a variant");
  EXPECT_EQ(library_.Stat("video:film.webm:w=1280")->content_type, "video/webm");
}

TEST_P(FilesystemWritesTest, WhoWritesAFileFindsItByName) {
  OpenFile* file = Create(kRoot, "a.mp4");
  ASSERT_EQ(filesystem_.Write(*file, 0, "0123456789"), 0);
  const Attributes found = FoundBy(kWriter + 3, "a.mp4");
  EXPECT_EQ(found.stat.st_size, 10);
  EXPECT_EQ(found.stat.st_mode, S_IFREG | 0644U);
  EXPECT_EQ(found.valid_s, 0);
  OpenFile* again = nullptr;
  ASSERT_EQ(filesystem_.Open(found.stat.st_ino, O_RDONLY, &again, kWriter), 0);
  EXPECT_EQ(ReadFrom(*again, 4, 100), "456789");
  filesystem_.Release(again);
  ASSERT_EQ(Close(file), 0);
  EXPECT_NE(FoundBy(kWriter, "a.mp4").stat.st_ino, found.stat.st_ino);
}

TEST_P(FilesystemWritesTest, RandomWritesAreThoseOfAString) {
  std::mt19937_64 random(test::TestSeed());
  for (int round = 0; round < 20; ++round) {
    std::string model;
    OpenFile* file = Create(kRoot, "model.mkv");
    for (int i = 0; i < 30; ++i) {
      const uint64_t at = random() % 12'000;
      if (random() % 6 == 0) {
        Attributes after;
        ASSERT_EQ(filesystem_.SetAttributes(file->inode(), {.size = at}, &after), 0);
        EXPECT_EQ(after.stat.st_size, static_cast<off_t>(at));
        model.resize(at);
      } else {
        const std::string bytes = test::RandomBytes(1 + random() % 3'000, random());
        ASSERT_EQ(filesystem_.Write(*file, at, bytes), 0);
        model.resize(std::max(model.size(), at + bytes.size()));
        model.replace(at, bytes.size(), bytes);
      }
      ASSERT_TRUE(ReadFrom(*file, 0, 20'000) == model);
    }
    ASSERT_EQ(filesystem_.Sync(*file), 0);
    ASSERT_EQ(Close(file), 0);
    ASSERT_TRUE(Content("model.mkv") == model);
  }
}

TEST_P(FilesystemWritesTest, ADraftIsPublishedAgainWhenItChanged) {
  OpenFile* file = Create(kRoot, "a");
  ASSERT_EQ(filesystem_.Write(*file, 0, "first"), 0);
  ASSERT_EQ(filesystem_.Flush(*file, kWriter), 0);
  const uint64_t first = InodeOf("a");
  ASSERT_EQ(filesystem_.Flush(*file, kWriter), 0);
  EXPECT_EQ(InodeOf("a"), first);
  ASSERT_EQ(filesystem_.Write(*file, 5, " and second"), 0);
  EXPECT_EQ(Content("a"), "first");
  // By a mapping: no close follows it, only the end of the last reference.
  filesystem_.Release(file);
  EXPECT_EQ(Content("a"), "first and second");
}

TEST_P(FilesystemWritesTest, WhatAChildClosesIsNotPublished) {
  OpenFile* file = Create(kRoot, "a");
  ASSERT_EQ(filesystem_.Write(*file, 0, "half"), 0);
  ASSERT_EQ(filesystem_.Flush(*file, kOther), 0);
  EXPECT_EQ(ErrorFor(kOther, "a"), ENOENT);
  ended_.insert(kWriter);
  ASSERT_EQ(filesystem_.Flush(*file, kOther), 0);
  EXPECT_EQ(Content("a"), "half");
  filesystem_.Release(file);
}

TEST_P(FilesystemWritesTest, TruncatingAVideoBeginsAnotherOne) {
  const std::string old_content = test::RandomBytes(7'000, 1);
  Put("video:a.mp4", old_content);
  OpenFile* reader = nullptr;
  ASSERT_EQ(filesystem_.Open(InodeOf("a.mp4"), O_RDONLY, &reader), 0);

  OpenFile* file = OpenTruncated("a.mp4");
  ASSERT_EQ(filesystem_.Write(*file, 0, "new"), 0);
  EXPECT_TRUE(Content("a.mp4") == old_content);
  EXPECT_EQ(FoundBy(kOther, "a.mp4").valid_s, 0);  // or the kernel would go on believing in it
  EXPECT_EQ(FoundBy(kWriter, "a.mp4").stat.st_size, 3);
  ASSERT_EQ(Close(file), 0);

  EXPECT_EQ(Content("a.mp4"), "new");
  EXPECT_TRUE(ReadFrom(*reader, 0, 7'000) == old_content);
  filesystem_.Release(reader);
}

TEST_P(FilesystemWritesTest, WhatWasTruncatedAndNeverOpenedIsForgotten) {
  Put("video:a", "a");
  OpenFile* file = nullptr;
  ASSERT_EQ(filesystem_.Open(InodeOf("a"), O_WRONLY | O_TRUNC, &file, kWriter), ESTALE);
  EXPECT_EQ(FoundBy(kWriter, "a").stat.st_size, 0);
  clock_.Advance(30);
  ASSERT_EQ(Close(Create(kRoot, "b")), 0);
  EXPECT_EQ(FoundBy(kWriter, "a").stat.st_size, 1);
}

TEST_P(FilesystemWritesTest, AFailedPublicationLeavesWhatWasThere) {
  LibraryOptions options{.chunking = SmallChunks()};
  options.chunking.max_chunks = 5;
  VideoLibrary library(entries_.get(), options);
  Filesystem filesystem(&library, MakeOptions("video:", /*read_only=*/false), clock_);
  Put("video:a", "what was there");
  Attributes entry;
  OpenFile* file = nullptr;
  ASSERT_EQ(filesystem.Create(kRoot, "a", O_CREAT | O_WRONLY, kWriter, &entry, &file), 0);
  ASSERT_EQ(filesystem.Write(*file, 6'000, "beyond five chunks"), 0);
  EXPECT_EQ(filesystem.Flush(*file, kWriter), EFBIG);
  ASSERT_EQ(reported_.size(), 1U);
  EXPECT_EQ(reported_[0].code(), Code::kTooLarge);
  EXPECT_EQ(Content("a"), "what was there");
  // Made shorter, it fits.
  Attributes after;
  ASSERT_EQ(filesystem.SetAttributes(file->inode(), {.size = 10}, &after), 0);
  EXPECT_EQ(filesystem.Flush(*file, kWriter), 0);
  filesystem.Release(file);
  EXPECT_EQ(Content("a"), std::string(10, '\0'));
}

TEST_P(FilesystemWritesTest, WhatACloseFailedToStoreDoesNotTurnUpLater) {
  auto full = FaultNamespace::Create(
      entries_.get(), clock_,
      R"({"faults": [{"fault": "error", "code": "noSpace", "operation": "publish", "times": 1}]})",
      "script");
  ASSERT_TRUE(full.ok()) << full.status().message();
  VideoLibrary library(full->get(), {.chunking = SmallChunks()});
  Filesystem filesystem(&library, MakeOptions("video:", /*read_only=*/false), clock_);
  Attributes entry;
  OpenFile* file = nullptr;
  ASSERT_EQ(filesystem.Create(kRoot, "a", O_CREAT | O_WRONLY, kWriter, &entry, &file), 0);
  ASSERT_EQ(filesystem.Write(*file, 0, "content"), 0);
  EXPECT_EQ(filesystem.Flush(*file, kWriter), ENOSPC);
  filesystem.Release(file);
  EXPECT_EQ(ErrorOf("a"), ENOENT);
}

TEST_P(FilesystemWritesTest, TheLastCloseWins) {
  OpenFile* first = Create(kRoot, "a", kWriter);
  OpenFile* second = Create(kRoot, "a", kOther);
  ASSERT_EQ(filesystem_.Write(*first, 0, "first"), 0);
  ASSERT_EQ(filesystem_.Write(*second, 0, "second"), 0);
  ASSERT_EQ(Close(second, kOther), 0);
  EXPECT_EQ(Content("a"), "second");
  EXPECT_EQ(FoundBy(kWriter, "a").stat.st_size, 5);
  ASSERT_EQ(Close(first, kWriter), 0);
  EXPECT_EQ(Content("a"), "first");
}

TEST_P(FilesystemWritesTest, ExclusiveIsAmongDraftsToo) {
  Put("video:there", "");
  EXPECT_EQ(CreateError(kRoot, "there", kWriter, O_EXCL), EEXIST);
  OpenFile* lock = Create(kRoot, "lock", kWriter, O_EXCL);
  EXPECT_EQ(CreateError(kRoot, "lock", kOther, O_EXCL), EEXIST);
  ASSERT_EQ(Close(lock), 0);
  EXPECT_EQ(CreateError(kRoot, "lock", kOther, O_EXCL), EEXIST);
}

TEST_P(FilesystemWritesTest, Unlink) {
  Put("video:a", test::RandomBytes(5'000, 1));
  OpenFile* reader = nullptr;
  ASSERT_EQ(filesystem_.Open(InodeOf("a"), O_RDONLY, &reader), 0);
  EXPECT_EQ(filesystem_.Unlink(kRoot, "a", kWriter), 0);
  EXPECT_EQ(ErrorOf("a"), ENOENT);
  EXPECT_TRUE(ReadFrom(*reader, 0, 5'000) == test::RandomBytes(5'000, 1));
  filesystem_.Release(reader);
  EXPECT_EQ(filesystem_.Unlink(kRoot, "a", kWriter), ENOENT);

  OpenFile* draft = Create(kRoot, "temporary");
  ASSERT_EQ(filesystem_.Write(*draft, 0, "kept while open"), 0);
  EXPECT_EQ(filesystem_.Unlink(kRoot, "temporary", kOther), ENOENT);
  EXPECT_EQ(filesystem_.Unlink(kRoot, "temporary", kWriter), 0);
  EXPECT_EQ(ErrorFor(kWriter, "temporary"), ENOENT);
  EXPECT_EQ(ReadFrom(*draft, 0, 99), "kept while open");
  EXPECT_EQ(Close(draft), 0);
  EXPECT_EQ(ErrorOf("temporary"), ENOENT);
}

TEST_P(FilesystemWritesTest, ARenamedVideoIsTheSameFile) {
  const std::string content = test::RandomBytes(7'000, 1);
  const VideoInfo stored = Put("video:d/film.mp4.part", content);
  Put("video:film.mp4", "what gives way");
  const uint64_t inode = InodeOf("d/film.mp4.part");
  OpenFile* replaced = nullptr;
  ASSERT_EQ(filesystem_.Open(InodeOf("film.mp4"), O_RDONLY, &replaced), 0);
  ASSERT_EQ(filesystem_.Rename(InodeOf("d"), "film.mp4.part", kRoot, "film.mp4", 0, kWriter), 0);

  // As the kernel goes on: with the inode that it has, without a lookup.
  Attributes after;
  ASSERT_EQ(filesystem_.GetAttributes(inode, &after), 0);
  EXPECT_EQ(after.stat.st_size, 7'000);
  EXPECT_TRUE(ReadAll(inode) == content);
  EXPECT_EQ(InodeOf("film.mp4"), inode);
  EXPECT_EQ(library_.Stat("video:film.mp4")->content_type, "video/mp4");
  EXPECT_EQ(library_.Stat("video:film.mp4")->generation, stored.generation);
  EXPECT_EQ(ReadFrom(*replaced, 0, 99), "what gives way");
  filesystem_.Release(replaced);
  EXPECT_EQ(Names(InodeOf("d")), std::vector<std::string>{});
}

TEST_P(FilesystemWritesTest, AListingFromBeforeARenameDoesNotUndoIt) {
  Put("video:a", "a");
  Put("video:b", "content");
  const uint64_t inode = InodeOf("b");  // as the kernel looks it up to rename it
  OpenDirectory* directory = nullptr;
  ASSERT_EQ(filesystem_.OpenDir(kRoot, &directory), 0);
  const auto first = ReadSome(directory, 0, 3);
  ASSERT_EQ(first.back().name, "a");
  ASSERT_EQ(filesystem_.Rename(kRoot, "b", kRoot, "c", 0, kWriter), 0);
  const auto rest = ReadSome(directory, first.back().next_offset, 9, /*count_lookups=*/true);
  ASSERT_EQ(rest.front().inode, inode);
  filesystem_.ReleaseDir(directory);
  EXPECT_EQ(ReadAll(inode), "content");
  std::string key;
  EXPECT_EQ(filesystem_.GetXattr(inode, "user.reel.key", &key), 0);
  EXPECT_EQ(key, "video:c");
}

TEST_P(FilesystemWritesTest, WhatRenameRefuses) {
  Put("video:d/f", "f");
  Put("video:a", "a");
  Put("video:b", "b");
  ASSERT_NE(Create(kRoot, "draft"), nullptr);
  const struct {
    std::string name;
    std::string new_name;
    unsigned flags;
    int error;
  } cases[] = {
      {"missing", "c", 0, ENOENT},
      {"d", "e", 0, EXDEV},
      {"draft", "c", 0, EXDEV},
      {"a", "b", 1, EEXIST},
      {"a", "b", 2, EINVAL},
      {"a", "c%", 0, EINVAL},
      {"a", "a", 0, 0},
      {"a", std::string(256, 'n'), 0, ENAMETOOLONG},
  };
  for (const auto& [name, new_name, flags, error] : cases) {
    EXPECT_EQ(filesystem_.Rename(kRoot, name, kRoot, new_name, flags, kWriter), error)
        << name << ' ' << flags;
  }
  EXPECT_EQ(Content("a"), "a");
  EXPECT_EQ(Content("b"), "b");
  EXPECT_EQ(filesystem_.Rename(kRoot, "a", kRoot, "c", 1, kWriter), 0);
  EXPECT_EQ(Content("c"), "a");
  EXPECT_TRUE(reported_.empty()) << reported_.front().message();
}

TEST_P(FilesystemWritesTest, TheTimeOfModificationIsKept) {
  OpenFile* file = Create(kRoot, "a");
  Attributes after;
  ASSERT_EQ(filesystem_.SetAttributes(file->inode(), {.modified = 1'000'000'000}, &after), 0);
  EXPECT_EQ(after.stat.st_mtim.tv_sec, 1'000'000'000);
  ASSERT_EQ(Close(file), 0);
  EXPECT_EQ(FoundBy(kOther, "a").stat.st_mtim.tv_sec, 1'000'000'000);
  EXPECT_EQ(FoundBy(kOther, "a").stat.st_ctim.tv_sec, clock_.NowSeconds());
  const uint64_t inode = InodeOf("a");
  ASSERT_EQ(filesystem_.SetAttributes(inode, {.modified = -5}, &after), 0);
  EXPECT_EQ(after.stat.st_mtim.tv_sec, -5);
  EXPECT_EQ(InodeOf("a"), inode);

  file = Create(kRoot, "b");
  ASSERT_EQ(filesystem_.SetAttributes(file->inode(), {.modified = 1'000'000'000}, &after), 0);
  ASSERT_EQ(filesystem_.Write(*file, 0, "written later"), 0);
  ASSERT_EQ(Close(file), 0);
  EXPECT_EQ(FoundBy(kOther, "b").stat.st_mtim.tv_sec, clock_.NowSeconds());
}

TEST_P(FilesystemWritesTest, WritingIntoAVideoIsRefused) {
  Put("video:a", "content");
  const uint64_t video = InodeOf("a");
  OpenFile* file = nullptr;
  for (const int flags : {O_WRONLY, O_RDWR | O_APPEND, O_WRONLY | O_APPEND}) {
    EXPECT_EQ(filesystem_.Open(video, flags, &file, kWriter), EPERM) << flags;
  }
  ASSERT_EQ(filesystem_.Open(video, O_RDWR, &file, kWriter), 0);
  EXPECT_TRUE(file->may_try_to_write());
  EXPECT_EQ(ReadFrom(*file, 0, 99), "content");
  EXPECT_EQ(filesystem_.Write(*file, 0, "x"), EPERM);
  EXPECT_EQ(Close(file), 0);
  Attributes after;
  EXPECT_EQ(filesystem_.SetAttributes(video, {.size = 3}, &after), EPERM);
  EXPECT_EQ(filesystem_.SetAttributes(video, {.size = 7}, &after), 0);
  EXPECT_EQ(after.stat.st_size, 7);
  EXPECT_EQ(filesystem_.SetAttributes(video, {}, &after), 0);
  EXPECT_EQ(Content("a"), "content");
}

TEST_P(FilesystemWritesTest, AnEmptyVideoCanBeWrittenTo) {
  Put("video:a", "");
  OpenFile* file = nullptr;
  EXPECT_EQ(filesystem_.Open(InodeOf("a"), O_RDWR, &file, kWriter), ESTALE);
  ASSERT_EQ(filesystem_.Open(FoundBy(kWriter, "a").stat.st_ino, O_RDWR, &file, kWriter), 0);
  ASSERT_EQ(filesystem_.Write(*file, 0, "content"), 0);
  ASSERT_EQ(Close(file), 0);
  EXPECT_EQ(Content("a"), "content");
}

TEST_P(FilesystemWritesTest, NamesThatCannotBe) {
  Put("video:d/f", "f");
  const uint64_t directory = InodeOf("d");
  const struct {
    uint64_t parent;
    std::string name;
    int error;
  } cases[] = {
      {kRoot, "stray%", EINVAL},
      {kRoot, "%zz", EINVAL},
      {kRoot, ".reel", EROFS},
      {kRoot, std::string(256, 'n'), ENAMETOOLONG},
      {InodeOf("d/f"), "under a file", ENOTDIR},
      {999'999, "nowhere", ESTALE},
  };
  for (const auto& [parent, name, error] : cases) {
    EXPECT_EQ(CreateError(parent, name), error) << name;
    Attributes made;
    EXPECT_EQ(filesystem_.MakeDirectory(parent, name, &made), error) << name;
  }
  EXPECT_EQ(CreateError(directory, std::string(200, 'n')), 0);
}

TEST_P(FilesystemWritesTest, KeysThatAreTooLong) {
  uint64_t parent = kRoot;
  Attributes made;
  for (int level = 0; level < 2; ++level) {
    ASSERT_EQ(filesystem_.MakeDirectory(parent, std::string(240, 'd'), &made), 0);
    parent = made.stat.st_ino;
  }
  EXPECT_EQ(CreateError(parent, std::string(100, 'n')), ENAMETOOLONG);
  EXPECT_EQ(filesystem_.MakeDirectory(parent, std::string(100, 'n'), &made), ENAMETOOLONG);
  Write(parent, "short", "content");
  EXPECT_EQ(Content(std::string(240, 'd') + "/" + std::string(240, 'd') + "/short"), "content");
}

using ReadOnlyTest = OnBothBackends<FilesystemFixture>;

INSTANTIATE_TEST_SUITE_P(, ReadOnlyTest, BothBackends(), test::BackendName);

TEST_P(ReadOnlyTest, NothingChanges) {
  Put("video:d/a", "content");
  const uint64_t directory = InodeOf("d");
  const uint64_t file = InodeOf("d/a");
  Attributes attributes;
  OpenFile* opened = nullptr;
  EXPECT_EQ(filesystem_.Create(directory, "b", O_CREAT, 10, &attributes, &opened), EROFS);
  EXPECT_EQ(filesystem_.SetAttributes(file, {.size = 7}, &attributes), EROFS);
  EXPECT_EQ(filesystem_.Unlink(directory, "a", 10), EROFS);
  EXPECT_EQ(filesystem_.MakeDirectory(directory, "e", &attributes), EROFS);
  EXPECT_EQ(filesystem_.RemoveDirectory(kRoot, "d"), EROFS);
  EXPECT_EQ(ReadAll(file), "content");
}

}  // namespace
}  // namespace reel::mount

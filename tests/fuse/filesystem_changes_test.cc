// What the kernel is told when videos change behind its back, and what it may believe meanwhile.
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "fuse/change_queue.h"
#include "tests/fuse/writable_fixture.h"

namespace reel::mount {
namespace {

constexpr uint64_t kRoot = InodeTable::kRoot;
constexpr double kLong = 300;
using Strings = std::set<std::string>;

std::string Entry(uint64_t parent, const std::string& name) {
  return "entry " + std::to_string(parent) + " " + name;
}
std::string Attr(uint64_t inode) {
  return "attributes " + std::to_string(inode);
}
std::string Bytes(uint64_t inode) {
  return "bytes " + std::to_string(inode);
}

/// Notes what it is told.
class FakeKernel final : public KernelCache {
 public:
  void DropEntry(uint64_t parent, const std::string& name) override { Note(Entry(parent, name)); }
  void DropInode(uint64_t inode, bool pages) override { Note(pages ? Bytes(inode) : Attr(inode)); }

  /// All that was told up to `last`, which is waited for; then nothing was told.
  Strings TakeUntil(const std::string& last) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(
        noted_.wait_for(lock, std::chrono::seconds(60), [&] { return told_.contains(last); }))
        << "not told of " << last;
    told_.erase(last);
    return std::exchange(told_, {});
  }

  /// Holds up who tells anything, until Open.
  void Shut() {
    const std::scoped_lock lock(mutex_);
    shut_ = true;
  }
  void Open() {
    {
      const std::scoped_lock lock(mutex_);
      shut_ = false;
    }
    noted_.notify_all();
  }

 private:
  void Note(const std::string& what) {
    std::unique_lock lock(mutex_);
    noted_.wait(lock, [&] { return !shut_; });
    told_.insert(what);
    noted_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable noted_;
  bool shut_ = false;
  Strings told_;
};

class FilesystemChangesTest : public OnBothBackends<WritableFixture> {
 protected:
  FilesystemChangesTest() { filesystem_.Follow(&kernel_); }
  void TearDown() override {
    kernel_.Open();
    filesystem_.Unfollow();
  }

  /// What the kernel was told since the last call.
  Strings Told() {
    Put("video:~last", std::to_string(++marks_));
    const std::string last = mark_ == 0 ? Entry(kRoot, "~last%file") : Bytes(mark_);
    Strings told = kernel_.TakeUntil(last);
    told.erase(Entry(kRoot, "~last"));
    told.erase(Entry(kRoot, "~last%file"));
    mark_ = NumberOf("video:~last");
    return told;
  }

  uint64_t NumberOf(const std::string& key) {
    const auto info = library_.Stat(key);
    EXPECT_TRUE(info.ok()) << key;
    InodeTable table;
    return table.NumberOf(FileRecord::Of(*info));
  }

  double ValidOf(std::string_view path) {
    int error = 0;
    const Attributes found = Resolve(path, &error);
    EXPECT_EQ(error, 0) << path;
    return found.valid_s;
  }

  ListingUse Listed(uint64_t directory) {
    ListingUse use = ListingUse::kOnce;
    OpenDirectory* handle = nullptr;
    EXPECT_EQ(filesystem_.OpenDir(directory, &handle, &use), 0);
    uint64_t offset = 0;
    for (auto some = ReadSome(handle, 0, 100); !some.empty();
         some = ReadSome(handle, offset, 100)) {
      offset = some.back().next_offset;
    }
    filesystem_.ReleaseDir(handle);
    return use;
  }

  int64_t TimeOf(uint64_t inode) {
    Attributes found;
    EXPECT_EQ(filesystem_.GetAttributes(inode, &found), 0);
    EXPECT_EQ(found.stat.st_ctim.tv_sec, found.stat.st_mtim.tv_sec);
    return found.stat.st_mtim.tv_sec;
  }

  FakeKernel kernel_;
  int marks_ = 0;
  uint64_t mark_ = 0;
};

INSTANTIATE_TEST_SUITE_P(, FilesystemChangesTest, BothBackends(), test::BackendName);

TEST_P(FilesystemChangesTest, IsBelievedLongWhileItIsFollowed) {
  Put("video:d/a", "a");
  Put("video:b", "b", 100);
  EXPECT_EQ(ValidOf("d/a"), kLong);
  EXPECT_EQ(ValidOf("b"), 99);  // the clock may be at the end of its second
  EXPECT_EQ(ValidOf("d"), 1);
  OpenFile* draft = Create(kRoot, "b");
  EXPECT_EQ(ValidOf("b"), 0);  // soon another one
  filesystem_.Release(draft);
  filesystem_.Unfollow();
  EXPECT_EQ(ValidOf("d/a"), 1);
  EXPECT_EQ(Listed(kRoot), ListingUse::kOnce);
}

TEST_P(FilesystemChangesTest, WhatIsOverwrittenIsForgotten) {
  Put("video:a", "old");
  const uint64_t old = InodeOf("a");
  Told();
  Put("video:a", "new");
  EXPECT_EQ(Told(), (Strings{Entry(kRoot, "a"), Entry(kRoot, "a%file"), Bytes(old)}));
}

TEST_P(FilesystemChangesTest, WhoHasItOpenKeepsItsBytes) {
  Put("video:a", "old");
  const uint64_t old = InodeOf("a");
  OpenFile* file = nullptr;
  ASSERT_EQ(filesystem_.Open(old, O_RDONLY, &file), 0);
  Told();
  Put("video:a", "new");
  EXPECT_EQ(Told(), (Strings{Entry(kRoot, "a"), Entry(kRoot, "a%file"), Attr(old)}));
  EXPECT_EQ(ReadFrom(*file, 0, 10), "old");
  filesystem_.Release(file);
}

TEST_P(FilesystemChangesTest, WhatIsRemovedOrMovedIsForgotten) {
  Put("video:d/a", "a");
  Put("video:d/b", "b");
  Put("video:d/c", "c");
  const uint64_t d = InodeOf("d");
  const uint64_t a = InodeOf("d/a");
  const uint64_t b = InodeOf("d/b");
  Told();
  ASSERT_TRUE(library_.Remove("video:d/a").ok());
  EXPECT_EQ(Told(), (Strings{Entry(d, "a"), Entry(d, "a%file"), Bytes(a)}));
  ASSERT_TRUE(library_.Rename("video:d/b", "video:d/e").ok());
  EXPECT_EQ(Told(), (Strings{Entry(d, "b"), Entry(d, "b%file"), Entry(d, "e"), Entry(d, "e%file"),
                             Bytes(b)}));
}

TEST_P(FilesystemChangesTest, TheKernelIsNotToldOfNamesThatItChangedItself) {
  Put("video:a", "a");
  Put("video:b", "b");
  const uint64_t a = InodeOf("a");
  const uint64_t b = InodeOf("b");
  Told();
  ASSERT_EQ(filesystem_.Rename(kRoot, "a", kRoot, "b", 0, kWriter), 0);
  EXPECT_EQ(Told(), (Strings{Attr(a), Attr(b)}));
  ASSERT_EQ(filesystem_.Unlink(kRoot, "b", kWriter), 0);
  EXPECT_EQ(Told(), (Strings{Attr(a)}));
  // One that is published takes the place of what anybody may have looked up meanwhile.
  Write(kRoot, "c", "c");
  EXPECT_EQ(Told(), (Strings{Entry(kRoot, "c"), Entry(kRoot, "c%file")}));
}

TEST_P(FilesystemChangesTest, NothingIsSaidOfDirectoriesThatTheKernelDoesNotKnow) {
  Put("video:d/a", "a");
  Put("video:d/b", "b");
  const uint64_t a = NumberOf("video:d/a");
  Told();
  ASSERT_TRUE(library_.Remove("video:d/a").ok());
  EXPECT_EQ(Told(), (Strings{Bytes(a)}));
  ASSERT_TRUE(entries_->Delete("other:x").ok());
  EXPECT_EQ(Told(), Strings{});
}

TEST_P(FilesystemChangesTest, AFileGetsAnotherNameWithADirectoryBesideIt) {
  Put("video:a", "a");
  Told();
  Put("video:a/b/c", "c");
  EXPECT_EQ(Told(), (Strings{Entry(kRoot, "a"), Entry(kRoot, "a%file")}));
  EXPECT_EQ(ErrorOf("a%file"), 0);
  Put("video:a/d", "d");
  EXPECT_EQ(Told().count(Entry(kRoot, "a")), 0U) << "the directory was there before";
  ASSERT_TRUE(library_.Purge({.prefix = "video:a/"}).ok());
  const Strings told = Told();
  EXPECT_TRUE(told.contains(Entry(kRoot, "a")));
  EXPECT_TRUE(told.contains(Entry(kRoot, "a%file")));
  EXPECT_EQ(ErrorOf("a%file"), ENOENT);
}

TEST_P(FilesystemChangesTest, AnEarlierEndIsTold) {
  Put("video:a", "a");
  const uint64_t a = InodeOf("a");
  Told();
  ASSERT_TRUE(library_.Touch("video:a", 100).ok());
  EXPECT_EQ(Told(), (Strings{Entry(kRoot, "a"), Entry(kRoot, "a%file"), Attr(a)}));
  EXPECT_EQ(ValidOf("a"), 99);
  ASSERT_TRUE(library_.Touch("video:a", 200).ok());  // as every access may
  EXPECT_EQ(Told(), Strings{Attr(a)});
  ASSERT_TRUE(library_.Touch("video:a", std::nullopt).ok());
  EXPECT_EQ(Told(), Strings{Attr(a)});
  ASSERT_TRUE(library_.Update("video:a", {.modified = 5}).ok());
  EXPECT_EQ(Told(), Strings{Attr(a)});
}

TEST_P(FilesystemChangesTest, TooManyChangesAtOnceAreToldAsAll) {
  if (GetParam() == test::Backend::kDisk) {
    GTEST_SKIP() << "as many synced writes take half a minute";
  }
  Put("video:a", "a");
  Put("video:d/b", "b");
  const uint64_t d = InodeOf("d");
  const uint64_t a = InodeOf("a");
  const uint64_t b = InodeOf("d/b");
  Told();
  kernel_.Shut();
  for (size_t i = 0; i < ChangeQueue::kMax + 2; ++i) {
    ASSERT_TRUE(library_.Touch("video:a", std::nullopt).ok());
  }
  kernel_.Open();
  const Strings told = Told();
  for (const std::string& what : {Entry(kRoot, "a"), Entry(d, "b"), Bytes(a), Bytes(b)}) {
    EXPECT_TRUE(told.contains(what)) << what;
  }
}

TEST_P(FilesystemChangesTest, AListingIsReusedUntilANameComesOrGoes) {
  Put("video:a", "a");
  Put("video:d/e/b", "b");
  const uint64_t d = InodeOf("d");
  const uint64_t e = InodeOf("d/e");
  const auto list_all = [&] { return std::vector{Listed(kRoot), Listed(d), Listed(e)}; };
  constexpr auto kNew = ListingUse::kKeep;
  constexpr auto kSame = ListingUse::kReuse;
  using Uses = std::vector<ListingUse>;
  EXPECT_EQ(list_all(), (Uses{kNew, kNew, kNew}));
  EXPECT_EQ(list_all(), (Uses{kSame, kSame, kSame}));
  Put("video:d/c", "c");
  EXPECT_EQ(list_all(), (Uses{kNew, kNew, kSame}));
  ASSERT_TRUE(library_.Remove("video:d/e/b").ok());
  EXPECT_EQ(list_all(), (Uses{kNew, kNew, kNew}));
  ASSERT_TRUE(library_.Touch("video:a", std::nullopt).ok());
  Put("other:a", "x");
  EXPECT_EQ(list_all(), (Uses{kSame, kSame, kSame}));
  Put("video:d/e/b", "b", 60);
  EXPECT_EQ(list_all(), (Uses{kNew, kNew, kNew}));
  clock_.Advance(59);
  EXPECT_EQ(list_all(), (Uses{kSame, kSame, kSame}));
  clock_.Advance(1);
  EXPECT_EQ(list_all(), (Uses{kSame, kSame, kNew}));
  clock_.Advance(240);
  EXPECT_EQ(list_all(), (Uses{kNew, kNew, kSame}));
}

TEST_P(FilesystemChangesTest, AForgottenDirectoryIsListedAnew) {
  Put("video:d/a", "a");
  const uint64_t d = InodeOf("d");
  EXPECT_EQ(Listed(d), ListingUse::kKeep);
  EXPECT_EQ(Listed(d), ListingUse::kReuse);
  filesystem_.Forget(d, 1);
  EXPECT_EQ(InodeOf("d"), d);
  EXPECT_EQ(Listed(d), ListingUse::kKeep);
}

TEST_P(FilesystemChangesTest, ADirectoryShowsWhenItsNamesChanged) {
  const int64_t mounted = clock_.NowSeconds();
  Put("video:d/a", "a");
  Told();
  const uint64_t d = InodeOf("d");
  EXPECT_EQ(TimeOf(d), mounted);

  clock_.Advance(10);
  Put("video:d/b", "b");
  EXPECT_EQ(TimeOf(d), mounted + 10);
  Told();  // whose own name comes to the root
  clock_.Advance(10);
  Put("video:d/e/f/c", "c");  // which brings two directories
  Told();
  const uint64_t e = InodeOf("d/e");
  EXPECT_EQ(TimeOf(d), mounted + 20);
  EXPECT_EQ(TimeOf(e), mounted + 20);

  clock_.Advance(10);
  Put("video:d/e/f/d", "d");
  Told();
  EXPECT_EQ(TimeOf(d), mounted + 20);
  EXPECT_EQ(TimeOf(e), mounted + 20);
  EXPECT_EQ(TimeOf(InodeOf("d/e/f")), mounted + 30);

  clock_.Advance(10);
  ASSERT_TRUE(library_.Update("video:d/a", {.tags = std::vector<std::string>{"t"}}).ok());
  Told();
  EXPECT_EQ(TimeOf(d), mounted + 20);

  clock_.Advance(10);
  ASSERT_TRUE(library_.Purge({.prefix = "video:d/e/"}).ok());
  Told();
  EXPECT_EQ(TimeOf(d), mounted + 50);

  clock_.Advance(10);
  Attributes made;
  ASSERT_EQ(filesystem_.MakeDirectory(d, "g", &made), 0);
  EXPECT_EQ(TimeOf(d), mounted + 60);
  clock_.Advance(10);
  ASSERT_EQ(filesystem_.RemoveDirectory(d, "g"), 0);
  EXPECT_EQ(TimeOf(d), mounted + 70);
}

}  // namespace
}  // namespace reel::mount

#include "fuse/filesystem.h"

#include <fcntl.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "tests/fuse/filesystem_fixture.h"

namespace reel::mount {
namespace {

using FilesystemTest = OnBothBackends<FilesystemFixture>;

INSTANTIATE_TEST_SUITE_P(, FilesystemTest, BothBackends(), test::BackendName);

TEST_P(FilesystemTest, FileAttributes) {
  const VideoInfo info = Put("video:dir/film.mp4", test::RandomBytes(4097, 1));
  clock_.Advance(1000);
  int error = 0;
  const Attributes found = Resolve("dir/film.mp4", &error);
  ASSERT_EQ(error, 0);
  EXPECT_EQ(found.stat.st_mode, S_IFREG | 0444U);
  EXPECT_EQ(found.stat.st_size, 4097);
  EXPECT_EQ(found.stat.st_blocks, 9);
  EXPECT_EQ(found.stat.st_nlink, 1U);
  EXPECT_EQ(found.stat.st_uid, 1234U);
  EXPECT_EQ(found.stat.st_gid, 5678U);
  EXPECT_EQ(found.stat.st_mtim.tv_sec, info.created);
  EXPECT_EQ(found.stat.st_ctim.tv_sec, info.created);
  EXPECT_EQ(found.valid_s, 1);
  Attributes again;
  ASSERT_EQ(filesystem_.GetAttributes(found.stat.st_ino, &again), 0);
  EXPECT_EQ(again.stat.st_ino, found.stat.st_ino);
  EXPECT_EQ(again.stat.st_size, 4097);

  const Attributes directory = Resolve("dir", &error);
  ASSERT_EQ(error, 0);
  EXPECT_EQ(directory.stat.st_mode, S_IFDIR | 0555U);
  ASSERT_EQ(filesystem_.GetAttributes(InodeTable::kRoot, &again), 0);
  EXPECT_EQ(again.stat.st_mode, S_IFDIR | 0555U);
  EXPECT_EQ(again.stat.st_ino, InodeTable::kRoot);
}

TEST_P(FilesystemTest, TheUmaskTakesPermissionsAway) {
  Put("video:dir/film.mp4", "x");
  const struct {
    bool read_only;
    mode_t umask;
    mode_t file;
    mode_t directory;
  } kCases[] = {{true, 0, 0444, 0555},   {true, 027, 0440, 0550},  {true, 0333, 0444, 0444},
                {true, 0777, 0, 0},      {false, 022, 0644, 0755}, {false, 0, 0666, 0777},
                {false, 077, 0600, 0700}};
  for (const auto& one : kCases) {
    FilesystemOptions options = MakeOptions("video:", one.read_only);
    options.umask = one.umask;
    Filesystem masked(&library_, std::move(options), clock_);
    Attributes directory;
    ASSERT_EQ(masked.Lookup(InodeTable::kRoot, "dir", &directory), 0);
    EXPECT_EQ(directory.stat.st_mode, S_IFDIR | one.directory) << one.umask;
    Attributes file;
    ASSERT_EQ(masked.Lookup(directory.stat.st_ino, "film.mp4", &file), 0);
    EXPECT_EQ(file.stat.st_mode, S_IFREG | one.file) << one.umask;
  }
}

TEST_P(FilesystemTest, BlocksRoundUp) {
  const std::vector<std::pair<size_t, blkcnt_t>> cases = {{0, 0}, {1, 1}, {512, 1}, {513, 2}};
  for (const auto& [size, blocks] : cases) {
    Put("video:f", std::string(size, 'x'));
    int error = 0;
    EXPECT_EQ(Resolve("f", &error).stat.st_blocks, blocks) << size;
  }
}

TEST_P(FilesystemTest, ErrorsOfLookupAndOpen) {
  Put("video:a", "file and directory");
  Put("video:a/b", "b");
  Put("audio:x", "of another mode");
  EXPECT_EQ(ErrorOf("missing"), ENOENT);
  EXPECT_EQ(ErrorOf("x"), ENOENT);
  EXPECT_EQ(ErrorOf(".reel/x"), ENOENT);
  EXPECT_EQ(ErrorOf("%"), ENOENT);
  EXPECT_EQ(ErrorOf("b%file"), ENOENT);
  EXPECT_EQ(ErrorOf("a/b%file"), ENOENT) << "b is no directory";
  EXPECT_EQ(ErrorOf("a/b/c"), ENOTDIR);
  EXPECT_EQ(ErrorOf("\xff\xfe"), ENOENT) << "no UTF-8, so no key";
  EXPECT_EQ(ErrorOf(std::string(255, 'x')), ENOENT);
  EXPECT_EQ(ErrorOf(std::string(256, 'x')), ENAMETOOLONG);
  EXPECT_EQ(ErrorOf(std::string(250, 'x') + "%more"), ENOENT);

  Attributes attributes;
  EXPECT_EQ(filesystem_.Lookup(424242, "a", &attributes), ESTALE);
  EXPECT_EQ(filesystem_.GetAttributes(424242, &attributes), ESTALE);

  const uint64_t file = InodeOf("a/b");
  const uint64_t directory = InodeOf("a");
  OpenFile* open_file = nullptr;
  OpenDirectory* open_directory = nullptr;
  for (const int flags : {O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC, O_WRONLY | O_APPEND}) {
    EXPECT_EQ(filesystem_.Open(file, flags, &open_file), EROFS) << flags;
  }
  EXPECT_EQ(filesystem_.Open(directory, O_RDONLY, &open_file), EISDIR);
  EXPECT_EQ(filesystem_.OpenDir(file, &open_directory), ENOTDIR);
  EXPECT_EQ(filesystem_.Open(424242, O_RDONLY, &open_file), ESTALE);
  EXPECT_EQ(filesystem_.OpenDir(424242, &open_directory), ESTALE);
  EXPECT_TRUE(reported_.empty()) << reported_.front().message();
}

TEST_P(FilesystemTest, ReadsAreExactAtEveryBoundary) {
  for (const size_t size : {0, 1, 999, 4095, 4096, 4097, 5000, 12345}) {
    const std::string content = test::RandomBytes(size, size);
    Put("video:f", content);
    OpenFile* file = nullptr;
    ASSERT_EQ(filesystem_.Open(InodeOf("f"), O_RDONLY, &file), 0);
    std::vector<uint64_t> points = {0, 1};
    for (uint64_t edge = 1000; edge <= size + 1000; edge += 1000) {
      points.insert(points.end(), {edge - 1, edge, edge + 1});
    }
    points.insert(points.end(), {size, size + 1, size > 0 ? size - 1 : 0, 1ULL << 40});
    BorrowedBytes bytes;
    for (const uint64_t from : points) {
      for (const uint64_t to : points) {
        if (to < from) {
          continue;
        }
        ASSERT_EQ(filesystem_.Read(*file, from, to - from, &bytes), 0);
        const std::string expected = from < size ? content.substr(from, to - from) : "";
        ASSERT_EQ(bytes.ToString(), expected) << size << ": " << from << " to " << to;
      }
    }
    filesystem_.Release(file);
  }
}

TEST_P(FilesystemTest, OpenHandleKeepsItsGeneration) {  // I7
  const std::string old_content = test::RandomBytes(5000, 1);
  const std::string new_content = test::RandomBytes(7000, 2);
  Put("video:f", old_content);
  const uint64_t old_inode = InodeOf("f");
  OpenFile* file = nullptr;
  ASSERT_EQ(filesystem_.Open(old_inode, O_RDONLY, &file), 0);

  Put("video:f", new_content);
  BorrowedBytes bytes;
  ASSERT_EQ(filesystem_.Read(*file, 0, 10000, &bytes), 0);
  EXPECT_EQ(bytes.ToString(), old_content);
  Attributes attributes;
  ASSERT_EQ(filesystem_.GetAttributes(old_inode, &attributes), 0);
  EXPECT_EQ(attributes.stat.st_size, 5000);
  EXPECT_EQ(attributes.stat.st_nlink, 0U);
  OpenFile* second = nullptr;
  EXPECT_EQ(filesystem_.Open(old_inode, O_RDONLY, &second), ESTALE);

  const uint64_t new_inode = InodeOf("f");
  EXPECT_NE(new_inode, old_inode);
  EXPECT_EQ(ReadAll(new_inode), new_content);

  ASSERT_TRUE(library_.Remove("video:f").ok());
  ASSERT_EQ(filesystem_.Read(*file, 4000, 10000, &bytes), 0);
  EXPECT_EQ(bytes.ToString(), old_content.substr(4000));
  filesystem_.Release(file);
  EXPECT_EQ(filesystem_.GetAttributes(old_inode, &attributes), ENOENT);
}

TEST_P(FilesystemTest, OverwrittenInodeIsStale) {
  Put("video:f", "old");
  const uint64_t inode = InodeOf("f");
  Put("video:f", "new");
  Attributes attributes;
  OpenFile* file = nullptr;
  EXPECT_EQ(filesystem_.GetAttributes(inode, &attributes), ESTALE);
  EXPECT_EQ(filesystem_.Open(inode, O_RDONLY, &file), ESTALE);
  EXPECT_EQ(ReadAll(InodeOf("f")), "new");
}

TEST_P(FilesystemTest, ExpiryIsHonouredToTheSecond) {
  Put("video:dir/f", "bytes", 100);
  int error = 0;
  const Attributes found = Resolve("dir/f", &error);
  ASSERT_EQ(error, 0);
  EXPECT_EQ(found.valid_s, 1);
  OpenFile* file = nullptr;
  ASSERT_EQ(filesystem_.Open(found.stat.st_ino, O_RDONLY, &file), 0);

  clock_.Advance(99);
  const Attributes last = Resolve("dir/f", &error);
  ASSERT_EQ(error, 0);
  EXPECT_EQ(last.valid_s, 0) << "the kernel must not believe in it past its end";

  clock_.Advance(1);
  EXPECT_EQ(ErrorOf("dir/f"), ENOENT);
  EXPECT_EQ(ErrorOf("dir"), ENOENT);
  EXPECT_TRUE(List(InodeTable::kRoot).empty());
  OpenFile* second = nullptr;
  EXPECT_EQ(filesystem_.Open(found.stat.st_ino, O_RDONLY, &second), ENOENT);
  BorrowedBytes bytes;
  EXPECT_EQ(filesystem_.Read(*file, 0, 100, &bytes), 0);
  EXPECT_EQ(bytes.ToString(), "bytes") << "an open reader reads on (I7)";
  filesystem_.Release(file);
}

TEST_P(FilesystemTest, ForgottenInodesLeaveTheTable) {
  Put("video:a/b/c", "1");
  Put("video:a/d", "2");
  EXPECT_EQ(filesystem_.inode_count(), 1U);
  for (int round = 0; round < 3; ++round) {
    Attributes a;
    Attributes b;
    Attributes c;
    ASSERT_EQ(filesystem_.Lookup(InodeTable::kRoot, "a", &a), 0);
    ASSERT_EQ(filesystem_.Lookup(a.stat.st_ino, "b", &b), 0);
    ASSERT_EQ(filesystem_.Lookup(b.stat.st_ino, "c", &c), 0);
    EXPECT_EQ(filesystem_.inode_count(), 4U);
    for (const Attributes& each : {a, b, c}) {
      filesystem_.Forget(each.stat.st_ino, 1);
    }
    EXPECT_EQ(filesystem_.inode_count(), 1U);
  }
}

TEST_P(FilesystemTest, HandlesLeftOpenAreClosedWithTheFilesystem) {
  Put("video:a/b", "1");
  {
    Filesystem other(&library_, FilesystemOptions{}, clock_);
    Attributes a;
    Attributes b;
    ASSERT_EQ(other.Lookup(InodeTable::kRoot, "a", &a), 0);
    ASSERT_EQ(other.Lookup(a.stat.st_ino, "b", &b), 0);
    OpenFile* file = nullptr;
    OpenDirectory* directory = nullptr;
    ASSERT_EQ(other.Open(b.stat.st_ino, O_RDONLY, &file), 0);
    ASSERT_EQ(other.OpenDir(a.stat.st_ino, &directory), 0);
  }
  EXPECT_EQ(ReadAll(InodeOf("a/b")), "1");
}

TEST_P(FilesystemTest, ThreadsSeeWholeGenerationsOnly) {
  const std::vector<std::string> contents = {test::RandomBytes(7000, 1), test::RandomBytes(100, 2),
                                             test::RandomBytes(5001, 3)};
  Put("video:d/f", contents[0]);
  std::atomic<bool> done = false;
  std::atomic<int> whole = 0;
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      BorrowedBytes bytes;
      while (!done) {
        Attributes directory;
        Attributes found;
        ASSERT_EQ(filesystem_.Lookup(InodeTable::kRoot, "d", &directory), 0);
        ASSERT_EQ(filesystem_.Lookup(directory.stat.st_ino, "f", &found), 0);
        OpenFile* file = nullptr;
        const int error = filesystem_.Open(found.stat.st_ino, O_RDONLY, &file);
        ASSERT_TRUE(error == 0 || error == ESTALE) << error;
        if (error == 0) {
          std::string text;
          do {
            ASSERT_EQ(filesystem_.Read(*file, text.size(), 1500, &bytes), 0);
            text += bytes.ToString();
          } while (bytes.size() != 0);
          ASSERT_TRUE(std::find(contents.begin(), contents.end(), text) != contents.end());
          ASSERT_EQ(text.size(), static_cast<size_t>(found.stat.st_size));
          filesystem_.Release(file);
          ++whole;
        }
        EXPECT_EQ(List(directory.stat.st_ino).size(), 1U);
        filesystem_.Forget(found.stat.st_ino, 1);
        filesystem_.Forget(directory.stat.st_ino, 1);
      }
    });
  }
  for (int i = 0; i < 300 || (whole < 100 && i < 100000); ++i) {
    Put("video:d/f", contents[static_cast<size_t>(i) % contents.size()]);
  }
  done = true;
  for (std::thread& reader : readers) {
    reader.join();
  }
  EXPECT_GT(whole, 0);
  EXPECT_EQ(filesystem_.inode_count(), 1U);
}

/// A namespace whose values are all damaged.
class DamagedView final : public EntryView {
 public:
  explicit DamagedView(Entry entry) : entry_(std::move(entry)) {}
  [[nodiscard]] const Entry& entry() const override { return entry_; }
  Status ReadValue(uint64_t /*offset*/, uint64_t /*length*/, BorrowedBytes* out) const override {
    out->Append("bytes before the damage");
    return {Code::kCorruption, "page 3 of \"" + entry_.key + "\" is damaged (restore it)"};
  }
  Status ReadChunk(uint32_t /*index*/, uint64_t offset, uint64_t length,
                   BorrowedBytes* out) const override {
    return ReadValue(offset, length, out);
  }
  [[nodiscard]] Result<Hash128> ChunkHash(uint32_t /*index*/) const override { return Hash128(); }
  Status Repair(std::optional<uint32_t> /*chunk*/, std::string_view /*bytes*/) const override {
    return {Code::kReadOnly, "no"};
  }
  [[nodiscard]] uint32_t page_size() const override { return 4096; }

 private:
  Entry entry_;
};

class DamagedNamespace final : public KvNamespace {
 public:
  explicit DamagedNamespace(KvNamespace* base) : base_(base) {}
  Result<Entry> Stat(std::string_view key) const override { return base_->Stat(key); }
  Result<std::unique_ptr<EntryView>> Open(std::string_view key,
                                          Caching /*caching*/) const override {
    auto entry = base_->Stat(key);
    if (!entry.ok()) {
      return entry.status();
    }
    return std::unique_ptr<EntryView>(std::make_unique<DamagedView>(*std::move(entry)));
  }
  Result<ListPage> List(const ListOptions& options) const override { return base_->List(options); }
  Result<TagPage> ListTags(std::string_view start_after, uint32_t limit) const override {
    return base_->ListTags(start_after, limit);
  }
  Result<std::unique_ptr<EntryWriter>> NewWriter(std::string_view /*key*/,
                                                 uint64_t /*chunk_size*/) override {
    return Status(Code::kReadOnly, "no");
  }
  Result<bool> Delete(std::string_view /*key*/) override { return Status(Code::kReadOnly, "no"); }
  Status Apply(std::span<const Mutation> /*batch*/) override { return {Code::kReadOnly, "no"}; }
  Result<Entry> Relabel(const Relabeling& /*relabeling*/) override {
    return Status(Code::kReadOnly, "no");
  }
  std::unique_ptr<ChangeSubscription> Subscribe(ChangeListener listener) override {
    return base_->Subscribe(std::move(listener));
  }
  Result<RemovedVideos> RemoveExpired(uint32_t /*limit*/) override {
    return Status(Code::kReadOnly, "no");
  }
  int64_t NowSeconds() const override { return base_->NowSeconds(); }
  Result<KvCount> Count(std::string_view prefix) const override { return base_->Count(prefix); }

 private:
  KvNamespace* base_;
};

TEST_P(FilesystemTest, DamageIsAnErrorAndNeverBytes) {
  Put("video:f", "short enough for one entry");
  DamagedNamespace damaged(entries_.get());
  VideoLibrary library(&damaged, {.chunking = SmallChunks()});
  Filesystem filesystem(&library, MakeOptions("video:"), clock_);
  Attributes found;
  ASSERT_EQ(filesystem.Lookup(InodeTable::kRoot, "f", &found), 0);
  OpenFile* file = nullptr;
  ASSERT_EQ(filesystem.Open(found.stat.st_ino, O_RDONLY, &file), 0);
  BorrowedBytes bytes;
  EXPECT_EQ(filesystem.Read(*file, 0, 10, &bytes), EIO);
  EXPECT_EQ(bytes.size(), 0U);
  ASSERT_EQ(reported_.size(), 1U);
  EXPECT_NE(reported_[0].message().find("page 3"), std::string::npos);
}

}  // namespace
}  // namespace reel::mount

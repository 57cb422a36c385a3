// What the file system's tests share: a namespace, a clock to move, a tree to walk.
#pragma once

#include <gtest/gtest.h>
#include <reel/kv.h>
#include <reel/video.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuse/filesystem.h"
#include "tests/engine/kv/namespace_fixture.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"
#include "tests/support/test_bytes.h"

namespace reel::mount {

class FilesystemFixture : public testing::Test {
 protected:
  explicit FilesystemFixture(test::Backend backend = test::Backend::kMemory,
                             std::string prefix = "video:", bool read_only = true)
      : entries_(backend),
        filesystem_(&library_, MakeOptions(std::move(prefix), read_only), clock_) {}

  /// Threads 10 to 19 belong to process 10 and so on, and all live that are not in `ended_`.
  FilesystemOptions MakeOptions(std::string prefix, bool read_only = true) {
    FilesystemOptions options;
    options.read_only = read_only;
    options.store_directory = store_directory_.path();
    options.process_of = [](pid_t thread) { return thread / 10 * 10; };
    options.is_alive = [this](pid_t process) { return !ended_.contains(process); };
    options.prefix = std::move(prefix);
    options.uid = 1234;
    options.gid = 5678;
    options.texts.stats = [this] { return stats_; };
    options.texts.config = [] { return std::string("{}\n"); };
    options.report = [this](const Status& status) { reported_.push_back(status); };
    return options;
  }

  static ChunkingOptions SmallChunks() {
    ChunkingOptions options;
    options.size_threshold = 4096;
    options.chunk_size = 1000;
    return options;
  }

  VideoInfo Put(const std::string& key, const std::string& content,
                std::optional<int64_t> ttl_s = std::nullopt) {
    VideoAttributes attributes;
    attributes.ttl = ttl_s;
    auto writer = library_.NewWriter(key, attributes);
    EXPECT_TRUE(writer.ok()) << writer.status().message();
    EXPECT_TRUE((*writer)->Append(content).ok());
    auto info = (*writer)->Commit();
    EXPECT_TRUE(info.ok()) << info.status().message();
    return *info;
  }

  /// Looks a path up name by name, as the kernel does; the errno in `error`. Lookups are not
  /// forgotten.
  Attributes Resolve(std::string_view path, int* error) {
    Attributes at;
    at.stat.st_ino = InodeTable::kRoot;
    *error = 0;
    while (!path.empty() && *error == 0) {
      const size_t slash = std::min(path.find('/'), path.size());
      Attributes next;
      *error = filesystem_.Lookup(at.stat.st_ino, path.substr(0, slash), &next);
      at = next;
      path.remove_prefix(std::min(slash + 1, path.size()));
    }
    return at;
  }

  int ErrorOf(std::string_view path) {
    int error = 0;
    Resolve(path, &error);
    return error;
  }

  uint64_t InodeOf(std::string_view path) {
    int error = 0;
    const Attributes found = Resolve(path, &error);
    EXPECT_EQ(error, 0) << path;
    return found.stat.st_ino;
  }

  std::string ReadAll(uint64_t inode) {
    OpenFile* file = nullptr;
    EXPECT_EQ(filesystem_.Open(inode, 0, &file), 0);
    if (file == nullptr) {
      return "(not opened)";
    }
    std::string out;
    BorrowedBytes bytes;
    do {
      EXPECT_EQ(filesystem_.Read(*file, out.size(), 1777, &bytes), 0);
      out += bytes.ToString();
    } while (bytes.size() != 0);
    filesystem_.Release(file);
    return out;
  }

  struct Listed {
    std::string name;
    uint64_t inode = 0;
    mode_t mode = 0;
    uint64_t next_offset = 0;
  };

  /// At most `most` entries of an open directory from `offset` on.
  std::vector<Listed> ReadSome(OpenDirectory* directory, uint64_t offset, size_t most,
                               bool count_lookups = false) {
    std::vector<Listed> out;
    EXPECT_EQ(
        filesystem_.ReadDir(directory, offset, count_lookups,
                            [&](const DirectoryEntry& entry) {
                              if (out.size() == most) {
                                return false;
                              }
                              out.push_back({std::string(entry.name), entry.attributes.stat.st_ino,
                                             entry.attributes.stat.st_mode, entry.next_offset});
                              return true;
                            }),
        0);
    return out;
  }

  /// All entries, dots left out, fetched a few at a time.
  std::vector<Listed> List(uint64_t inode, size_t batch = 7) {
    OpenDirectory* directory = nullptr;
    EXPECT_EQ(filesystem_.OpenDir(inode, &directory), 0);
    std::vector<Listed> out;
    if (directory == nullptr) {
      return out;
    }
    uint64_t offset = 0;
    for (;;) {
      const auto some = ReadSome(directory, offset, batch);
      if (some.empty()) {
        break;
      }
      offset = some.back().next_offset;
      for (const Listed& entry : some) {
        if (entry.name != "." && entry.name != "..") {
          out.push_back(entry);
        }
      }
    }
    filesystem_.ReleaseDir(directory);
    return out;
  }

  /// Path and content of every file beneath `top`, found by walking. Each name must be shown once
  /// and look up to the inode that the listing showed.
  std::map<std::string, std::string> Walk(uint64_t top = InodeTable::kRoot) {
    std::map<std::string, std::string> files;
    std::vector<std::pair<std::string, uint64_t>> todo = {{"", top}};
    while (!todo.empty()) {
      const auto [path, inode] = todo.back();
      todo.pop_back();
      const auto entries = List(inode);
      EXPECT_TRUE(path.empty() || !entries.empty()) << "empty directory " << path;
      std::map<std::string, int> seen;
      for (const Listed& entry : entries) {
        const std::string child = JoinPath(path, entry.name);
        EXPECT_EQ(++seen[entry.name], 1) << child;
        Attributes attributes;
        EXPECT_EQ(filesystem_.Lookup(inode, entry.name, &attributes), 0) << child;
        EXPECT_EQ(attributes.stat.st_ino, entry.inode) << child;
        EXPECT_EQ(attributes.stat.st_mode, entry.mode) << child;
        if (S_ISDIR(entry.mode)) {
          todo.emplace_back(child, attributes.stat.st_ino);
        } else {
          files[child] = ReadAll(attributes.stat.st_ino);
          EXPECT_EQ(static_cast<size_t>(attributes.stat.st_size), files[child].size()) << child;
        }
      }
    }
    return files;
  }

  test::TempDirectory store_directory_;
  std::set<pid_t> ended_;
  test::NamespaceUnderTest entries_;
  test::FakeClock& clock_ = entries_.clock();
  VideoLibrary library_{entries_.get(), {.chunking = SmallChunks()}};
  std::vector<Status> reported_;
  Result<std::string> stats_ = std::string("{\"videos\":1}\n");
  Filesystem filesystem_;
};

/// A fixture whose tests run on a namespace in memory and on one on disk.
template <typename Fixture>
class OnBothBackends : public Fixture, public testing::WithParamInterface<test::Backend> {
 protected:
  OnBothBackends() : Fixture(this->GetParam()) {}
};

inline auto BothBackends() {
  return testing::Values(test::Backend::kMemory, test::Backend::kDisk);
}

}  // namespace reel::mount

// Files of the mount that are written and read as programs do it, and checked byte by byte.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/told_file.h"

namespace reel::test {

using Random = std::mt19937_64;

/// Asserts that errno, of a call on `path` that failed, is one of `due`.
inline void ExpectDue(const std::string& path, std::initializer_list<int> due) {
  const int error = errno;
  EXPECT_TRUE(std::find(due.begin(), due.end(), error) != due.end())
      << path << ": " << std::strerror(error);
}

/// Whether a call on `path` returned 0; asserts that otherwise its errno is one of `due`.
inline bool ExpectDone(int result, const std::string& path, std::initializer_list<int> due = {}) {
  if (result != 0) {
    ExpectDue(path, due);
  }
  return result == 0;
}

/// An open file that closes itself. What its methods find wrong are failures of the test.
class OpenedFile {
 public:
  /// `flags` as for open(2); errno says why if it is not ok().
  OpenedFile(std::string path, int flags)
      : path_(std::move(path)), fd_(open(path_.c_str(), flags | O_CLOEXEC, 0666)) {}
  ~OpenedFile() {
    if (fd_ >= 0) {
      close(fd_);
    }
  }
  OpenedFile(const OpenedFile&) = delete;
  OpenedFile& operator=(const OpenedFile&) = delete;

  [[nodiscard]] bool ok() const { return fd_ >= 0; }

  /// All bytes, in order or not, and the close that stores them.
  void Write(const ToldFile& told, Random* random) {
    std::vector<uint64_t> pieces;
    const uint64_t piece = 5'000 + (*random)() % 300'000;
    for (uint64_t offset = 0; offset < told.size; offset += piece) {
      pieces.push_back(offset);
    }
    if ((*random)() % 3 == 0) {
      std::shuffle(pieces.begin(), pieces.end(), *random);
    }
    std::string bytes;
    for (const uint64_t offset : pieces) {
      bytes.resize(std::min(piece, told.size - offset));
      told.Fill(offset, bytes);
      EXPECT_EQ(pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset)),
                static_cast<ssize_t>(bytes.size()))
          << path_ << ": " << std::strerror(errno);
    }
    ExpectDone(close(std::exchange(fd_, -1)), path_);
  }

  /// What the file says that it is; nothing, with a failure, unless that can be true.
  [[nodiscard]] std::optional<ToldFile> Head(uint64_t owner) const {
    struct stat found {};
    if (!ExpectDone(fstat(fd_, &found), path_)) {
      return std::nullopt;
    }
    std::string head(ToldFile::kHeadBytes, '\0');
    const auto told = pread(fd_, head.data(), head.size(), 0) == static_cast<ssize_t>(head.size())
                          ? ToldFile::Of(head)
                          : std::nullopt;
    EXPECT_TRUE(told) << path_ << " does not begin as any file that was stored";
    if (told) {
      EXPECT_EQ(told->owner, owner) << path_;
      EXPECT_EQ(told->size, static_cast<uint64_t>(found.st_size)) << path_;
    }
    return told;
  }

  /// Reads in one of the ways that programs do, and tells `step` before each. Returns how many
  /// bytes were compared. Never by a mapping: a page fault holds the lock of the whole address
  /// space, which the threads that answer for a mount of the same process wait for.
  uint64_t Check(uint64_t owner, Random* random, const std::function<void(const char*)>& step) {
    const auto told = Head(owner);
    if (!told) {
      return 0;
    }
    compared_ = 0;
    if ((*random)() % 2 == 0) {
      // Or most bytes would come from the page cache.
      posix_fadvise(fd_, 0, 0, POSIX_FADV_DONTNEED);
    }
    switch ((*random)() % 3) {
      case 0: {
        const uint64_t piece = 4'096 + (*random)() % 250'000;
        for (uint64_t offset = 0; offset < told->size; offset += piece) {
          step("reads in order");
          CheckRange(*told, offset, piece);
        }
        break;
      }
      case 1:
        step("reads head and tail");
        CheckRange(*told, 0, 64'000);
        CheckRange(*told, told->size - std::min<uint64_t>(told->size, 64'000), 64'000);
        break;
      default:
        for (uint64_t i = (*random)() % 16; i > 0; --i) {
          step("reads anywhere");
          CheckRange(*told, (*random)() % told->size, 1 + (*random)() % 70'000);
        }
    }
    char behind = 0;
    EXPECT_EQ(pread(fd_, &behind, 1, static_cast<off_t>(told->size)), 0) << path_;
    return compared_;
  }

 private:
  void Compare(const ToldFile& told, uint64_t offset, std::string_view bytes) {
    std::string expected(bytes.size(), '\0');
    told.Fill(offset, expected);
    if (bytes != expected) {
      const auto at = std::mismatch(bytes.begin(), bytes.end(), expected.begin()).first;
      ADD_FAILURE() << path_ << ": a wrong byte at "
                    << offset + static_cast<uint64_t>(at - bytes.begin()) << " of " << told.size;
    }
    compared_ += bytes.size();
  }

  /// A range, cut at the end of the file.
  void CheckRange(const ToldFile& told, uint64_t offset, uint64_t length) {
    std::string bytes(length, '\0');
    const ssize_t count = pread(fd_, bytes.data(), length, static_cast<off_t>(offset));
    ASSERT_GE(count, 0) << path_ << ": " << std::strerror(errno);
    bytes.resize(static_cast<size_t>(count));
    EXPECT_EQ(bytes.size(), std::min(length, told.size - std::min(offset, told.size))) << path_;
    Compare(told, offset, bytes);
  }

  const std::string path_;
  int fd_;
  uint64_t compared_ = 0;
};

}  // namespace reel::test

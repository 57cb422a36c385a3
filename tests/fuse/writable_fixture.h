// A file system that may be written to, as the kernel would: by two processes.
#pragma once

#include <fcntl.h>

#include <string>
#include <string_view>

#include "tests/fuse/filesystem_fixture.h"

namespace reel::mount {

class WritableFixture : public FilesystemFixture {
 protected:
  static constexpr pid_t kWriter = 10;  // its other threads: 11 to 19
  static constexpr pid_t kOther = 20;

  explicit WritableFixture(test::Backend backend = test::Backend::kMemory)
      : FilesystemFixture(backend, "video:", /*read_only=*/false) {}

  OpenFile* Create(uint64_t parent, std::string_view name, pid_t caller = kWriter, int flags = 0) {
    Attributes entry;
    OpenFile* file = nullptr;
    EXPECT_EQ(filesystem_.Create(parent, name, O_CREAT | O_RDWR | flags, caller, &entry, &file), 0)
        << name;
    return file;
  }

  int CreateError(uint64_t parent, std::string_view name, pid_t caller = kWriter, int flags = 0) {
    Attributes entry;
    OpenFile* file = nullptr;
    return filesystem_.Create(parent, name, O_CREAT | O_RDWR | flags, caller, &entry, &file);
  }

  /// close(2) of the only descriptor.
  int Close(OpenFile* file, pid_t caller = kWriter) {
    const int error = filesystem_.Flush(*file, caller);
    filesystem_.Release(file);
    return error;
  }

  /// A whole file, as cp writes it.
  void Write(uint64_t parent, std::string_view name, std::string_view content) {
    OpenFile* file = Create(parent, name);
    ASSERT_NE(file, nullptr);
    EXPECT_EQ(filesystem_.Write(*file, 0, content), 0);
    EXPECT_EQ(Close(file), 0);
  }

  int ErrorFor(pid_t caller, std::string_view name) {
    Attributes found;
    return filesystem_.Lookup(InodeTable::kRoot, name, &found, caller);
  }

  Attributes FoundBy(pid_t caller, std::string_view name) {
    Attributes found;
    EXPECT_EQ(filesystem_.Lookup(InodeTable::kRoot, name, &found, caller), 0) << name;
    return found;
  }

  /// open(2) with O_TRUNC, the kernel's second lookup included.
  OpenFile* OpenTruncated(std::string_view name, pid_t caller = kWriter) {
    OpenFile* file = nullptr;
    EXPECT_EQ(
        filesystem_.Open(FoundBy(caller, name).stat.st_ino, O_WRONLY | O_TRUNC, &file, caller),
        ESTALE);
    EXPECT_EQ(
        filesystem_.Open(FoundBy(caller, name).stat.st_ino, O_WRONLY | O_TRUNC, &file, caller), 0);
    return file;
  }

  std::string Content(std::string_view path) { return ReadAll(InodeOf(path)); }

  std::string ReadFrom(const OpenFile& file, uint64_t offset, uint64_t length) {
    BorrowedBytes bytes;
    EXPECT_EQ(filesystem_.Read(file, offset, length, &bytes), 0);
    return bytes.ToString();
  }

  std::vector<std::string> Names(uint64_t inode) {
    std::vector<std::string> names;
    for (const Listed& entry : List(inode)) {
      names.push_back(entry.name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }
};

}  // namespace reel::mount

// The file system without libfuse: what the kernel asks, answered from a library of videos.
#pragma once

#include <reel/clock.h>
#include <reel/status.h>
#include <reel/types.h>
#include <reel/video.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "fuse/directory_stream.h"
#include "fuse/inode_table.h"
#include "fuse/key_tree.h"

namespace reel::mount {

struct FilesystemOptions {
  /// Shows the keys that begin with this, without it.
  std::string prefix = "video:";
  uid_t uid = 0;
  gid_t gid = 0;
  /// Told of every failure that is the store's fault; programs see no more than EIO. Called from
  /// any thread.
  std::function<void(const Status&)> report;
};

/// Attributes of an inode, and for how long the kernel may believe in them.
struct Attributes {
  struct stat stat {};
  double valid_s = 0;
};

/// A file being read. It stays with the generation that it was opened at (I7).
class OpenFile {
 public:
  OpenFile(uint64_t inode, std::unique_ptr<VideoReader> reader)
      : inode_(inode), reader_(std::move(reader)) {}

  [[nodiscard]] uint64_t inode() const { return inode_; }
  [[nodiscard]] const VideoReader& reader() const { return *reader_; }

 private:
  uint64_t inode_;
  std::unique_ptr<VideoReader> reader_;
};

/// A directory being listed.
class OpenDirectory;

struct DirectoryEntry {
  std::string_view name;
  Attributes attributes;
  /// Where a listing goes on behind this entry.
  uint64_t next_offset = 0;
  /// "." and "..", which are no lookups.
  bool is_dot = false;
};

/// Read-only. Thread-safe. Every call returns 0 or an errno. Outlived by the library and the clock;
/// handles still open when it is destroyed are closed with it.
class Filesystem {
 public:
  Filesystem(const VideoLibrary& library, FilesystemOptions options,
             const Clock& clock = Clock::System());
  ~Filesystem();
  Filesystem(const Filesystem&) = delete;
  Filesystem& operator=(const Filesystem&) = delete;

  /// Finds `name` in the directory `parent` and counts one lookup of its inode.
  int Lookup(uint64_t parent, std::string_view name, Attributes* out);

  void Forget(uint64_t inode, uint64_t lookups);

  /// ESTALE when the video was overwritten since `inode` was looked up: a new lookup finds the new
  /// one. While a file is open its inode keeps its attributes, with no links.
  int GetAttributes(uint64_t inode, Attributes* out);

  /// `flags` as for open(2); EROFS for all that would write. ESTALE as above. The handle is valid
  /// until Release.
  int Open(uint64_t inode, int flags, OpenFile** out);

  /// Lends verified bytes of the file, short only at its end; EIO rather than wrong ones (I2).
  int Read(const OpenFile& file, uint64_t offset, uint64_t length, BorrowedBytes* out) const;

  void Release(OpenFile* file);

  int OpenDir(uint64_t inode, OpenDirectory** out);

  /// Hands out the entries from `offset` on until `accept` refuses one or there are no more. Offset
  /// 0 begins anew. With `count_lookups`, every entry accepted is a lookup of its inode, "." and
  /// ".." excepted.
  int ReadDir(OpenDirectory* directory, uint64_t offset, bool count_lookups,
              const std::function<bool(const DirectoryEntry&)>& accept);

  void ReleaseDir(OpenDirectory* directory);

  /// Inodes that the kernel has not forgotten, the root among them.
  [[nodiscard]] size_t inode_count() const { return inodes_.size(); }

 private:
  int Fail(const Status& status) const;
  int Resolve(const Directory& parent, std::string_view name, Inode* out) const;
  int Exists(const Directory& directory) const;
  [[nodiscard]] Attributes AttributesOf(uint64_t number, const Inode& inode, bool linked) const;
  [[nodiscard]] bool IsOpen(uint64_t inode) const;

  FilesystemOptions options_;
  const Clock& clock_;
  KeyTree tree_;
  int64_t mounted_at_;
  InodeTable inodes_;

  mutable std::mutex handles_mutex_;
  std::unordered_map<OpenFile*, std::unique_ptr<OpenFile>> files_;
  std::unordered_map<uint64_t, uint64_t> open_counts_;
  std::unordered_map<OpenDirectory*, std::unique_ptr<OpenDirectory>> directories_;
};

}  // namespace reel::mount

// The file system without libfuse: what the kernel asks, answered from a library of videos.
#pragma once

#include <reel/clock.h>
#include <reel/status.h>
#include <reel/types.h>
#include <reel/video.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fuse/directory_stream.h"
#include "fuse/drafts.h"
#include "fuse/inode_table.h"
#include "fuse/key_tree.h"
#include "fuse/made_directories.h"
#include "fuse/process_id.h"

namespace reel::mount {

struct FilesystemOptions {
  /// Shows the keys that begin with this, without it.
  std::string prefix = "video:";
  uid_t uid = 0;
  gid_t gid = 0;
  /// Permission bits that nothing in the tree has.
  mode_t umask = 022;
  /// EROFS for all that would write.
  bool read_only = true;
  /// The store's, whose disk's numbers statfs tells, and where files are kept while they are being
  /// written. REQUIRES unless read_only: not empty.
  std::string store_directory;
  /// The process of a thread, by which drafts are told apart.
  std::function<pid_t(pid_t thread)> process_of = ProcessOf;
  std::function<bool(pid_t process)> is_alive = IsAlive;
  /// Told of every failure that is the store's fault; programs see no more than EIO. Called from
  /// any thread.
  std::function<void(const Status&)> report;
};

/// Attributes of an inode, and for how long the kernel may believe in them.
struct Attributes {
  struct stat stat {};
  double valid_s = 0;
};

/// A file that somebody has open: a video, at the generation that it was opened at (I7), or a
/// draft.
class OpenFile {
 public:
  OpenFile(uint64_t inode, std::unique_ptr<VideoReader> reader, bool may_try_to_write)
      : inode_(inode), reader_(std::move(reader)), may_try_to_write_(may_try_to_write) {}
  explicit OpenFile(std::shared_ptr<Draft> draft)
      : inode_(draft->number()), draft_(std::move(draft)) {}

  [[nodiscard]] uint64_t inode() const { return inode_; }
  /// REQUIRES: no draft.
  [[nodiscard]] const VideoReader& reader() const { return *reader_; }
  /// Null for a video.
  [[nodiscard]] Draft* draft() const { return draft_.get(); }
  /// A video that was opened for writing too. Its bytes must not come by the page cache, where a
  /// shared mapping could change them for everybody.
  [[nodiscard]] bool may_try_to_write() const { return may_try_to_write_; }

 private:
  uint64_t inode_;
  std::unique_ptr<VideoReader> reader_;
  bool may_try_to_write_ = false;
  std::shared_ptr<Draft> draft_;
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

/// What setattr(2) and its kin ask for; unset stays.
struct AttributeChanges {
  std::optional<uint64_t> size;
  /// Seconds since the epoch.
  std::optional<int64_t> modified;
};

/// Thread-safe. Every call returns 0 or an errno. Outlived by the library and the clock; handles
/// still open when it is destroyed are closed with it. `caller` is the thread that asks, 0 for none
/// that writes; a draft is there by name for the process that began it, and for no other.
class Filesystem {
 public:
  Filesystem(VideoLibrary* library, FilesystemOptions options,
             const Clock& clock = Clock::System());
  ~Filesystem();
  Filesystem(const Filesystem&) = delete;
  Filesystem& operator=(const Filesystem&) = delete;

  /// Finds `name` in the directory `parent` and counts one lookup of its inode.
  int Lookup(uint64_t parent, std::string_view name, Attributes* out, pid_t caller = 0);

  void Forget(uint64_t inode, uint64_t lookups);

  /// ESTALE when the video was overwritten since `inode` was looked up: a new lookup finds the new
  /// one. While a file is open its inode keeps its attributes, with no links.
  int GetAttributes(uint64_t inode, Attributes* out);

  /// `flags` as for open(2). The handle is valid until Release. ESTALE as above, and for O_TRUNC of
  /// a video, or writing to an empty one: a draft was begun, which a new lookup by the same caller
  /// finds. (The kernel makes that lookup by itself. Truncated in place, its inode would end early
  /// for all who read it.) EPERM for writing into any other video.
  int Open(uint64_t inode, int flags, OpenFile** out, pid_t caller = 0);

  /// Lends verified bytes of the file, short only at its end; EIO rather than wrong ones (I2).
  int Read(const OpenFile& file, uint64_t offset, uint64_t length, BorrowedBytes* out) const;

  /// The last descriptor is gone. Publishes what changed since the last Flush; failing to is only
  /// reported. What a Flush failed to publish stays unpublished.
  void Release(OpenFile* file);

  /// Begins a draft and counts one lookup of its inode. What is there under that name stays until
  /// the draft is published. EEXIST with O_EXCL in `flags` when there is a video, or anybody's
  /// draft.
  int Create(uint64_t parent, std::string_view name, int flags, pid_t caller, Attributes* entry,
             OpenFile** out);

  /// Any part of a draft; EPERM for a video.
  int Write(const OpenFile& file, uint64_t offset, std::string_view bytes);

  /// `caller` closed a descriptor: publishes a draft that changed, in one step (I1), durably. On an
  /// error nothing is published, and what was there before stays. Nothing is done where the process
  /// that began the draft still lives and is another one: every child that inherited a descriptor
  /// closes it, long before the file is whole.
  int Flush(const OpenFile& file, pid_t caller);

  /// Returns when what was written is on the disk. It is published only by Flush.
  int Sync(const OpenFile& file);

  /// Of drafts and videos the time of modification, which directories do not keep; of drafts the
  /// size too. EPERM for another size of a video.
  int SetAttributes(uint64_t inode, const AttributeChanges& changes, Attributes* out);

  int Unlink(uint64_t parent, std::string_view name, pid_t caller);

  /// Gives a video another name in one durable step, in the place of what was there; its inode
  /// stays. With RENAME_NOREPLACE in `flags`, EEXIST when there is one; other flags are EINVAL.
  /// EXDEV for directories, for drafts, and where the store cannot do it in one step: mv copies
  /// then.
  int Rename(uint64_t parent, std::string_view name, uint64_t new_parent, std::string_view new_name,
             unsigned flags, pid_t caller);

  /// A directory that lives as long as the mount, or as there are videos in it. Counts one lookup.
  int MakeDirectory(uint64_t parent, std::string_view name, Attributes* out);

  int RemoveDirectory(uint64_t parent, std::string_view name);

  // Extended attributes (fuse/video_xattrs.h), of videos only. `user.reel.tags` and `user.reel.ttl`
  // can be set, and removed: then the derived tags are left, and no end; EPERM for the others,
  // EOPNOTSUPP for names that do not begin with user.reel. (ENODATA to get or remove).

  /// Each name followed by a null byte.
  int ListXattrs(uint64_t inode, std::string* out) const;
  int GetXattr(uint64_t inode, std::string_view name, std::string* out) const;
  /// `flags` as for setxattr(2). EINVAL for a value that is none.
  int SetXattr(uint64_t inode, std::string_view name, std::string_view value, int flags);
  int RemoveXattr(uint64_t inode, std::string_view name);

  /// As statvfs(3), of the disk that the store is on.
  int Statistics(struct statvfs* out) const;

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
  /// Where a file that is to be written would be.
  struct Target {
    std::string directory_path;
    std::string key;
  };

  int Fail(const Status& status) const;
  int FindDirectory(uint64_t inode, std::shared_ptr<const Inode>* out) const;
  int Resolve(const Directory& parent, std::string_view name, Inode* out) const;
  int ResolveAt(uint64_t parent, std::string_view name, Inode* out) const;
  int Exists(const Directory& directory) const;
  int HasVideos(const Directory& directory) const;
  /// The caller's own draft, null if it has none.
  [[nodiscard]] std::shared_ptr<Draft> DraftOf(std::string_view key, pid_t caller) const;
  [[nodiscard]] std::shared_ptr<Draft> DraftAt(const Directory& parent, std::string_view name,
                                               pid_t caller) const;
  [[nodiscard]] Attributes AttributesOf(uint64_t number, const Inode& inode, bool linked) const;
  int DraftAttributes(const Draft& draft, Attributes* out) const;
  [[nodiscard]] bool IsOpen(uint64_t inode) const;
  OpenFile* AddHandle(std::unique_ptr<OpenFile> file);
  /// The rows of directories that only mkdir made.
  int ListMade(const Directory& directory, std::vector<DirectoryRow>* out) const;
  int OpenDraft(uint64_t number, int flags, OpenFile** out);
  static int ReadDraft(const Draft& draft, uint64_t offset, uint64_t length, BorrowedBytes* out);

  /// The directory in which something of that name may be made.
  int ParentOf(uint64_t parent, std::string_view new_name, std::shared_ptr<const Inode>* out) const;
  int TargetOf(uint64_t parent, std::string_view name, Target* out) const;
  int BeginReplacing(const FileRecord& record, pid_t caller);
  /// What the store says of a video now; nothing for what is no video. ESTALE as GetAttributes.
  int FindVideo(uint64_t inode, std::optional<VideoInfo>* out) const;
  int SetTags(const VideoInfo& info, std::vector<std::string> tags);
  int SetTtl(const VideoInfo& info, std::optional<int64_t> ttl);

  int SetDraftAttributes(uint64_t number, const AttributeChanges& changes);
  int SetVideoAttributes(const FileRecord& record, const AttributeChanges& changes);
  void KeepDirectory(const std::string& path);
  int Publish(Draft* draft);
  int CopyToLibrary(const Draft& draft);

  VideoLibrary& library_;
  FilesystemOptions options_;
  const Clock& clock_;
  KeyTree tree_;
  int64_t mounted_at_;
  InodeTable inodes_;
  DraftTable drafts_;
  MadeDirectories made_;

  mutable std::mutex handles_mutex_;
  std::unordered_map<OpenFile*, std::unique_ptr<OpenFile>> files_;
  std::unordered_map<uint64_t, uint64_t> open_counts_;
  std::unordered_map<OpenDirectory*, std::unique_ptr<OpenDirectory>> directories_;
};

}  // namespace reel::mount

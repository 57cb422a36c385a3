// The file system without libfuse: what the kernel asks, answered from a library of videos.
#pragma once

#include <reel/clock.h>
#include <reel/status.h>
#include <reel/types.h>
#include <reel/video.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fuse/change_queue.h"
#include "fuse/directory_stream.h"
#include "fuse/directory_times.h"
#include "fuse/drafts.h"
#include "fuse/inode_table.h"
#include "fuse/kept_listings.h"
#include "fuse/kernel_cache.h"
#include "fuse/key_tree.h"
#include "fuse/made_directories.h"
#include "fuse/process_id.h"
#include "fuse/view_listing.h"
#include "fuse/views.h"

namespace reel::mount {

/// What the texts under `.reel` say now; where one is null, there is no such file. Called from any
/// thread, each time that somebody opens one or asks for its length.
struct ViewTexts {
  std::function<Result<std::string>()> stats;
  std::function<Result<std::string>()> config;
};

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
  ViewTexts texts;
  /// Told of every failure that is the store's fault; programs see no more than EIO. Called from
  /// any thread.
  std::function<void(const Status&)> report;
};

/// Attributes of an inode, and for how long the kernel may believe in them.
struct Attributes {
  struct stat stat {};
  double valid_s = 0;
};

/// A file that somebody has open: a video, at the generation that it was opened at (I7), a draft,
/// or a text under `.reel`, as it was when it was opened.
class OpenFile {
 public:
  OpenFile(uint64_t inode, std::unique_ptr<VideoReader> reader, bool may_try_to_write)
      : inode_(inode), reader_(std::move(reader)), may_try_to_write_(may_try_to_write) {}
  explicit OpenFile(std::shared_ptr<Draft> draft)
      : inode_(draft->number()), draft_(std::move(draft)) {}
  OpenFile(uint64_t inode, std::string text) : inode_(inode), text_(std::move(text)) {}

  [[nodiscard]] uint64_t inode() const { return inode_; }
  /// REQUIRES: a video.
  [[nodiscard]] const VideoReader& reader() const { return *reader_; }
  /// Null for anything else.
  [[nodiscard]] Draft* draft() const { return draft_.get(); }
  [[nodiscard]] const std::optional<std::string>& text() const { return text_; }
  /// A video that was opened for writing too. Its bytes must not come by the page cache, where a
  /// shared mapping could change them for everybody.
  [[nodiscard]] bool may_try_to_write() const { return may_try_to_write_; }
  /// Whether its bytes must not come by the page cache, for this reason or because they are a
  /// text's, which change.
  [[nodiscard]] bool is_uncached() const { return may_try_to_write_ || text_.has_value(); }

 private:
  uint64_t inode_;
  std::unique_ptr<VideoReader> reader_;
  bool may_try_to_write_ = false;
  std::shared_ptr<Draft> draft_;
  std::optional<std::string> text_;
};

/// A directory being listed.
class OpenDirectory;

/// What the kernel may do with the listing of a directory that was opened.
enum class ListingUse : uint8_t {
  kOnce,
  /// Keep it, in the place of one that it has kept.
  kKeep,
  /// Give the one that it has kept, which is as good as a new one.
  kReuse,
};

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
/// that writes; a draft is there by name for the process that began it, and for no other. All under
/// `.reel` is read-only: EROFS.
class Filesystem {
 public:
  Filesystem(VideoLibrary* library, FilesystemOptions options,
             const Clock& clock = Clock::System());
  ~Filesystem();
  Filesystem(const Filesystem&) = delete;
  Filesystem& operator=(const Filesystem&) = delete;

  /// Finds `name` in the directory `parent` and counts one lookup of its inode. A text under
  /// `.reel` has no size here, as in a listing: GetAttributes tells it.
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

  int OpenDir(uint64_t inode, OpenDirectory** out, ListingUse* use = nullptr);

  /// Hands out the entries from `offset` on until `accept` refuses one or there are no more. Offset
  /// 0 begins anew. With `count_lookups`, every entry accepted is a lookup of its inode, "." and
  /// ".." excepted.
  int ReadDir(OpenDirectory* directory, uint64_t offset, bool count_lookups,
              const std::function<bool(const DirectoryEntry&)>& accept);

  void ReleaseDir(OpenDirectory* directory);

  /// From now on the kernel may believe what it is told for minutes, and keep listings, since
  /// `kernel` is told what is no longer so: by a thread that no handler waits for, and which may
  /// wait for handlers. Once, or again after Unfollow.
  void Follow(KernelCache* kernel);

  /// Returns when `kernel` is no longer called; requests must be answered until then.
  void Unfollow();

  /// Inodes that the kernel has not forgotten, the root among them.
  [[nodiscard]] size_t inode_count() const { return inodes_.size(); }

  /// Files and directories that are open.
  [[nodiscard]] size_t handle_count() const;

 private:
  /// While it lives, this thread changes names as the kernel asked for: the kernel need not hear.
  class KernelRequest {
   public:
    explicit KernelRequest(const Filesystem* filesystem);
    ~KernelRequest();
    KernelRequest(const KernelRequest&) = delete;
    KernelRequest& operator=(const KernelRequest&) = delete;

   private:
    const Filesystem* before_;
  };

  /// Where a file that is to be written would be.
  struct Target {
    std::string directory_path;
    std::string key;
  };

  int Fail(const Status& status) const;
  int ErrorOf(const Result<bool>& exists) const;
  int FindDirectory(uint64_t inode, std::shared_ptr<const Inode>* out) const;
  int Resolve(const Inode& parent, std::string_view name, Inode* out) const;
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

  /// Before the call returns that made the changes.
  void OnChanges(std::span<const Change> changes);
  void NoteNames(std::string_view tail);
  void NoteNameIn(std::string path);

  // By the queue's thread.
  void Apply(const HeardChange& heard);
  void ApplyUpdate(const Change& change);
  /// Whatever the kernel knows may be otherwise.
  void ApplyAll();
  /// The name of a video came, or went: so may have directories above it.
  void ApplyToParents(std::string_view tail, bool came);
  [[nodiscard]] size_t CountRows(const Directory& directory, size_t most) const;
  void DropNames(std::string_view tail);
  void DropFile(uint64_t generation, bool bytes_too);

  // filesystem_views.cc
  /// The path of `name` if it is under `.reel`, or is that.
  [[nodiscard]] static std::optional<std::string> ViewPathOf(const Inode& parent,
                                                             std::string_view name);
  [[nodiscard]] KeyTree TreeOf(const ViewPlace& place) const;
  [[nodiscard]] const std::function<Result<std::string>()>& TextOf(const ViewPlace& place) const;
  int ResolveView(const std::string& path, Inode* out) const;
  int ViewExists(const ViewPlace& place) const;
  [[nodiscard]] Attributes ViewAttributesOf(uint64_t number, const ViewPlace& place) const;
  int GetViewAttributes(uint64_t number, const ViewPlace& place, Attributes* out) const;
  static void LimitValidity(Attributes* shown_in_view);
  /// The draft that an open with O_TRUNC by way of a view began; null if there is none.
  [[nodiscard]] std::shared_ptr<Draft> RefusedDraft(const Inode& found, pid_t caller);
  int OpenText(uint64_t number, const ViewPlace& place, bool writes, OpenFile** out);
  [[nodiscard]] std::unique_ptr<ViewListing> ListView(const ViewPlace& place) const;

  VideoLibrary& library_;
  FilesystemOptions options_;
  const Clock& clock_;
  KeyTree tree_;
  DirectoryTimes times_;
  InodeTable inodes_;
  KeptListings listings_;
  DraftTable drafts_;
  MadeDirectories made_;

  mutable std::mutex handles_mutex_;
  std::unordered_map<OpenFile*, std::unique_ptr<OpenFile>> files_;
  std::unordered_map<uint64_t, uint64_t> open_counts_;
  std::unordered_map<OpenDirectory*, std::unique_ptr<OpenDirectory>> directories_;

  std::atomic<bool> is_following_ = false;
  KernelCache* kernel_ = nullptr;
  std::unique_ptr<ChangeQueue> queue_;
  std::unique_ptr<ChangeSubscription> subscription_;
};

}  // namespace reel::mount

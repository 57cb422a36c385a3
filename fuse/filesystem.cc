#include "fuse/filesystem.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <variant>

#include "fuse/errno_map.h"

namespace reel::mount {

class OpenDirectory {
 public:
  OpenDirectory(uint64_t number, const KeyTree& tree, Directory directory)
      : number_(number), stream_(tree, std::move(directory)) {}

  [[nodiscard]] uint64_t number() const { return number_; }
  std::mutex& mutex() { return mutex_; }
  /// REQUIRES: mutex() is held.
  DirectoryStream& stream() { return stream_; }

 private:
  uint64_t number_;
  std::mutex mutex_;
  DirectoryStream stream_;
};

namespace {

// What the kernel may believe without asking. Another process may change the store one day through
// its owner, and a second is what NFS users are used to; an open file is not touched by it.
constexpr double kValidSecondsMax = 1;
constexpr blksize_t kBlockBytes = 128 << 10;
constexpr uint64_t kDotEntries = 2;

/// Whole seconds that `record` has left for sure: the clock may be at the end of its second.
double SecondsLeft(const FileRecord& record, int64_t now) {
  if (!record.expires) {
    return kValidSecondsMax;
  }
  return std::clamp(static_cast<double>(*record.expires - now - 1), 0.0, kValidSecondsMax);
}

}  // namespace

Filesystem::Filesystem(const VideoLibrary& library, FilesystemOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      tree_(library, options_.prefix),
      mounted_at_(clock.NowSeconds()) {}

Filesystem::~Filesystem() = default;

int Filesystem::Fail(const Status& status) const {
  if (options_.report && status.code() != Code::kNotFound) {
    options_.report(status);
  }
  return ErrnoOf(status.code());
}

Attributes Filesystem::AttributesOf(uint64_t number, const Inode& inode, bool linked) const {
  Attributes out;
  out.stat.st_ino = number;
  out.stat.st_uid = options_.uid;
  out.stat.st_gid = options_.gid;
  out.stat.st_blksize = kBlockBytes;
  int64_t time_s = mounted_at_;
  if (const auto* file = std::get_if<FileRecord>(&inode)) {
    out.stat.st_mode = S_IFREG | 0444;
    out.stat.st_nlink = linked ? 1 : 0;
    out.stat.st_size = static_cast<off_t>(file->size);
    out.stat.st_blocks = static_cast<blkcnt_t>(file->size / 512 + (file->size % 512 != 0 ? 1 : 0));
    out.valid_s = linked ? SecondsLeft(*file, clock_.NowSeconds()) : kValidSecondsMax;
    time_s = file->created;
  } else {
    out.stat.st_mode = S_IFDIR | 0555;
    // Subdirectories are not counted, and 1 is how a file system says so.
    out.stat.st_nlink = 1;
    out.valid_s = kValidSecondsMax;
  }
  out.stat.st_atim.tv_sec = time_s;
  out.stat.st_mtim.tv_sec = time_s;
  out.stat.st_ctim.tv_sec = time_s;
  return out;
}

int Filesystem::Exists(const Directory& directory) const {
  if (directory.path.empty()) {
    return 0;
  }
  if (tree_.KeyOf(directory.tail_prefix).size() > kKeyBytesMax) {
    return ENOENT;
  }
  if (directory.tail_prefix.ends_with('/')) {
    const auto exists = tree_.HasTails(directory.tail_prefix);
    return !exists.ok() ? Fail(exists.status()) : *exists ? 0 : ENOENT;
  }
  DirectoryStream stream(tree_, directory, 64);
  const auto first = stream.At(0);
  return !first.ok() ? Fail(first.status()) : *first != nullptr ? 0 : ENOENT;
}

int Filesystem::Resolve(const Directory& parent, std::string_view name, Inode* out) const {
  if (name.size() > kNameBytesMax) {
    return ENAMETOOLONG;
  }
  const std::string path = JoinPath(parent.path, name);
  if (auto directory = PathToDirectory(path)) {
    const int error = Exists(*directory);
    if (error != ENOENT) {
      *out = *std::move(directory);
      return error;
    }
  }
  const auto file = PathToKey(path);
  if (!file) {
    return ENOENT;
  }
  if (file->also_directory) {
    if (const int error = Exists(DirectoryOf(file->tail)); error != 0) {
      return error;
    }
  }
  const auto info = tree_.library().Stat(tree_.KeyOf(file->tail));
  if (!info.ok()) {
    // A name that cannot be a key names nothing, and that is no fault of the store.
    return info.code() == Code::kInvalidArgument ? ENOENT : Fail(info.status());
  }
  *out = FileRecord::Of(*info);
  return 0;
}

int Filesystem::Lookup(uint64_t parent, std::string_view name, Attributes* out) {
  const auto inode = inodes_.Find(parent);
  if (inode == nullptr) {
    return ESTALE;
  }
  const auto* directory = std::get_if<Directory>(inode.get());
  if (directory == nullptr) {
    return ENOTDIR;
  }
  Inode found;
  if (const int error = Resolve(*directory, name, &found); error != 0) {
    return error;
  }
  *out = AttributesOf(inodes_.Acquire(found), found, true);
  return 0;
}

void Filesystem::Forget(uint64_t inode, uint64_t lookups) {
  inodes_.Forget(inode, lookups);
}

bool Filesystem::IsOpen(uint64_t inode) const {
  const std::scoped_lock lock(handles_mutex_);
  return open_counts_.contains(inode);
}

int Filesystem::GetAttributes(uint64_t inode, Attributes* out) {
  const auto found = inodes_.Find(inode);
  if (found == nullptr) {
    return ESTALE;
  }
  if (const auto* directory = std::get_if<Directory>(found.get())) {
    if (const int error = Exists(*directory); error != 0) {
      return error;
    }
    *out = AttributesOf(inode, *found, true);
    return 0;
  }
  const auto& record = std::get<FileRecord>(*found);
  const auto info = tree_.library().Stat(record.key);
  if (info.ok() && info->generation == record.generation) {
    *out = AttributesOf(inode, FileRecord::Of(*info), true);
    return 0;
  }
  if (!info.ok() && info.code() != Code::kNotFound) {
    return Fail(info.status());
  }
  if (!IsOpen(inode)) {
    return info.ok() ? ESTALE : ENOENT;
  }
  *out = AttributesOf(inode, *found, false);
  return 0;
}

int Filesystem::Open(uint64_t inode, int flags, OpenFile** out) {
  if ((flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0) {
    return EROFS;
  }
  const auto found = inodes_.Find(inode);
  if (found == nullptr) {
    return ESTALE;
  }
  const auto* record = std::get_if<FileRecord>(found.get());
  if (record == nullptr) {
    return EISDIR;
  }
  // The kernel keeps what it was given for the file of the mount.
  auto reader = tree_.library().Open(record->key, {.caching = Caching::kByCaller});
  if (!reader.ok()) {
    return Fail(reader.status());
  }
  if ((*reader)->info().generation != record->generation) {
    return ESTALE;
  }
  auto file = std::make_unique<OpenFile>(inode, *std::move(reader));
  *out = file.get();
  const std::scoped_lock lock(handles_mutex_);
  files_.emplace(*out, std::move(file));
  ++open_counts_[inode];
  return 0;
}

int Filesystem::Read(const OpenFile& file, uint64_t offset, uint64_t length,
                     BorrowedBytes* out) const {
  const Status status = file.reader().Borrow(offset, length, out);
  if (!status.ok()) {
    out->Clear();
    return Fail(status);
  }
  return 0;
}

void Filesystem::Release(OpenFile* file) {
  std::unique_ptr<OpenFile> closed;
  const std::scoped_lock lock(handles_mutex_);
  const auto handle = files_.find(file);
  if (handle == files_.end()) {
    return;
  }
  if (const auto count = open_counts_.find(file->inode()); --count->second == 0) {
    open_counts_.erase(count);
  }
  closed = std::move(handle->second);
  files_.erase(handle);
}

int Filesystem::OpenDir(uint64_t inode, OpenDirectory** out) {
  const auto found = inodes_.Find(inode);
  if (found == nullptr) {
    return ESTALE;
  }
  const auto* directory = std::get_if<Directory>(found.get());
  if (directory == nullptr) {
    return ENOTDIR;
  }
  auto handle = std::make_unique<OpenDirectory>(inode, tree_, *directory);
  *out = handle.get();
  const std::scoped_lock lock(handles_mutex_);
  directories_.emplace(*out, std::move(handle));
  return 0;
}

int Filesystem::ReadDir(OpenDirectory* directory, uint64_t offset, bool count_lookups,
                        const std::function<bool(const DirectoryEntry&)>& accept) {
  const std::scoped_lock lock(directory->mutex());
  if (offset == 0) {
    directory->stream().Restart();
  }
  for (; offset < kDotEntries; ++offset) {
    // The kernel resolves ".." by itself; the number shown is only for the eye.
    const DirectoryEntry entry{offset == 0 ? "." : "..",
                               AttributesOf(directory->number(), Directory{}, true), offset + 1,
                               true};
    if (!accept(entry)) {
      return 0;
    }
  }
  for (;; ++offset) {
    const auto row = directory->stream().At(offset - kDotEntries);
    if (!row.ok()) {
      return Fail(row.status());
    }
    if (*row == nullptr) {
      return 0;
    }
    const Inode& inode = (*row)->inode;
    const uint64_t number = count_lookups ? inodes_.Acquire(inode) : inodes_.NumberOf(inode);
    const DirectoryEntry entry{(*row)->name, AttributesOf(number, inode, true), offset + 1, false};
    if (!accept(entry)) {
      if (count_lookups) {
        inodes_.Forget(number, 1);
      }
      return 0;
    }
  }
}

void Filesystem::ReleaseDir(OpenDirectory* directory) {
  std::unique_ptr<OpenDirectory> closed;
  const std::scoped_lock lock(handles_mutex_);
  if (const auto handle = directories_.find(directory); handle != directories_.end()) {
    closed = std::move(handle->second);
    directories_.erase(handle);
  }
}

}  // namespace reel::mount

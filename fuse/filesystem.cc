#include "fuse/filesystem.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "fuse/errno_map.h"
#include "fuse/tree_lookup.h"

namespace reel::mount {

class OpenDirectory {
 public:
  OpenDirectory(uint64_t number, const KeyTree& tree, Directory directory)
      : number_(number), stream_(tree, std::move(directory)) {}
  OpenDirectory(uint64_t number, const KeyTree& tree, ViewPlace place,
                std::unique_ptr<ViewListing> view)
      : number_(number),
        place_(std::move(place)),
        view_(std::move(view)),
        stream_(tree, Directory()) {}

  [[nodiscard]] uint64_t number() const { return number_; }
  /// Of a directory under `.reel`.
  [[nodiscard]] const std::optional<ViewPlace>& place() const { return place_; }
  std::mutex& mutex() { return mutex_; }

  // REQUIRES of all below: mutex() is held.

  /// `made`: what is shown ahead of the keys that the store has. `as_of`: how often inodes were
  /// replaced before any of it was read.
  void Restart(std::vector<DirectoryRow> made, uint64_t as_of) {
    made_ = std::move(made);
    as_of_ = as_of;
    stream_.Restart();
  }
  void Restart(std::unique_ptr<ViewListing> view, uint64_t as_of) {
    view_ = std::move(view);
    as_of_ = as_of;
  }

  [[nodiscard]] uint64_t as_of() const { return as_of_; }
  Result<const DirectoryRow*> At(uint64_t position) {
    if (place_) {
      return view_->At(position);
    }
    return position < made_.size() ? &made_[position] : stream_.At(position - made_.size());
  }
  [[nodiscard]] const Directory& directory() const { return stream_.directory(); }

 private:
  uint64_t number_;
  std::mutex mutex_;
  std::optional<ViewPlace> place_;
  std::unique_ptr<ViewListing> view_;
  std::vector<DirectoryRow> made_;
  uint64_t as_of_ = 0;
  DirectoryStream stream_;
};

namespace {

// What the kernel may believe without asking, of directories always: they come and go with the
// videos beneath them. An open file is not touched by it.
constexpr int64_t kValidSeconds = 1;
// Where the kernel is told of changes. Not longer: scans are done by then, and should it ever miss
// one, this ends it.
constexpr int64_t kValidSecondsFollowed = 300;
constexpr blksize_t kBlockBytes = 128 << 10;
constexpr uint64_t kDotEntries = 2;

/// Whole seconds that `record` has left for sure, at most `most`: the clock may be at the end of
/// its second.
int64_t SecondsLeft(const FileRecord& record, int64_t now, int64_t most) {
  return record.expires ? std::clamp<int64_t>(*record.expires - now - 1, 0, most) : most;
}

}  // namespace

Filesystem::Filesystem(VideoLibrary* library, FilesystemOptions options, const Clock& clock)
    : library_(*library),
      options_(std::move(options)),
      clock_(clock),
      tree_(*library, options_.prefix),
      times_(clock.NowSeconds()),
      listings_(kValidSecondsFollowed),
      drafts_(clock) {}

Filesystem::~Filesystem() {
  Unfollow();
}

int Filesystem::Fail(const Status& status) const {
  if (options_.report && status.code() != Code::kNotFound) {
    options_.report(status);
  }
  return ErrnoOf(status.code());
}

Attributes Filesystem::AttributesOf(uint64_t number, const Inode& inode, bool linked) const {
  if (const auto* place = std::get_if<ViewPlace>(&inode)) {
    return ViewAttributesOf(number, *place);
  }
  Attributes out;
  out.stat.st_ino = number;
  out.stat.st_uid = options_.uid;
  out.stat.st_gid = options_.gid;
  out.stat.st_blksize = kBlockBytes;
  int64_t time_s = 0;
  int64_t changed_s = 0;
  out.valid_s = kValidSeconds;
  if (const auto* file = std::get_if<FileRecord>(&inode)) {
    out.stat.st_mode = S_IFREG | ((options_.read_only ? 0444U : 0666U) & ~options_.umask);
    out.stat.st_nlink = linked ? 1 : 0;
    out.stat.st_size = static_cast<off_t>(file->size);
    out.stat.st_blocks = static_cast<blkcnt_t>(file->size / 512 + (file->size % 512 != 0 ? 1 : 0));
    if (linked) {
      const int64_t most = is_following_ ? kValidSecondsFollowed : kValidSeconds;
      out.valid_s = drafts_.HasKey(file->key)
                        ? 0  // soon another one
                        : static_cast<double>(SecondsLeft(*file, clock_.NowSeconds(), most));
    }
    time_s = file->modified;
    changed_s = file->created;
  } else {
    out.stat.st_mode = S_IFDIR | ((options_.read_only ? 0555U : 0777U) & ~options_.umask);
    // Subdirectories are not counted, and 1 is how a file system says so.
    out.stat.st_nlink = 1;
    time_s = times_.Of(std::get<Directory>(inode).path);
    changed_s = time_s;
  }
  out.stat.st_atim.tv_sec = time_s;
  out.stat.st_mtim.tv_sec = time_s;
  out.stat.st_ctim.tv_sec = changed_s;
  return out;
}

int Filesystem::DraftAttributes(const Draft& draft, Attributes* out) const {
  uint64_t size = 0;
  if (const int error = draft.spool().Size(&size); error != 0) {
    return error;
  }
  const int64_t now = clock_.NowSeconds();
  const FileRecord record{draft.key(), 0, size, now, drafts_.Modified(draft).value_or(now),
                          std::nullopt};
  *out = AttributesOf(draft.number(), record, true);
  out->valid_s = 0;
  return 0;
}

int Filesystem::ErrorOf(const Result<bool>& exists) const {
  return !exists.ok() ? Fail(exists.status()) : *exists ? 0 : ENOENT;
}

int Filesystem::Exists(const Directory& directory) const {
  return ErrorOf(mount::Exists(tree_, made_, directory));
}

int Filesystem::HasVideos(const Directory& directory) const {
  return ErrorOf(mount::HasVideos(tree_, directory));
}

int Filesystem::Resolve(const Inode& parent, std::string_view name, Inode* out) const {
  if (name.size() > kNameBytesMax) {
    return ENAMETOOLONG;
  }
  if (const auto path = ViewPathOf(parent, name)) {
    return ResolveView(*path, out);
  }
  auto found = FindPath(tree_, made_, JoinPath(std::get<Directory>(parent).path, name));
  if (!found.ok()) {
    return Fail(found.status());
  }
  if (!*found) {
    return ENOENT;
  }
  *out = **std::move(found);
  return 0;
}

int Filesystem::FindDirectory(uint64_t inode, std::shared_ptr<const Inode>* out) const {
  *out = inodes_.Find(inode);
  if (*out == nullptr) {
    return ESTALE;
  }
  const auto* place = std::get_if<ViewPlace>(out->get());
  const bool is_directory =
      place != nullptr ? !place->IsText() : std::holds_alternative<Directory>(**out);
  return is_directory ? 0 : ENOTDIR;
}

std::shared_ptr<Draft> Filesystem::DraftOf(std::string_view key, pid_t caller) const {
  return caller == 0 ? nullptr : drafts_.FindByKey(key, options_.process_of(caller));
}

std::shared_ptr<Draft> Filesystem::DraftAt(const Directory& parent, std::string_view name,
                                           pid_t caller) const {
  if (drafts_.size() == 0) {
    return nullptr;  // as nearly always: a lookup must not pay for what is not there
  }
  const auto file = PathToKey(JoinPath(parent.path, name));
  return file ? DraftOf(tree_.KeyOf(file->tail), caller) : nullptr;
}

int Filesystem::Lookup(uint64_t parent, std::string_view name, Attributes* out, pid_t caller) {
  std::shared_ptr<const Inode> inode;
  if (const int error = FindDirectory(parent, &inode); error != 0) {
    return error;
  }
  const auto* directory = std::get_if<Directory>(inode.get());
  const bool in_view = directory == nullptr;
  const uint64_t as_of = inodes_.replacements();
  auto draft = in_view ? nullptr : DraftAt(*directory, name, caller);
  Inode found;
  if (draft == nullptr) {
    if (const int error = Resolve(*inode, name, &found); error != 0) {
      return error;
    }
    draft = in_view ? RefusedDraft(found, caller) : nullptr;
  }
  if (draft != nullptr) {
    const int error = DraftAttributes(*draft, out);
    if (error == 0) {
      inodes_.Acquire(DraftNumber{draft->number()});
    }
    return error;
  }
  *out = AttributesOf(inodes_.Acquire(found, as_of), found, true);
  if (in_view) {
    LimitValidity(out);
  }
  return 0;
}

void Filesystem::Forget(uint64_t inode, uint64_t lookups) {
  if (inodes_.Forget(inode, lookups)) {
    listings_.Forget(inode);
  }
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
  if (const auto* place = std::get_if<ViewPlace>(found.get())) {
    return GetViewAttributes(inode, *place, out);
  }
  if (const auto* number = std::get_if<DraftNumber>(found.get())) {
    const auto draft = drafts_.FindByNumber(number->value);
    return draft != nullptr ? DraftAttributes(*draft, out) : ESTALE;
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

size_t Filesystem::handle_count() const {
  const std::scoped_lock lock(handles_mutex_);
  return files_.size() + directories_.size();
}

OpenFile* Filesystem::AddHandle(std::unique_ptr<OpenFile> file) {
  OpenFile* handle = file.get();
  const std::scoped_lock lock(handles_mutex_);
  ++open_counts_[file->inode()];
  files_.emplace(handle, std::move(file));
  return handle;
}

int Filesystem::Open(uint64_t inode, int flags, OpenFile** out, pid_t caller) {
  const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0;
  if (writes && options_.read_only) {
    return EROFS;
  }
  const auto found = inodes_.Find(inode);
  if (found == nullptr) {
    return ESTALE;
  }
  if (const auto* number = std::get_if<DraftNumber>(found.get())) {
    return OpenDraft(number->value, flags, out);
  }
  if (const auto* place = std::get_if<ViewPlace>(found.get())) {
    return OpenText(inode, *place, writes, out);
  }
  const auto* record = std::get_if<FileRecord>(found.get());
  if (record == nullptr) {
    return EISDIR;
  }
  if ((flags & O_TRUNC) != 0 || (writes && record->size == 0)) {
    return BeginReplacing(*record, caller);
  }
  if ((flags & O_ACCMODE) == O_WRONLY || (writes && (flags & O_APPEND) != 0)) {
    return EPERM;
  }
  // The kernel keeps what it was given for the file of the mount.
  auto reader = tree_.library().Open(record->key, {.caching = Caching::kByCaller});
  if (!reader.ok()) {
    return Fail(reader.status());
  }
  if ((*reader)->info().generation != record->generation) {
    return ESTALE;
  }
  *out = AddHandle(std::make_unique<OpenFile>(inode, *std::move(reader), writes));
  return 0;
}

int Filesystem::Read(const OpenFile& file, uint64_t offset, uint64_t length,
                     BorrowedBytes* out) const {
  if (file.draft() != nullptr) {
    return ReadDraft(*file.draft(), offset, length, out);
  }
  if (const auto& text = file.text()) {
    out->Clear();
    const uint64_t from = std::min<uint64_t>(offset, text->size());
    out->AppendCopy(std::string_view(*text).substr(from, length));
    return 0;
  }
  const Status status = file.reader().Borrow(offset, length, out);
  if (!status.ok()) {
    out->Clear();
    return Fail(status);
  }
  return 0;
}

void Filesystem::Release(OpenFile* file) {
  std::unique_ptr<OpenFile> closed;
  if (Draft* draft = file->draft(); draft != nullptr) {
    // What a mapping wrote after the last close.
    static_cast<void>(Publish(draft));
    drafts_.RemoveHandle(draft);
  }
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

int Filesystem::Statistics(struct statvfs* out) const {
  *out = {};
  if (!options_.store_directory.empty() && statvfs(options_.store_directory.c_str(), out) != 0) {
    return errno;
  }
  out->f_namemax = kNameBytesMax;
  return 0;
}

int Filesystem::OpenDir(uint64_t inode, OpenDirectory** out, ListingUse* use) {
  std::shared_ptr<const Inode> found;
  if (const int error = FindDirectory(inode, &found); error != 0) {
    return error;
  }
  const auto* place = std::get_if<ViewPlace>(found.get());
  auto handle = place != nullptr
                    ? std::make_unique<OpenDirectory>(inode, tree_, *place, ListView(*place))
                    : std::make_unique<OpenDirectory>(inode, tree_, std::get<Directory>(*found));
  *out = handle.get();
  auto allowed = ListingUse::kOnce;
  // What is in a view changes by time alone.
  if (place == nullptr) {
    const bool is_kept = listings_.Open(inode, clock_.NowSeconds());
    allowed = !is_following_ ? allowed : is_kept ? ListingUse::kReuse : ListingUse::kKeep;
  }
  if (use != nullptr) {
    *use = allowed;
  }
  const std::scoped_lock lock(handles_mutex_);
  directories_.emplace(*out, std::move(handle));
  return 0;
}

int Filesystem::ListMade(const Directory& directory, std::vector<DirectoryRow>* out) const {
  for (std::string& name : made_.ChildrenOf(directory.path)) {
    auto child = PathToDirectory(JoinPath(directory.path, name));
    if (!child) {
      continue;
    }
    const int error = HasVideos(*child);  // then the store's own listing shows it
    if (error == ENOENT) {
      out->push_back({std::move(name), *std::move(child)});
    } else if (error != 0) {
      return error;
    }
  }
  return 0;
}

int Filesystem::ReadDir(OpenDirectory* directory, uint64_t offset, bool count_lookups,
                        const std::function<bool(const DirectoryEntry&)>& accept) {
  const std::scoped_lock lock(directory->mutex());
  if (offset == 0) {
    const uint64_t as_of = inodes_.replacements();
    if (directory->place()) {
      directory->Restart(ListView(*directory->place()), as_of);
    } else {
      std::vector<DirectoryRow> made;
      if (const int error = ListMade(directory->directory(), &made); error != 0) {
        return error;
      }
      directory->Restart(std::move(made), as_of);
    }
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
    const auto row = directory->At(offset - kDotEntries);
    if (!row.ok()) {
      return Fail(row.status());
    }
    if (*row == nullptr) {
      return 0;
    }
    const Inode& inode = (*row)->inode;
    if (const auto* file = std::get_if<FileRecord>(&inode); file != nullptr && file->expires) {
      listings_.NoteExpiry(directory->number(), *file->expires);
    }
    const uint64_t number =
        count_lookups ? inodes_.Acquire(inode, directory->as_of()) : inodes_.NumberOf(inode);
    DirectoryEntry entry{(*row)->name, AttributesOf(number, inode, true), offset + 1, false};
    if (directory->place()) {
      LimitValidity(&entry.attributes);
    }
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
    listings_.Close(closed->number());
    directories_.erase(handle);
  }
}

}  // namespace reel::mount

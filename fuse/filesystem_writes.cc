// The part of the file system that changes something.
#include <fcntl.h>
#include <reel/content_type.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "fuse/filesystem.h"

namespace reel::mount {
namespace {

constexpr size_t kCopyBytes = 1 << 20;
constexpr unsigned kRenameNoReplace = 1;  // RENAME_NOREPLACE of <linux/fs.h>

}  // namespace

int Filesystem::ParentOf(uint64_t parent, std::string_view new_name,
                         std::shared_ptr<const Inode>* out) const {
  if (options_.read_only) {
    return EROFS;
  }
  if (new_name.size() > kNameBytesMax) {
    return ENAMETOOLONG;
  }
  const int error = FindDirectory(parent, out);
  return error == 0 && ViewPathOf(**out, new_name) ? EROFS : error;
}

int Filesystem::TargetOf(uint64_t parent, std::string_view name, Target* out) const {
  std::shared_ptr<const Inode> inode;
  if (const int error = ParentOf(parent, name, &inode); error != 0) {
    return error;
  }
  const auto& directory = std::get<Directory>(*inode);
  const auto file = PathToKey(JoinPath(directory.path, name));
  if (!file) {
    return EINVAL;
  }
  out->directory_path = directory.path;
  out->key = tree_.KeyOf(file->tail);
  return out->key.size() > kKeyBytesMax ? ENAMETOOLONG : 0;
}

int Filesystem::ResolveAt(uint64_t parent, std::string_view name, Inode* out) const {
  std::shared_ptr<const Inode> directory;
  const int error = FindDirectory(parent, &directory);
  return error != 0 ? error : Resolve(*directory, name, out);
}

int Filesystem::Create(uint64_t parent, std::string_view name, int flags, pid_t caller,
                       Attributes* entry, OpenFile** out) {
  Target target;
  if (const int error = TargetOf(parent, name, &target); error != 0) {
    return error;
  }
  const bool exclusive = (flags & O_EXCL) != 0;
  if (exclusive) {
    const auto info = library_.Stat(target.key);
    if (info.ok()) {
      return EEXIST;
    }
    if (info.code() == Code::kInvalidArgument) {
      return EINVAL;
    }
  }
  std::shared_ptr<Draft> draft;
  if (const int error = drafts_.Begin(target.key, options_.process_of(caller), caller,
                                      options_.store_directory, exclusive, &draft);
      error != 0) {
    return error;
  }
  drafts_.AddHandle(draft.get());
  if (const int error = DraftAttributes(*draft, entry); error != 0) {
    drafts_.RemoveHandle(draft.get());
    return error;
  }
  inodes_.Acquire(DraftNumber{draft->number()});
  *out = AddHandle(std::make_unique<OpenFile>(std::move(draft)));
  return 0;
}

int Filesystem::OpenDraft(uint64_t number, int flags, OpenFile** out) {
  auto draft = drafts_.FindByNumber(number);
  if (draft == nullptr) {
    return ESTALE;
  }
  if (drafts_.ForgetRefused(*draft)) {
    return EROFS;
  }
  if ((flags & O_TRUNC) != 0) {
    if (const int error = draft->spool().Resize(0); error != 0) {
      return error;
    }
    drafts_.NoteChange(draft.get());
  }
  drafts_.AddHandle(draft.get());
  *out = AddHandle(std::make_unique<OpenFile>(std::move(draft)));
  return 0;
}

int Filesystem::BeginReplacing(const FileRecord& record, pid_t caller) {
  std::shared_ptr<Draft> draft;
  const int error =
      drafts_.Begin(record.key, options_.process_of(caller), caller, options_.store_directory,
                    /*exclusive=*/false, &draft);
  return error != 0 ? error : ESTALE;
}

int Filesystem::ReadDraft(const Draft& draft, uint64_t offset, uint64_t length,
                          BorrowedBytes* out) {
  out->Clear();
  char* buffer = out->Allocate(length);
  size_t count = 0;
  const int error = draft.spool().Read(offset, {buffer, length}, &count);
  if (error == 0 && count > 0) {
    out->Append({buffer, count});
  }
  return error;
}

int Filesystem::Write(const OpenFile& file, uint64_t offset, std::string_view bytes) {
  if (file.draft() == nullptr) {
    return EPERM;
  }
  // Noted first: a close on another thread must not take these bytes for published ones.
  drafts_.NoteChange(file.draft());
  return file.draft()->spool().Write(offset, bytes);
}

int Filesystem::Sync(const OpenFile& file) {
  return file.draft() == nullptr ? 0 : file.draft()->spool().Sync();
}

int Filesystem::Flush(const OpenFile& file, pid_t caller) {
  Draft* draft = file.draft();
  if (draft == nullptr ||
      (options_.process_of(caller) != draft->process() && options_.is_alive(draft->process()))) {
    return 0;
  }
  return Publish(draft);
}

int Filesystem::Publish(Draft* draft) {
  const std::scoped_lock lock(draft->publishing());
  const auto changes = drafts_.ToPublish(draft);
  if (!changes) {
    return 0;
  }
  const int error = CopyToLibrary(*draft);
  drafts_.NoteTried(draft, *changes);
  return error;
}

int Filesystem::CopyToLibrary(const Draft& draft) {
  uint64_t size = 0;
  if (const int error = draft.spool().Size(&size); error != 0) {
    return error;
  }
  VideoAttributes attributes;
  attributes.content_type = ContentTypeOfKey(draft.key());
  attributes.modified = drafts_.Modified(draft);
  auto writer = library_.NewWriter(draft.key(), attributes);
  if (!writer.ok()) {
    return Fail(writer.status());
  }
  std::vector<char> buffer(std::min<uint64_t>(size, kCopyBytes));
  for (uint64_t offset = 0; offset < size;) {
    size_t count = 0;
    const size_t wanted = std::min<uint64_t>(buffer.size(), size - offset);
    if (const int error = draft.spool().Read(offset, {buffer.data(), wanted}, &count); error != 0) {
      return error;
    }
    if (count == 0) {
      break;  // truncated meanwhile, which is a change and is published next
    }
    if (const Status appended = (*writer)->Append({buffer.data(), count}); !appended.ok()) {
      return Fail(appended);
    }
    offset += count;
  }
  const auto stored = (*writer)->Commit();
  return stored.ok() ? 0 : Fail(stored.status());
}

int Filesystem::SetAttributes(uint64_t inode, const AttributeChanges& changes, Attributes* out) {
  if (options_.read_only) {
    return EROFS;
  }
  const auto found = inodes_.Find(inode);
  if (found == nullptr) {
    return ESTALE;
  }
  if (std::holds_alternative<ViewPlace>(*found)) {
    return EROFS;
  }
  int error = 0;
  if (const auto* number = std::get_if<DraftNumber>(found.get())) {
    error = SetDraftAttributes(number->value, changes);
  } else if (const auto* record = std::get_if<FileRecord>(found.get())) {
    error = SetVideoAttributes(*record, changes);
  } else if (changes.size) {
    error = EISDIR;
  }
  return error != 0 ? error : GetAttributes(inode, out);
}

int Filesystem::SetDraftAttributes(uint64_t number, const AttributeChanges& changes) {
  const auto draft = drafts_.FindByNumber(number);
  if (draft == nullptr) {
    return ESTALE;
  }
  if (changes.size) {
    drafts_.NoteChange(draft.get());
    if (const int error = draft->spool().Resize(*changes.size); error != 0) {
      return error;
    }
  }
  if (changes.modified) {
    drafts_.SetModified(draft.get(), *changes.modified);
  }
  return 0;
}

int Filesystem::SetVideoAttributes(const FileRecord& record, const AttributeChanges& changes) {
  if (changes.size && *changes.size != record.size) {
    return EPERM;
  }
  if (!changes.modified) {
    return 0;
  }
  const auto updated = library_.Update(record.key, {.modified = changes.modified});
  // What was put there as a raw entry may have no place for it.
  return updated.ok() || updated.code() == Code::kInvalidArgument ? 0 : Fail(updated.status());
}

int Filesystem::Unlink(uint64_t parent, std::string_view name, pid_t caller) {
  Target target;
  if (const int error = TargetOf(parent, name, &target); error != 0) {
    return error;
  }
  const auto draft = DraftOf(target.key, caller);
  const KernelRequest request(this);
  const Status removed = library_.Remove(target.key);
  if (!removed.ok() && (removed.code() != Code::kNotFound || draft == nullptr)) {
    return Fail(removed);
  }
  if (draft != nullptr) {
    drafts_.Unlink(draft.get());
  }
  KeepDirectory(target.directory_path);
  return 0;
}

int Filesystem::Rename(uint64_t parent, std::string_view name, uint64_t new_parent,
                       std::string_view new_name, unsigned flags, pid_t caller) {
  Target from;
  Target to;
  if (const int error = TargetOf(parent, name, &from); error != 0) {
    return error;
  }
  if (const int error = TargetOf(new_parent, new_name, &to); error != 0) {
    return error;
  }
  if ((flags & ~kRenameNoReplace) != 0) {
    return EINVAL;
  }
  if (DraftOf(from.key, caller) != nullptr) {
    return EXDEV;
  }
  Inode found;
  if (const int error = ResolveAt(parent, name, &found); error != 0) {
    return error;
  }
  const auto* record = std::get_if<FileRecord>(&found);
  if (record == nullptr) {
    return EXDEV;
  }
  if (from.key == to.key) {
    return 0;
  }
  RenameOptions options;
  options.replace = (flags & kRenameNoReplace) == 0;
  options.content_type_follows_key = true;
  const KernelRequest request(this);
  const auto renamed = library_.Rename(from.key, to.key, options);
  if (!renamed.ok()) {
    if (renamed.code() == Code::kConflict && !options.replace) {
      return EEXIST;  // as asked, so no failure
    }
    return renamed.code() == Code::kUnsupported ? EXDEV : Fail(renamed.status());
  }
  // The kernel goes on with the inode that it has.
  inodes_.Replace(FileRecord::Of(*renamed));
  KeepDirectory(from.directory_path);
  return 0;
}

void Filesystem::KeepDirectory(const std::string& path) {
  // Emptied by rm or mv, a directory stays, as in any file system.
  if (!path.empty()) {
    static_cast<void>(made_.Add(path));
  }
}

int Filesystem::MakeDirectory(uint64_t parent, std::string_view name, Attributes* out) {
  std::shared_ptr<const Inode> inode;
  if (const int error = ParentOf(parent, name, &inode); error != 0) {
    return error;
  }
  Inode there;
  if (const int error = Resolve(*inode, name, &there); error != ENOENT) {
    return error == 0 ? EEXIST : error;
  }
  auto made = PathToDirectory(JoinPath(std::get<Directory>(*inode).path, name));
  if (!made) {
    return EINVAL;
  }
  if (tree_.KeyOf(made->tail_prefix).size() >= kKeyBytesMax) {
    return ENAMETOOLONG;
  }
  if (!made_.Add(made->path)) {
    return ENOSPC;
  }
  times_.Note(ParentPath(made->path), clock_.NowSeconds());
  const Inode entry = *std::move(made);
  *out = AttributesOf(inodes_.Acquire(entry), entry, true);
  return 0;
}

int Filesystem::RemoveDirectory(uint64_t parent, std::string_view name) {
  std::shared_ptr<const Inode> inode;
  if (const int error = ParentOf(parent, name, &inode); error != 0) {
    return error;
  }
  Inode found;
  if (const int error = Resolve(*inode, name, &found); error != 0) {
    return error;
  }
  const auto* directory = std::get_if<Directory>(&found);
  if (directory == nullptr) {
    return ENOTDIR;
  }
  if (const int error = HasVideos(*directory); error != ENOENT) {
    return error == 0 ? ENOTEMPTY : error;
  }
  if (made_.HasChildren(directory->path)) {
    return ENOTEMPTY;
  }
  made_.Remove(directory->path);
  times_.Note(ParentPath(directory->path), clock_.NowSeconds());
  return 0;
}

}  // namespace reel::mount

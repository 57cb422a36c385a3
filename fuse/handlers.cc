#include "fuse/handlers.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fuse/filesystem.h"

namespace reel::mount {
namespace {

constexpr unsigned kBackgroundRequestsMax = 64;
// IOV_MAX, less the reply's header.
constexpr size_t kReplySlicesMax = 1023;

Filesystem& FilesystemOf(fuse_req_t request) {
  return **static_cast<Filesystem**>(fuse_req_userdata(request));
}

pid_t CallerOf(fuse_req_t request) {
  return fuse_req_ctx(request)->pid;
}

/// Runs a handler's work up to its reply: libfuse is C, and no exception may pass through it.
template <typename Work>
int Guarded(const Work& work) noexcept {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return ENOMEM;
  } catch (...) {
    return EIO;
  }
}

fuse_entry_param EntryOf(const Attributes& attributes) {
  fuse_entry_param entry{};
  entry.ino = attributes.stat.st_ino;
  entry.attr = attributes.stat;
  entry.attr_timeout = attributes.valid_s;
  entry.entry_timeout = attributes.valid_s;
  return entry;
}

void Init(void* /*filesystem*/, fuse_conn_info* connection) {
  connection->max_read = kReadBytesMax;
  connection->max_background = kBackgroundRequestsMax;
  connection->congestion_threshold = kBackgroundRequestsMax * 3 / 4;
  // An inode's bytes never change, so nothing ever makes the page cache wrong.
  connection->want &= ~FUSE_CAP_AUTO_INVAL_DATA;
  // Splicing costs more than it saves here (docs/benchmarks.md).
  connection->want &= ~(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
  connection->want |=
      connection->capable & (FUSE_CAP_ASYNC_READ | FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_READDIRPLUS |
                             FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_EXPLICIT_INVAL_DATA);
}

/// Answers what counts as a lookup.
void ReplyEntry(fuse_req_t request, int error, const Attributes& attributes) {
  if (error != 0) {
    fuse_reply_err(request, error);
    return;
  }
  const fuse_entry_param entry = EntryOf(attributes);
  if (fuse_reply_entry(request, &entry) == -ENOENT) {
    // Interrupted: the kernel never saw this lookup.
    FilesystemOf(request).Forget(entry.ino, 1);
  }
}

void ReplyAttributes(fuse_req_t request, int error, const Attributes& attributes) {
  if (error != 0) {
    fuse_reply_err(request, error);
  } else {
    fuse_reply_attr(request, &attributes.stat, attributes.valid_s);
  }
}

void Lookup(fuse_req_t request, fuse_ino_t parent, const char* name) {
  Attributes attributes;
  const int error = Guarded(
      [&] { return FilesystemOf(request).Lookup(parent, name, &attributes, CallerOf(request)); });
  ReplyEntry(request, error, attributes);
}

void Forget(fuse_req_t request, fuse_ino_t inode, uint64_t lookups) {
  FilesystemOf(request).Forget(inode, lookups);
  fuse_reply_none(request);
}

void ForgetMany(fuse_req_t request, size_t count, fuse_forget_data* forgets) {
  for (const fuse_forget_data& forget : std::span(forgets, count)) {
    FilesystemOf(request).Forget(forget.ino, forget.nlookup);
  }
  fuse_reply_none(request);
}

void GetAttributes(fuse_req_t request, fuse_ino_t inode, fuse_file_info* /*file*/) {
  Attributes attributes;
  const int error =
      Guarded([&] { return FilesystemOf(request).GetAttributes(inode, &attributes); });
  ReplyAttributes(request, error, attributes);
}

OpenFile* FileOf(const fuse_file_info* info) {
  return reinterpret_cast<OpenFile*>(info->fh);
}

void Describe(OpenFile* file, fuse_file_info* info) {
  info->fh = reinterpret_cast<uintptr_t>(file);
  info->keep_cache = 1;
  info->direct_io = file->is_uncached() ? 1 : 0;
  // Closing what cannot change needs no answer.
  info->noflush = file->draft() == nullptr ? 1 : 0;
}

void Open(fuse_req_t request, fuse_ino_t inode, fuse_file_info* info) {
  OpenFile* file = nullptr;
  const int error = Guarded(
      [&] { return FilesystemOf(request).Open(inode, info->flags, &file, CallerOf(request)); });
  if (error != 0) {
    fuse_reply_err(request, error);
    return;
  }
  Describe(file, info);
  if (fuse_reply_open(request, info) == -ENOENT) {
    FilesystemOf(request).Release(file);
  }
}

void Read(fuse_req_t request, fuse_ino_t /*inode*/, size_t size, off_t offset,
          fuse_file_info* info) {
  thread_local BorrowedBytes bytes;
  thread_local std::vector<iovec> slices;
  const int error = Guarded([&] {
    const int failed =
        FilesystemOf(request).Read(*FileOf(info), static_cast<uint64_t>(offset), size, &bytes);
    slices.clear();
    if (failed == 0 && bytes.slices().size() <= kReplySlicesMax) {
      for (const std::string_view slice : bytes.slices()) {
        slices.push_back({const_cast<char*>(slice.data()), slice.size()});
      }
    } else if (failed == 0) {
      char* whole = bytes.Allocate(bytes.size());
      bytes.CopyTo(whole);
      slices.push_back({whole, bytes.size()});
    }
    return failed;
  });
  if (error != 0) {
    fuse_reply_err(request, error);
  } else {
    fuse_reply_iov(request, slices.data(), static_cast<int>(slices.size()));
  }
  // An idle thread must not hold on to a generation that is dropped meanwhile.
  bytes.Clear();
}

void Release(fuse_req_t request, fuse_ino_t /*inode*/, fuse_file_info* info) {
  const int error = Guarded([&] {
    FilesystemOf(request).Release(FileOf(info));
    return 0;
  });
  fuse_reply_err(request, error);
}

void Create(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t /*mode*/,
            fuse_file_info* info) {
  Attributes attributes;
  OpenFile* file = nullptr;
  const int error = Guarded([&] {
    return FilesystemOf(request).Create(parent, name, info->flags, CallerOf(request), &attributes,
                                        &file);
  });
  if (error != 0) {
    fuse_reply_err(request, error);
    return;
  }
  Describe(file, info);
  const fuse_entry_param entry = EntryOf(attributes);
  if (fuse_reply_create(request, &entry, info) == -ENOENT) {
    FilesystemOf(request).Release(file);
    FilesystemOf(request).Forget(entry.ino, 1);
  }
}

void Write(fuse_req_t request, fuse_ino_t /*inode*/, const char* bytes, size_t size, off_t offset,
           fuse_file_info* info) {
  const int error = Guarded([&] {
    return FilesystemOf(request).Write(*FileOf(info), static_cast<uint64_t>(offset), {bytes, size});
  });
  if (error != 0) {
    fuse_reply_err(request, error);
  } else {
    fuse_reply_write(request, size);
  }
}

void Flush(fuse_req_t request, fuse_ino_t /*inode*/, fuse_file_info* info) {
  fuse_reply_err(request, Guarded([&] {
                   return FilesystemOf(request).Flush(*FileOf(info), CallerOf(request));
                 }));
}

void Sync(fuse_req_t request, fuse_ino_t /*inode*/, int /*data_only*/, fuse_file_info* info) {
  fuse_reply_err(request, Guarded([&] { return FilesystemOf(request).Sync(*FileOf(info)); }));
}

void SyncDir(fuse_req_t request, fuse_ino_t /*inode*/, int /*data_only*/,
             fuse_file_info* /*info*/) {
  // Every change is durable when it is answered.
  fuse_reply_err(request, 0);
}

void SetAttributes(fuse_req_t request, fuse_ino_t inode, struct stat* wanted, int which,
                   fuse_file_info* /*info*/) {
  AttributeChanges changes;
  if ((which & FUSE_SET_ATTR_SIZE) != 0) {
    changes.size = static_cast<uint64_t>(wanted->st_size);
  }
  if ((which & FUSE_SET_ATTR_MTIME) != 0) {  // with FUSE_SET_ATTR_MTIME_NOW too: it tells its time
    changes.modified = wanted->st_mtim.tv_sec;
  }
  Attributes attributes;
  const int error =
      Guarded([&] { return FilesystemOf(request).SetAttributes(inode, changes, &attributes); });
  ReplyAttributes(request, error, attributes);
}

void Unlink(fuse_req_t request, fuse_ino_t parent, const char* name) {
  fuse_reply_err(request, Guarded([&] {
                   return FilesystemOf(request).Unlink(parent, name, CallerOf(request));
                 }));
}

// Videos have no other names, and nothing but videos is kept.
void RefuseLink(fuse_req_t request, fuse_ino_t /*inode*/, fuse_ino_t /*parent*/,
                const char* /*name*/) {
  fuse_reply_err(request, EPERM);
}

void RefuseSymlink(fuse_req_t request, const char* /*to*/, fuse_ino_t /*parent*/,
                   const char* /*name*/) {
  fuse_reply_err(request, EPERM);
}

void RefuseNode(fuse_req_t request, fuse_ino_t /*parent*/, const char* /*name*/, mode_t /*mode*/,
                dev_t /*device*/) {
  fuse_reply_err(request, EPERM);
}

void Rename(fuse_req_t request, fuse_ino_t parent, const char* name, fuse_ino_t new_parent,
            const char* new_name, unsigned flags) {
  fuse_reply_err(request, Guarded([&] {
                   return FilesystemOf(request).Rename(parent, name, new_parent, new_name, flags,
                                                       CallerOf(request));
                 }));
}

void MakeDirectory(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t /*mode*/) {
  Attributes attributes;
  const int error =
      Guarded([&] { return FilesystemOf(request).MakeDirectory(parent, name, &attributes); });
  ReplyEntry(request, error, attributes);
}

void RemoveDirectory(fuse_req_t request, fuse_ino_t parent, const char* name) {
  fuse_reply_err(request,
                 Guarded([&] { return FilesystemOf(request).RemoveDirectory(parent, name); }));
}

void OpenDir(fuse_req_t request, fuse_ino_t inode, fuse_file_info* info) {
  OpenDirectory* directory = nullptr;
  ListingUse use = ListingUse::kOnce;
  const int error = Guarded([&] { return FilesystemOf(request).OpenDir(inode, &directory, &use); });
  if (error != 0) {
    fuse_reply_err(request, error);
    return;
  }
  info->fh = reinterpret_cast<uintptr_t>(directory);
  info->cache_readdir = use != ListingUse::kOnce ? 1 : 0;
  info->keep_cache = use == ListingUse::kReuse ? 1 : 0;
  if (fuse_reply_open(request, info) == -ENOENT) {
    FilesystemOf(request).ReleaseDir(directory);
  }
}

/// Fills one buffer of entries; `plus`: with their attributes, each a lookup.
void ReadDirInto(fuse_req_t request, size_t size, off_t offset, fuse_file_info* info, bool plus) {
  thread_local std::vector<char> buffer;
  thread_local std::string name;
  size_t used = 0;
  const int error = Guarded([&] {
    buffer.resize(size);
    const auto accept = [&](const DirectoryEntry& entry) {
      name = entry.name;
      const auto next = static_cast<off_t>(entry.next_offset);
      fuse_entry_param parameters = EntryOf(entry.attributes);
      size_t needed = 0;
      if (plus) {
        // Dots are no lookups, and inode 0 is how the reply says so; d_ino stays.
        parameters.ino = entry.is_dot ? 0 : parameters.ino;
        needed = fuse_add_direntry_plus(request, buffer.data() + used, size - used, name.c_str(),
                                        &parameters, next);
      } else {
        needed = fuse_add_direntry(request, buffer.data() + used, size - used, name.c_str(),
                                   &parameters.attr, next);
      }
      if (needed > size - used) {
        return false;
      }
      used += needed;
      return true;
    };
    return FilesystemOf(request).ReadDir(reinterpret_cast<OpenDirectory*>(info->fh),
                                         static_cast<uint64_t>(offset), plus, accept);
  });
  // What was accepted before an error is counted, so it must be delivered; the error comes again.
  if (error != 0 && used == 0) {
    fuse_reply_err(request, error);
  } else {
    fuse_reply_buf(request, buffer.data(), used);
  }
}

void ReadDir(fuse_req_t request, fuse_ino_t /*inode*/, size_t size, off_t offset,
             fuse_file_info* info) {
  ReadDirInto(request, size, offset, info, false);
}

void ReadDirPlus(fuse_req_t request, fuse_ino_t /*inode*/, size_t size, off_t offset,
                 fuse_file_info* info) {
  ReadDirInto(request, size, offset, info, true);
}

void ReleaseDir(fuse_req_t request, fuse_ino_t /*inode*/, fuse_file_info* info) {
  FilesystemOf(request).ReleaseDir(reinterpret_cast<OpenDirectory*>(info->fh));
  fuse_reply_err(request, 0);
}

/// Answers with `text`, or with how long it is where the caller asks for that first.
void ReplyText(fuse_req_t request, int error, const std::string& text, size_t size) {
  if (error != 0) {
    fuse_reply_err(request, error);
  } else if (size == 0) {
    fuse_reply_xattr(request, text.size());
  } else if (text.size() > size) {
    fuse_reply_err(request, ERANGE);
  } else {
    fuse_reply_buf(request, text.data(), text.size());
  }
}

void ListXattrs(fuse_req_t request, fuse_ino_t inode, size_t size) {
  std::string names;
  const int error = Guarded([&] { return FilesystemOf(request).ListXattrs(inode, &names); });
  ReplyText(request, error, names, size);
}

void GetXattr(fuse_req_t request, fuse_ino_t inode, const char* name, size_t size) {
  std::string value;
  const int error = Guarded([&] { return FilesystemOf(request).GetXattr(inode, name, &value); });
  ReplyText(request, error, value, size);
}

void SetXattr(fuse_req_t request, fuse_ino_t inode, const char* name, const char* value,
              size_t size, int flags) {
  fuse_reply_err(request, Guarded([&] {
                   return FilesystemOf(request).SetXattr(inode, name, {value, size}, flags);
                 }));
}

void RemoveXattr(fuse_req_t request, fuse_ino_t inode, const char* name) {
  fuse_reply_err(request, Guarded([&] { return FilesystemOf(request).RemoveXattr(inode, name); }));
}

void StatFs(fuse_req_t request, fuse_ino_t /*inode*/) {
  struct statvfs numbers {};
  const int error = Guarded([&] { return FilesystemOf(request).Statistics(&numbers); });
  if (error != 0) {
    fuse_reply_err(request, error);
  } else {
    fuse_reply_statfs(request, &numbers);
  }
}

}  // namespace

fuse_lowlevel_ops Operations() {
  fuse_lowlevel_ops operations{};
  operations.init = Init;
  operations.lookup = Lookup;
  operations.forget = Forget;
  operations.forget_multi = ForgetMany;
  operations.getattr = GetAttributes;
  operations.open = Open;
  operations.read = Read;
  operations.release = Release;
  operations.create = Create;
  operations.write = Write;
  operations.flush = Flush;
  operations.fsync = Sync;
  operations.fsyncdir = SyncDir;
  operations.setattr = SetAttributes;
  operations.unlink = Unlink;
  operations.link = RefuseLink;
  operations.symlink = RefuseSymlink;
  operations.mknod = RefuseNode;
  operations.rename = Rename;
  operations.mkdir = MakeDirectory;
  operations.rmdir = RemoveDirectory;
  operations.opendir = OpenDir;
  operations.readdir = ReadDir;
  operations.readdirplus = ReadDirPlus;
  operations.releasedir = ReleaseDir;
  operations.listxattr = ListXattrs;
  operations.getxattr = GetXattr;
  operations.setxattr = SetXattr;
  operations.removexattr = RemoveXattr;
  operations.statfs = StatFs;
  return operations;
}

}  // namespace reel::mount

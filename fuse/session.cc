#include "fuse/session.h"

#define FUSE_USE_VERSION 314
#include <fcntl.h>
#include <fuse3/fuse_lowlevel.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <ctime>
#include <exception>
#include <fstream>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "fuse/mountpoint.h"
#include "fuse/stop_signals.h"

namespace reel::mount {
namespace {

// The most that the kernel asks for at once: 256 pages of 4 KiB.
constexpr unsigned kReadBytesMax = 1 << 20;
constexpr unsigned kBackgroundRequestsMax = 64;
constexpr unsigned kThreadsMax = 16;
// docs/benchmarks.md: the kernel's readahead is the prefetcher that counts, and mounts start at
// 128.
constexpr unsigned kReadAheadKib = 16384;
// IOV_MAX, less the reply's header.
constexpr size_t kReplySlicesMax = 1023;

Filesystem& FilesystemOf(fuse_req_t request) {
  return *static_cast<Filesystem*>(fuse_req_userdata(request));
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
  info->direct_io = file->may_try_to_write() ? 1 : 0;
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
  if ((which & FUSE_SET_ATTR_MTIME_NOW) != 0) {
    changes.modified = std::time(nullptr);
  } else if ((which & FUSE_SET_ATTR_MTIME) != 0) {
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
  const int error = Guarded([&] { return FilesystemOf(request).OpenDir(inode, &directory); });
  if (error != 0) {
    fuse_reply_err(request, error);
    return;
  }
  info->fh = reinterpret_cast<uintptr_t>(directory);
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

/// libfuse's last complaint, which it has no other way to return.
class ComplaintLog {
 public:
  static void Listen() { fuse_set_log_func(&Write); }

  static std::string Take() {
    const std::scoped_lock lock(Mutex());
    return std::exchange(Text(), {});
  }

 private:
  static std::mutex& Mutex() {
    static std::mutex mutex;
    return mutex;
  }
  static std::string& Text() {
    static std::string text;
    return text;
  }

  static void Write(fuse_log_level /*level*/, const char* format, va_list arguments) {
    std::array<char, 512> line{};
    if (std::vsnprintf(line.data(), line.size(), format, arguments) < 0) {
      return;
    }
    std::string text(line.data());
    while (!text.empty() && text.back() == '\n') {
      text.pop_back();
    }
    const std::scoped_lock lock(Mutex());
    Text() = std::move(text);
  }
};

Status Failed(const std::string& mountpoint, const std::string& fallback) {
  const std::string complaint = ComplaintLog::Take();
  return {Code::kIoError, "cannot mount on " + mountpoint + ": " +
                              (complaint.empty() ? fallback : complaint) +
                              " (look at the directory, /dev/fuse and /etc/fuse.conf)"};
}

void RaiseReadAhead(dev_t device) {
  // Only root may; without it reads are as correct and somewhat slower.
  std::ofstream("/sys/class/bdi/" + std::to_string(major(device)) + ":" +
                std::to_string(minor(device)) + "/read_ahead_kb")
      << kReadAheadKib << std::flush;
}

/// A second descriptor of the connection, above the one of the socket by which fusermount3 hears
/// that this process is gone; -1 if there can be none. The kernel takes a killed process's files
/// from the highest number down. Were the socket first, fusermount3 could look at the mount while
/// it is not dead yet, and would leave it (seen on a busy machine).
int HoldToTheLast(fuse_session* session) {
  constexpr int kAboveTheSocket = 64;
  const int connection = fuse_session_fd(session);
  return fcntl(connection, F_DUPFD_CLOEXEC, connection + kAboveTheSocket);
}

struct SessionCloser {
  void operator()(fuse_session* session) const { fuse_session_destroy(session); }
};
struct LoopConfigCloser {
  void operator()(fuse_loop_config* config) const { fuse_loop_cfg_destroy(config); }
};

/// An option's value with what would end it escaped.
std::string OptionValue(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ',' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out;
}

fuse_session* NewSession(const MountOptions& options, Filesystem* filesystem) {
  // default_permissions: the kernel checks the modes, so no other user gets past them.
  const std::string words =
      std::string(options.read_only ? "ro" : "rw") +
      ",nodev,nosuid,default_permissions,subtype=reel,max_read=" + std::to_string(kReadBytesMax) +
      ",fsname=" + OptionValue(options.source) + (options.allow_other ? ",allow_other" : "") +
      (options.noexec ? ",noexec" : "") + (options.noatime ? ",noatime" : "") +
      (options.auto_unmount ? ",auto_unmount" : "");
  fuse_args arguments = FUSE_ARGS_INIT(0, nullptr);
  fuse_session* session = nullptr;
  if (fuse_opt_add_arg(&arguments, "reel") == 0 && fuse_opt_add_arg(&arguments, "-o") == 0 &&
      fuse_opt_add_arg(&arguments, words.c_str()) == 0) {
    const fuse_lowlevel_ops operations = Operations();
    session = fuse_session_new(&arguments, &operations, sizeof operations, filesystem);
  }
  fuse_opt_free_args(&arguments);
  return session;
}

}  // namespace

Status ServeMount(const MountOptions& options, Filesystem* filesystem,
                  const std::function<bool()>& on_ready) {
  ComplaintLog::Listen();
  const std::unique_ptr<fuse_session, SessionCloser> session(NewSession(options, filesystem));
  const std::unique_ptr<fuse_loop_config, LoopConfigCloser> config(fuse_loop_cfg_create());
  if (session == nullptr || config == nullptr) {
    return Failed(options.mountpoint, "libfuse refused its options");
  }
  fuse_loop_cfg_set_max_threads(config.get(), kThreadsMax);
  // libfuse's own handlers would give way to any that the program has set.
  const StopSignals signals(
      [](void* stopped) { fuse_session_exit(static_cast<fuse_session*>(stopped)); }, session.get());
  if (fuse_session_mount(session.get(), options.mountpoint.c_str()) != 0) {
    return Failed(options.mountpoint, "the kernel or fusermount3 refused");
  }
  const int last_descriptor = options.auto_unmount ? HoldToTheLast(session.get()) : -1;
  // Asks as any program would, so it returns only when the loop below answers, or has ended.
  std::thread first_caller([&] {
    struct stat root {};
    if (stat(options.mountpoint.c_str(), &root) != 0 || !IsMountpoint(options.mountpoint)) {
      return;
    }
    RaiseReadAhead(root.st_dev);
    if (!on_ready()) {
      kill(getpid(), SIGTERM);
    }
  });
  const int ended = fuse_session_loop_mt(session.get(), config.get());
  if (last_descriptor >= 0) {
    close(last_descriptor);
  }
  fuse_session_unmount(session.get());
  first_caller.join();
  return ended >= 0 ? Status::Ok()
                    : Failed(options.mountpoint, "the connection to the kernel broke");
}

}  // namespace reel::mount

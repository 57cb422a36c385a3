#include "fuse/session.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "fuse/handlers.h"
#include "fuse/stop_signals.h"

namespace reel::mount {
namespace {

constexpr unsigned kThreadsMax = 16;
// docs/benchmarks.md: the kernel's readahead is the prefetcher that counts, and mounts start at
// 128.
constexpr unsigned kReadAheadKib = 16384;

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

// After INIT was answered: until then the kernel holds the mount's readahead to its default.
void RaiseReadAhead(const std::string& mountpoint) {
  // Not stat(2): a process that is killed while it asks itself cannot end, nor can its mount.
  struct statx root {};
  if (statx(AT_FDCWD, mountpoint.c_str(), AT_STATX_DONT_SYNC, 0, &root) != 0) {
    return;
  }
  // Only root may; without it reads are as correct and somewhat slower.
  std::ofstream("/sys/class/bdi/" + std::to_string(root.stx_dev_major) + ":" +
                std::to_string(root.stx_dev_minor) + "/read_ahead_kb")
      << kReadAheadKib << std::flush;
}

/// Answers INIT, which is the first request. From then on the kernel keeps what is asked until the
/// loop answers it. False where there will be none: the session ended, or its connection broke.
bool AnswerFirstRequest(fuse_session* session) {
  fuse_buf buffer{};
  int received = -EINTR;
  while (received == -EINTR && fuse_session_exited(session) == 0) {
    received = fuse_session_receive_buf(session, &buffer);
  }
  if (received > 0) {
    fuse_session_process_buf(session, &buffer);
  }
  std::free(buffer.mem);
  return received > 0;
}

/// The session's end of what the kernel keeps. That it keeps nothing of the kind, or that the mount
/// is gone, is as well.
class SessionCache final : public KernelCache {
 public:
  explicit SessionCache(fuse_session* session) : session_(session) {}

  void DropEntry(uint64_t parent, const std::string& name) override {
    fuse_lowlevel_notify_inval_entry(session_, parent, name.c_str(), name.size());
  }
  void DropInode(uint64_t inode, bool pages) override {
    fuse_lowlevel_notify_inval_inode(session_, inode, pages ? 0 : -1, 0);
  }

 private:
  fuse_session* session_;
};

/// Ends what Follow began. The kernel may make that wait for a request that the loop, which has
/// ended, has not answered.
void Unfollow(fuse_session* session, Filesystem* filesystem) {
  constexpr int kLookAgainMs = 10;
  std::atomic<bool> done = false;
  std::thread unfollowing([&] {
    filesystem->Unfollow();
    done = true;
  });
  fuse_buf buffer{};
  while (!done) {
    pollfd connection{fuse_session_fd(session), POLLIN, 0};
    if (poll(&connection, 1, kLookAgainMs) <= 0) {
      continue;
    }
    if ((connection.revents & POLLIN) == 0) {
      break;  // the mount is gone, and nothing waits for it
    }
    fuse_session_reset(session);
    if (fuse_session_receive_buf(session, &buffer) > 0) {
      fuse_session_process_buf(session, &buffer);
    }
  }
  std::free(buffer.mem);
  unfollowing.join();
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

fuse_session* NewSession(const MountOptions& options, Filesystem** filesystem) {
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

/// Answers the mount's requests until it ends. Negative where its connection broke.
int Answer(const MountOptions& options, fuse_session* session, fuse_loop_config* config,
           Filesystem* filesystem, const std::function<bool()>& on_ready) {
  if (!AnswerFirstRequest(session)) {
    return fuse_session_exited(session) == 0 ? -EIO : 0;
  }
  RaiseReadAhead(options.mountpoint);
  SessionCache cache(session);
  filesystem->Follow(&cache);
  const int ended = on_ready() ? fuse_session_loop_mt(session, config) : 0;
  Unfollow(session, filesystem);
  return ended;
}

}  // namespace

Status ServeMount(const MountOptions& options, const std::function<Result<Filesystem*>()>& open,
                  const std::function<bool()>& on_ready) {
  ComplaintLog::Listen();
  Filesystem* filesystem = nullptr;
  const std::unique_ptr<fuse_session, SessionCloser> session(NewSession(options, &filesystem));
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
  const auto opened = open();
  int ended = 0;
  if (opened.ok()) {
    filesystem = *opened;
    ended = Answer(options, session.get(), config.get(), filesystem, on_ready);
  }
  if (last_descriptor >= 0) {
    close(last_descriptor);
  }
  fuse_session_unmount(session.get());
  if (!opened.ok()) {
    return opened.status();
  }
  return ended >= 0 ? Status::Ok()
                    : Failed(options.mountpoint, "the connection to the kernel broke");
}

}  // namespace reel::mount

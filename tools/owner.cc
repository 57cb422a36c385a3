#include "tools/owner.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <list>
#include <memory>
#include <thread>
#include <utility>

#include "tools/channel.h"
#include "tools/owner_socket.h"
#include "tools/served_command.h"
#include "tools/system_error.h"

namespace reel::cli {
namespace {

constexpr int kBacklog = 128;

extern "C" void OnNudge(int /*signal*/) {}

/// While it lives, SIGURG interrupts system calls.
class NudgeHandler {
 public:
  NudgeHandler() {
    struct sigaction action {};
    action.sa_handler = OnNudge;
    sigemptyset(&action.sa_mask);
    sigaction(SIGURG, &action, &before_);
  }
  ~NudgeHandler() { sigaction(SIGURG, &before_, nullptr); }
  NudgeHandler(const NudgeHandler&) = delete;
  NudgeHandler& operator=(const NudgeHandler&) = delete;

 private:
  struct sigaction before_ {};
};

/// While it lives, threads that are made begin with all signals blocked: those of the process are
/// for its other threads.
class QuietThreads {
 public:
  QuietThreads() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~QuietThreads() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  QuietThreads(const QuietThreads&) = delete;
  QuietThreads& operator=(const QuietThreads&) = delete;

 private:
  sigset_t before_{};
};

Status CheckUser(int client) {
  const auto user = PeerUser(client);
  REEL_RETURN_IF_ERROR(user.status());
  return *user == geteuid() || *user == 0
             ? Status::Ok()
             : Status(Code::kReadOnly, "the owner of the store, process " +
                                           std::to_string(getpid()) +
                                           ", is another user's (become that user, or root)");
}

}  // namespace

class Owner::Impl {
 public:
  Impl(SharedStore store, FileDescriptor directory, FileDescriptor socket)
      : store_(std::move(store)),
        directory_(std::move(directory)),
        socket_(std::move(socket)),
        wake_up_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    const QuietThreads quiet;
    thread_ = std::thread([this] { Run(); });
  }

  ~Impl() {
    unlinkat(directory_.get(), kOwnerSocket, 0);
    stopping_ = true;
    WakeUp();
    thread_.join();
    // Whoever has connected and was not heard yet finds the socket closed.
    socket_.Close();
    for (const auto& command : commands_) {
      command->EndWithOwner();
    }
    commands_.clear();
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

 private:
  void WakeUp() const {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t ignored = write(wake_up_.get(), &one, sizeof one);
  }

  void Run() {
    while (!stopping_) {
      std::array<pollfd, 2> waits = {{{socket_.get(), POLLIN, 0}, {wake_up_.get(), POLLIN, 0}}};
      poll(waits.data(), waits.size(), -1);
      uint64_t count = 0;
      [[maybe_unused]] const ssize_t ignored = read(wake_up_.get(), &count, sizeof count);
      commands_.remove_if([](const auto& command) { return command->HasEnded(); });
      if (!stopping_ && waits[0].revents != 0) {
        Accept();
      }
    }
  }

  void Accept() {
    FileDescriptor client(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client.ok()) {
      // Descriptors have run out, and the next look would find the same client: others go first.
      poll(nullptr, 0, errno == EMFILE || errno == ENFILE ? 100 : 0);
      return;
    }
    Status allowed = CheckUser(client.get());
    if (allowed.ok() && commands_.size() >= kCommandsMax) {
      allowed = {Code::kBusy, std::to_string(kCommandsMax) +
                                  " commands run in the owner of the store (try again)"};
    }
    if (!allowed.ok()) {
      [[maybe_unused]] const Status ignored =
          Channel(std::move(client)).Send(FrameKind::kRefused, {allowed.message()});
      return;
    }
    commands_.push_back(
        std::make_unique<ServedCommand>(&store_, std::move(client), [this] { WakeUp(); }));
  }

  SharedStore store_;
  FileDescriptor directory_;
  FileDescriptor socket_;
  FileDescriptor wake_up_;
  NudgeHandler nudges_;
  std::atomic<bool> stopping_ = false;
  // Of the thread, and after its end of the destructor.
  std::list<std::unique_ptr<ServedCommand>> commands_;
  std::thread thread_;
};

Result<std::unique_ptr<Owner>> Owner::Listen(SharedStore store) {
  const std::string name = store.path + "/" + kOwnerSocket;
  const auto failed = [&](int error) {
    return SystemError("other commands cannot work through this process: " + name, error);
  };
  FileDescriptor directory(open(store.path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory.ok()) {
    return failed(errno);
  }
  // Whoever made the one that is there has lost the store.
  if (unlinkat(directory.get(), kOwnerSocket, 0) != 0 && errno != ENOENT) {
    return failed(errno);
  }
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // The mode of the socket is the one that its name gets: it is never anybody else's.
  if (!socket.ok() || fchmod(socket.get(), 0600) != 0) {
    return failed(errno);
  }
  const sockaddr_un address = OwnerAddress(directory.get());
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return failed(errno);
  }
  if (listen(socket.get(), kBacklog) != 0) {
    const int error = errno;
    unlinkat(directory.get(), kOwnerSocket, 0);
    return failed(error);
  }
  return std::unique_ptr<Owner>(
      new Owner(std::make_unique<Impl>(std::move(store), std::move(directory), std::move(socket))));
}

std::unique_ptr<Owner> Owner::ListenIfPossible(SharedStore store,
                                               const std::function<void(const Status&)>& report) {
  auto listening = Listen(std::move(store));
  if (!listening.ok()) {
    report(listening.status());
    return nullptr;
  }
  return *std::move(listening);
}

Owner::Owner(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Owner::~Owner() = default;

}  // namespace reel::cli

#include "tools/interrupt.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>

namespace reel::cli {
namespace {

Interruption& OfProcess() {
  static Interruption interruption;
  return interruption;
}

// A handler must not be the first to ask for it.
Interruption* raised_by_signals = nullptr;

extern "C" void OnSignal(int /*signal*/) {
  const int saved = errno;
  raised_by_signals->Raise();
  errno = saved;
}

void Install(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

Interruption::Interruption() : wake_up_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Interruption::Raise() {
  raised_ = true;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = write(wake_up_.get(), &one, sizeof one);
}

void Interruption::WaitUntilRaised() const {
  static_cast<void>(Wait(-1, 0));
}

bool Interruption::WaitReadable(int fd) const {
  return Wait(fd, POLLIN);
}

bool Interruption::WaitWritable(int fd) const {
  return Wait(fd, POLLOUT);
}

bool Interruption::Wait(int fd, short events) const {
  std::array<pollfd, 2> waits = {{{fd, events, 0}, {wake_up_.get(), POLLIN, 0}}};
  while (!IsRaised()) {
    // An error other than EINTR is left to the read or write that follows.
    if (poll(waits.data(), waits.size(), -1) > 0 || errno != EINTR) {
      break;
    }
  }
  return !IsRaised();
}

const Interruption& InterruptionOfProcess() {
  return OfProcess();
}

void NoteInterrupts() {
  raised_by_signals = &OfProcess();
  Install(SIGINT, OnSignal);
  Install(SIGTERM, OnSignal);
  struct sigaction hangup {};
  sigaction(SIGHUP, nullptr, &hangup);
  if (hangup.sa_handler != SIG_IGN) {  // nohup means it
    Install(SIGHUP, OnSignal);
  }
  Install(SIGPIPE, SIG_IGN);
}

}  // namespace reel::cli

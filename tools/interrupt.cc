#include "tools/interrupt.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace reel::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;

// A signal that comes between a look at the flag and a wait would be slept through; through this
// pipe the wait hears it.
std::array<int, 2> wake_up = {-1, -1};

extern "C" void OnSignal(int /*signal*/) {
  const int saved = errno;
  interrupted = 1;
  const char byte = 0;
  [[maybe_unused]] const ssize_t ignored = write(wake_up[1], &byte, 1);
  errno = saved;
}

void Install(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

bool Wait(int fd, short events) {
  std::array<pollfd, 2> waits = {{{fd, events, 0}, {wake_up[0], POLLIN, 0}}};
  while (!Interrupted()) {
    // An error other than EINTR is left to the read or write that follows.
    if (poll(waits.data(), waits.size(), -1) > 0 || errno != EINTR) {
      break;
    }
  }
  return !Interrupted();
}

}  // namespace

void NoteInterrupts() {
  if (pipe2(wake_up.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    wake_up = {-1, -1};
  }
  Install(SIGINT, OnSignal);
  Install(SIGTERM, OnSignal);
  struct sigaction hangup {};
  sigaction(SIGHUP, nullptr, &hangup);
  if (hangup.sa_handler != SIG_IGN) {  // nohup means it
    Install(SIGHUP, OnSignal);
  }
  Install(SIGPIPE, SIG_IGN);
}

bool Interrupted() {
  return interrupted != 0;
}

bool WaitReadable(int fd) {
  return Wait(fd, POLLIN);
}

bool WaitWritable(int fd) {
  return Wait(fd, POLLOUT);
}

}  // namespace reel::cli

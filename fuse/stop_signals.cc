#include "fuse/stop_signals.h"

#include <pthread.h>

#include <cerrno>
#include <cstddef>

namespace reel::mount {
namespace {

constexpr std::array<int, 4> kSignals = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

// Written before the handlers are set and after they are gone.
void (*stop_call)(void*) = nullptr;
void* stop_argument = nullptr;
pthread_t waiting_thread{};

extern "C" void OnStopSignal(int signal) {
  const int saved = errno;
  stop_call(stop_argument);
  // The kernel may have chosen another thread, and then the waiting one would sleep on.
  if (pthread_equal(pthread_self(), waiting_thread) == 0) {
    pthread_kill(waiting_thread, signal);
  }
  errno = saved;
}

}  // namespace

StopSignals::StopSignals(void (*stop)(void*), void* argument) {
  stop_call = stop;
  stop_argument = argument;
  waiting_thread = pthread_self();
  for (size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler == SIG_IGN) {
      continue;
    }
    struct sigaction action {};
    action.sa_handler = kSignals[i] == SIGPIPE ? SIG_IGN : OnStopSignal;
    sigemptyset(&action.sa_mask);
    sigaction(kSignals[i], &action, nullptr);
  }
}

StopSignals::~StopSignals() {
  for (size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], &before_[i], nullptr);
  }
}

}  // namespace reel::mount

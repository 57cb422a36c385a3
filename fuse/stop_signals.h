// Turns the signals that end a program into a call.
#pragma once

#include <array>
#include <csignal>

namespace reel::mount {

/// While it lives, SIGINT, SIGTERM and SIGHUP call `stop(argument)` and wake the thread that made
/// this object from whatever it waits for; a signal that was ignored stays ignored, as under nohup.
/// SIGPIPE is ignored. Then all is as before. `stop` runs inside a signal handler. One at a time.
class StopSignals {
 public:
  StopSignals(void (*stop)(void*), void* argument);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  std::array<struct sigaction, 4> before_{};
};

}  // namespace reel::mount

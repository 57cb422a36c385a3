// A program run by a test, its output captured whole.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace reel::test {

struct Outcome {
  /// -1 when a signal ended it.
  int exit_status = -1;
  int signal = 0;
  std::string out;
  std::string err;
};

struct ProcessOptions {
  std::vector<std::string> arguments;
  /// NAME=VALUE, the whole environment.
  std::vector<std::string> environment;
  /// Fed by WriteInput; otherwise the file `input`.
  bool feed = false;
  std::string input = "/dev/null";
  /// Where standard output goes, instead of into Outcome::out.
  std::string output;
  /// The same for standard error.
  std::string errors;
  /// Standard descriptors that the program finds closed.
  std::vector<int> closed;
};

/// A running program. Ends with the object, by force if need be.
class Process {
 public:
  /// Starts arguments[0]; aborts the test program if that is impossible.
  explicit Process(const ProcessOptions& options);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }

  /// Blocks until the program took all but what a pipe holds; false when it closed its end.
  bool WriteInput(std::string_view bytes);
  void CloseInput();

  void Signal(int signal) const;

  /// Whether it has a handler for the signal by now.
  [[nodiscard]] bool Catches(int signal) const;

  /// Stops it and returns when it stands still, or has ended; it goes on at SIGCONT.
  void Stop() const;

  [[nodiscard]] bool Ended();

  /// Waits for the end, a minute at most.
  Outcome Wait();

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  int errors_ = -1;
  bool ended_ = false;
  int wait_status_ = 0;
};

/// One step of a poll.
void PollPause();

/// Polls until `condition()` holds; false when it does not within a minute.
template <typename Condition>
bool WaitUntil(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    PollPause();
  }
  return true;
}

}  // namespace reel::test

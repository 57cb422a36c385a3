// Sends a mount to the background, and lets the shell have its prompt back only when the mount
// answers.
#pragma once

#include <reel/status.h>
#include <sys/types.h>

#include <string>

namespace reel::mount {

/// The two sides of one fork. The child mounts; the parent waits for it and exits with its status.
/// One thread.
class Background {
 public:
  /// Forks. REQUIRES: no other thread runs, so no store is open (its threads do not survive a
  /// fork). Until Ready the child stays with the terminal: for its error line, and to hear Ctrl-C.
  static Result<Background> Fork();

  Background(Background&& other) noexcept;
  Background& operator=(Background&&) = delete;
  ~Background();

  [[nodiscard]] bool is_child() const { return child_ == 0; }

  /// In the parent: returns when the child called Ready and `mountpoint`, an absolute path, is a
  /// mount point: status 0. If the child ended first, its exit status. `error` gets a line to print
  /// where the child could not print one itself; otherwise it stays empty.
  int Wait(const std::string& mountpoint, std::string* error) const;

  /// In the child, once the mount answers: leaves the terminal and the working directory, and tells
  /// the parent. REQUIRES: the store was opened by its absolute path; it opens files later on.
  /// False when the parent is gone, so nobody wants the mount any more.
  bool Ready();

 private:
  Background(pid_t child, int channel) : child_(child), channel_(channel) {}

  pid_t child_;
  int channel_;
};

}  // namespace reel::mount

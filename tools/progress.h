// How far a long piece of work has come, for a person at a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/session.h"

namespace reel::cli {

/// "12.0 MiB of 1.2 GiB, 1 %, 350.0 MiB/s, 3s left"; without `total`, "12.0 MiB, 350.0 MiB/s".
/// `done_before` of `done` do not count for the rate: they were done before `elapsed` began.
std::string ProgressText(uint64_t done, std::optional<uint64_t> total,
                         std::chrono::duration<double> elapsed, uint64_t done_before = 0);

/// One line on stderr while the object lives, when stderr is a terminal, from the first second on;
/// it is erased at the end. In a pipe it does nothing.
class Progress {
 public:
  Progress(const Session& session, std::optional<uint64_t> total);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  /// Says that `bytes` more are done.
  void Add(uint64_t bytes);

  /// Says that `done` bytes of `total` are done. Those of the first call do not count for the rate.
  void Set(uint64_t done, uint64_t total);

  /// Takes the line away until more is done, so that another can be printed in its place.
  void Erase();

 private:
  using Clock = std::chrono::steady_clock;

  void ShowIfDue();

  void Show(std::string_view text) const;

  int errors_;
  bool on_terminal_;
  bool shown_ = false;
  std::optional<uint64_t> total_;
  uint64_t done_ = 0;
  std::optional<uint64_t> done_before_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point next_;
};

}  // namespace reel::cli

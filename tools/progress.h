// How far a long piece of work has come, for a person at a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace reel::cli {

/// "12.0 MiB of 1.2 GiB, 1 %, 350.0 MiB/s, 3s left"; without `total`, "12.0 MiB, 350.0 MiB/s".
std::string ProgressText(uint64_t done, std::optional<uint64_t> total,
                         std::chrono::duration<double> elapsed);

/// One line on stderr while the object lives, when stderr is a terminal, from the first second on;
/// it is erased at the end. In a pipe it does nothing.
class Progress {
 public:
  explicit Progress(std::optional<uint64_t> total);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  /// Says that `bytes` more are done.
  void Add(uint64_t bytes);

 private:
  using Clock = std::chrono::steady_clock;

  bool on_terminal_;
  bool shown_ = false;
  std::optional<uint64_t> total_;
  uint64_t done_ = 0;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point next_;
};

}  // namespace reel::cli

#include "fuse/process_id.h"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <string>
#include <string_view>

namespace reel::mount {

pid_t ProcessOf(pid_t thread) {
  constexpr std::string_view kField = "Tgid:\t";
  std::ifstream status("/proc/" + std::to_string(thread) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(kField)) {
      pid_t process = thread;
      std::from_chars(line.data() + kField.size(), line.data() + line.size(), process);
      return process;
    }
  }
  return thread;
}

bool IsAlive(pid_t process) {
  return process > 0 && (kill(process, 0) == 0 || errno == EPERM);
}

}  // namespace reel::mount

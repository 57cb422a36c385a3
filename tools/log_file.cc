#include "tools/log_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "tools/exit_status.h"
#include "tools/system_error.h"

namespace reel::cli {

Result<std::unique_ptr<LogFile>> LogFile::Open(const std::string& path) {
  if (path.empty()) {
    return {Code::kInvalidArgument, "--log is empty (name a file)"};
  }
  const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
  if (fd < 0) {
    return errno == EINTR ? Status(Code::kAborted, "interrupted (nothing was read)")
                          : SystemError("--log " + path + " cannot be opened", errno);
  }
  return std::unique_ptr<LogFile>(new LogFile(fd, path));
}

LogFile::~LogFile() {
  close(fd_);
}

void LogFile::Append(std::string_view line) {
  std::string bytes = is_cut_ ? "\n" : "";
  bytes.append(line).append("\n");
  WriteWhole(bytes);
}

void LogFile::WriteWhole(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd_, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
      is_cut_ = !bytes.empty();
    } else if (errno != EINTR) {
      Complain(errno);
      return;
    }
  }
}

void LogFile::Complain(int error) {
  if (!std::exchange(complained_, true)) {
    Warn(SystemError("cannot write to --log " + path_, error).message());
  }
}

}  // namespace reel::cli

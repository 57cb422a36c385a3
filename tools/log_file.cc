#include "tools/log_file.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "tools/exit_status.h"
#include "tools/system_error.h"

namespace reel::cli {

Result<std::unique_ptr<LogFile>> LogFile::Open(const Session& session, const std::string& path) {
  if (path.empty()) {
    return {Code::kInvalidArgument, "--log is empty (name a file)"};
  }
  auto fd = session.files->OpenToAppend(path, "--log " + path);
  if (!fd.ok()) {
    return fd.status();
  }
  return std::unique_ptr<LogFile>(new LogFile(&session, *std::move(fd), path));
}

void LogFile::Append(std::string_view line) {
  std::string bytes = is_cut_ ? "\n" : "";
  bytes.append(line).append("\n");
  WriteWhole(bytes);
}

void LogFile::WriteWhole(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd_.get(), bytes.data(), bytes.size());
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
    Warn(*session_, SystemError("cannot write to --log " + path_, error).message());
  }
}

}  // namespace reel::cli

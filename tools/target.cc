#include "tools/target.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "tools/interrupt.h"
#include "tools/system_error.h"

namespace reel::cli {
namespace {

constexpr mode_t kPermissions = 07777;

Status CannotWrite(const std::string& path, int error) {
  return SystemError("cannot write to " + path, error);
}

}  // namespace

Target::Target(int fd, std::string path, std::string temporary)
    : fd_(fd), path_(path), temporary_(std::move(temporary)), output_(fd, std::move(path)) {}

Target::Target(Target&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      output_(std::move(other.output_)) {}

Target::~Target() {
  if (!temporary_.empty()) {
    unlink(temporary_.c_str());
  }
  if (fd_ > STDERR_FILENO) {
    close(fd_);
  }
}

Result<Target> Target::Open(const std::string& path) {
  if (path == "-") {
    return Target(STDOUT_FILENO, "standard output", "");
  }
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) {
    return errno == ENOENT ? OpenBeside(path, nullptr) : Result<Target>(CannotWrite(path, errno));
  }
  if (S_ISDIR(found.st_mode)) {
    return CannotWrite(path, EISDIR);
  }
  if (S_ISREG(found.st_mode)) {
    const mode_t mode = found.st_mode & kPermissions;
    // What a link names is replaced, not the link.
    std::error_code error;
    const std::filesystem::path real = std::filesystem::canonical(path, error);
    return error ? Result<Target>(CannotWrite(path, error.value())) : OpenBeside(real, &mode);
  }
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) {
    return errno == EINTR ? Status(Code::kAborted, "interrupted (nothing was written)")
                          : CannotWrite(path, errno);
  }
  return Target(fd, path, "");
}

Result<Target> Target::OpenBeside(const std::string& path, const mode_t* mode) {
  // Not made of the file's name, which may be as long as a name can be.
  const std::filesystem::path beside =
      std::filesystem::path(path).replace_filename(".reel-get-" + std::to_string(getpid()));
  const int fd = open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) {
    return CannotWrite(path, errno);
  }
  Target target(fd, path, beside.string());
  if (mode != nullptr && fchmod(fd, *mode) != 0) {
    return CannotWrite(path, errno);
  }
  return target;
}

Status Target::Finish(const Status& written) {
  if (written.code() == Code::kAborted) {
    return InterruptedStatus();
  }
  return written.ok() ? Commit() : written;
}

Status Target::Commit() {
  REEL_RETURN_IF_ERROR(output_.Finish());
  if (temporary_.empty()) {
    return Status::Ok();
  }
  if (fsync(fd_) != 0 && errno != EINTR) {
    return CannotWrite(path_, errno);
  }
  if (Interrupted()) {
    return InterruptedStatus();
  }
  if (rename(temporary_.c_str(), path_.c_str()) != 0) {
    return CannotWrite(path_, errno);
  }
  temporary_.clear();
  return Status::Ok();
}

Status Target::InterruptedStatus() const {
  return {Code::kAborted, temporary_.empty() ? "interrupted (the output is not complete)"
                                             : "interrupted (nothing was written)"};
}

}  // namespace reel::cli

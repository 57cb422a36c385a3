#include "tools/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "tools/system_error.h"

namespace reel::cli {
namespace {

constexpr mode_t kPermissions = 07777;

Status CannotWrite(const std::string& path, int error) {
  return SystemError("cannot write to " + path, error);
}

/// What is written to as it stands.
class StandingOutput final : public OutputFile {
 public:
  explicit StandingOutput(FileDescriptor fd) : fd_(std::move(fd)) {}

  [[nodiscard]] int descriptor() const override { return fd_.get(); }
  [[nodiscard]] bool IsVisible() const override { return true; }
  Status Commit() override { return Status::Ok(); }

 private:
  FileDescriptor fd_;
};

/// A file that has another name until it is whole.
class WholeOutput final : public OutputFile {
 public:
  WholeOutput(FileDescriptor fd, std::string path, std::string temporary,
              const Interruption* interruption)
      : fd_(std::move(fd)),
        path_(std::move(path)),
        temporary_(std::move(temporary)),
        interruption_(interruption) {}
  WholeOutput(const WholeOutput&) = delete;
  WholeOutput& operator=(const WholeOutput&) = delete;

  ~WholeOutput() override {
    if (!temporary_.empty()) {
      unlink(temporary_.c_str());
    }
  }

  [[nodiscard]] int descriptor() const override { return fd_.get(); }
  [[nodiscard]] bool IsVisible() const override { return temporary_.empty(); }

  Status Commit() override {
    if (fsync(fd_.get()) != 0 && errno != EINTR) {
      return CannotWrite(path_, errno);
    }
    if (interruption_->IsRaised()) {
      return {Code::kAborted, "interrupted (nothing was written)"};
    }
    if (rename(temporary_.c_str(), path_.c_str()) != 0) {
      return CannotWrite(path_, errno);
    }
    temporary_.clear();
    return Status::Ok();
  }

 private:
  FileDescriptor fd_;
  std::string path_;
  // Empty once there is none any more.
  std::string temporary_;
  const Interruption* interruption_;
};

}  // namespace

Result<FileDescriptor> LocalFiles::OpenToRead(const std::string& path) {
  // A FIFO must not block before a signal can be heard: whoever reads waits for its writer.
  FileDescriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd.ok()) {
    return SystemError("cannot read " + path, errno);
  }
  return fd;
}

Result<FileDescriptor> LocalFiles::OpenToAppend(const std::string& path, const std::string& name) {
  FileDescriptor fd(open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666));
  if (!fd.ok()) {
    return errno == EINTR ? Status(Code::kAborted, "interrupted (nothing was read)")
                          : SystemError(name + " cannot be opened", errno);
  }
  return fd;
}

Result<std::unique_ptr<OutputFile>> LocalFiles::OpenOutput(const std::string& path) {
  using Opened = Result<std::unique_ptr<OutputFile>>;
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) {
    return errno == ENOENT ? OpenBeside(path, nullptr) : Opened(CannotWrite(path, errno));
  }
  if (S_ISDIR(found.st_mode)) {
    return CannotWrite(path, EISDIR);
  }
  if (S_ISREG(found.st_mode)) {
    const mode_t mode = found.st_mode & kPermissions;
    // What a link names is replaced, not the link.
    std::error_code error;
    const std::filesystem::path real = std::filesystem::canonical(path, error);
    return error ? Opened(CannotWrite(path, error.value())) : OpenBeside(real, &mode);
  }
  FileDescriptor fd(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd.ok()) {
    return errno == EINTR ? Status(Code::kAborted, "interrupted (nothing was written)")
                          : CannotWrite(path, errno);
  }
  return Opened(std::make_unique<StandingOutput>(std::move(fd)));
}

Result<std::unique_ptr<OutputFile>> LocalFiles::OpenBeside(const std::string& path,
                                                           const mode_t* mode) const {
  // Not made of the file's name, which may be as long as a name can be.
  const std::filesystem::path beside =
      std::filesystem::path(path).replace_filename(".reel-get-" + std::to_string(getpid()));
  FileDescriptor fd(open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!fd.ok()) {
    return CannotWrite(path, errno);
  }
  const int descriptor = fd.get();
  auto file = std::make_unique<WholeOutput>(std::move(fd), path, beside.string(), interruption_);
  if (mode != nullptr && fchmod(descriptor, *mode) != 0) {
    return CannotWrite(path, errno);
  }
  return Result<std::unique_ptr<OutputFile>>(std::move(file));
}

}  // namespace reel::cli

#include "tools/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include "tools/system_error.h"

namespace reel::cli {
namespace {

constexpr size_t kKeptBytesMax = 64U << 10;

iovec PartOf(std::string_view text) {
  return {const_cast<char*>(text.data()), text.size()};
}

}  // namespace

void ReserveStandardDescriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
      // The wrong way round, so that reading or writing the data still fails.
      const int flags = fd == STDIN_FILENO ? O_WRONLY : fd == STDOUT_FILENO ? O_RDONLY : O_RDWR;
      [[maybe_unused]] const int opened = open("/dev/null", flags);
    }
  }
}

Output Output::Standard(const Session& session) {
  return {session.interruption, session.output, "standard output"};
}

Status Output::Print(std::string_view text) {
  kept_ += text;
  return kept_.size() < kKeptBytesMax ? Status::Ok() : Flush();
}

Status Output::Write(std::span<const std::string_view> slices) {
  constexpr size_t kPartsMax = 256;
  std::array<iovec, kPartsMax> parts{};
  while (!slices.empty()) {
    const size_t count = std::min(slices.size(), kPartsMax);
    std::transform(slices.begin(), slices.begin() + static_cast<ptrdiff_t>(count), parts.begin(),
                   PartOf);
    REEL_RETURN_IF_ERROR(WriteAll(std::span(parts.data(), count)));
    slices = slices.subspan(count);
  }
  return Status::Ok();
}

Status Output::Finish() {
  REEL_RETURN_IF_ERROR(Flush());
  // Closing a duplicate reports what a network file system held back, and keeps the number taken.
  const int duplicate = fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (duplicate < 0 || (close(duplicate) != 0 && errno != EINTR)) {
    return SystemError("cannot write to " + name_, errno);
  }
  return Status::Ok();
}

Status Output::WriteAll(std::span<iovec> parts) const {
  while (!parts.empty()) {
    const ssize_t count = writev(fd_, parts.data(), static_cast<int>(parts.size()));
    const int error = errno;
    if (count < 0 && error != EINTR && error != EAGAIN) {
      return SystemError("cannot write to " + name_, error);
    }
    auto left = count < 0 ? 0 : static_cast<size_t>(count);
    while (!parts.empty() && left >= parts.front().iov_len) {
      left -= parts.front().iov_len;
      parts = parts.subspan(1);
    }
    if (parts.empty()) {
      break;
    }
    parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + left;
    parts.front().iov_len -= left;
    // A signal cuts a write short rather than failing it when some bytes went out before.
    if (!interruption_->WaitWritable(fd_)) {
      return {Code::kAborted, "interrupted (the output is not complete)"};
    }
  }
  return Status::Ok();
}

Status Output::Flush() {
  iovec part = PartOf(kept_);
  Status written = kept_.empty() ? Status::Ok() : WriteAll(std::span(&part, 1));
  kept_.clear();
  return written;
}

}  // namespace reel::cli

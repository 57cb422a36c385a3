#include "tools/source.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "tools/system_error.h"

namespace reel::cli {
namespace {

constexpr size_t kBlockBytes = 1U << 20;

bool SameTime(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

}  // namespace

Source::Source(const Session* session, std::string name, Empty empty)
    : session_(session), name_(std::move(name)), empty_(empty), buffer_(kBlockBytes) {}

Result<Source> Source::Open(const Session& session, const std::string& name, Empty empty) {
  const bool is_standard = name == "-";
  Source source(&session, is_standard ? "standard input" : name, empty);
  if (is_standard) {
    source.fd_ = session.input;
  } else {
    auto file = session.files->OpenToRead(name);
    if (!file.ok()) {
      return file.status();
    }
    source.file_ = *std::move(file);
    source.fd_ = source.file_.get();
  }
  REEL_RETURN_IF_ERROR(source.Examine());
  return source;
}

Status Source::Examine() {
  if (fstat(fd_, &before_) != 0) {
    return SystemError("cannot read " + name_, errno);
  }
  if (S_ISDIR(before_.st_mode)) {
    return SystemError("cannot read " + name_, EISDIR);
  }
  if (!S_ISREG(before_.st_mode)) {
    return Status::Ok();
  }
  const off_t at = lseek(fd_, 0, SEEK_CUR);
  if (at < 0) {
    return SystemError("cannot read " + name_, errno);
  }
  size_ = before_.st_size > at ? static_cast<uint64_t>(before_.st_size - at) : 0;
  if (*size_ == 0 && empty_ == Empty::kIsAnError) {
    return {Code::kIoError, name_ + " is empty (give a file with bytes in it)"};
  }
  // Only a hint: reading is correct without it.
  posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
  return Status::Ok();
}

Result<std::string_view> Source::Next() {
  while (session_->interruption->WaitReadable(fd_)) {
    const ssize_t count = read(fd_, buffer_.data(), buffer_.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) {
      continue;
    }
    if (count < 0) {
      return SystemError("cannot read " + name_, errno);
    }
    taken_ += static_cast<uint64_t>(count);
    if (count == 0) {
      if (session_->InterruptedByNow()) {
        break;
      }
      if (taken_ == 0 && empty_ == Empty::kIsAnError) {
        return Status(Code::kIoError, name_ + " is empty (give it bytes to store)");
      }
      REEL_RETURN_IF_ERROR(CheckUnchanged());
    } else if (size_ && taken_ > *size_) {
      return Changed();
    }
    return std::string_view(buffer_.data(), static_cast<size_t>(count));
  }
  return Status(Code::kAborted, "interrupted");
}

Result<std::string> Source::ReadAll(size_t bytes_max) {
  std::string text;
  while (true) {
    const auto block = Next();
    if (!block.ok()) {
      return block.status();
    }
    if (block->empty()) {
      return text;
    }
    text += *block;
    if (text.size() > bytes_max) {
      return {Code::kTooLarge, name_ + " has more than " + std::to_string(bytes_max) +
                                   " bytes (name a smaller file)"};
    }
  }
}

Status Source::CheckUnchanged() const {
  if (!size_) {
    return Status::Ok();
  }
  struct stat now {};
  if (fstat(fd_, &now) != 0) {
    return SystemError("cannot read " + name_, errno);
  }
  const bool same =
      taken_ == *size_ && now.st_size == before_.st_size && SameTime(now.st_mtim, before_.st_mtim);
  return same ? Status::Ok() : Changed();
}

Status Source::Changed() const {
  struct stat now {};
  const bool known = fstat(fd_, &now) == 0;
  const std::string sizes = known && now.st_size != before_.st_size
                                ? ", from " + std::to_string(before_.st_size) + " to " +
                                      std::to_string(now.st_size) + " bytes"
                                : "";
  return {Code::kIoError,
          name_ + " changed while it was read" + sizes + " (try again when nobody writes to it)"};
}

Result<std::string> ReadSource(const Session& session, const std::string& name, size_t bytes_max,
                               Empty empty) {
  auto source = Source::Open(session, name, empty);
  return source.ok() ? source->ReadAll(bytes_max) : Result<std::string>(source.status());
}

Status NothingStored(const Status& status) {
  return status.code() == Code::kAborted
             ? Status(Code::kAborted, status.message() + " (nothing was stored)")
             : status;
}

}  // namespace reel::cli

#include "fuse/spool.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace reel::mount {
namespace {

/// For file systems below that know no O_TMPFILE: named for a moment.
int OpenUnlinked(const std::string& directory) {
  std::string name = directory + "/.spool-XXXXXX";
  const int fd = mkostemp(name.data(), O_CLOEXEC);
  if (fd >= 0) {
    unlink(name.c_str());
  }
  return fd;
}

}  // namespace

int Spool::Create(const std::string& directory, std::unique_ptr<Spool>* out) {
  int fd = open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
    fd = OpenUnlinked(directory);
  }
  if (fd < 0) {
    return errno;
  }
  out->reset(new Spool(fd));
  return 0;
}

Spool::~Spool() {
  close(fd_);
}

int Spool::Write(uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return errno;
    }
    offset += static_cast<uint64_t>(written);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

int Spool::Read(uint64_t offset, std::span<char> buffer, size_t* count) const {
  *count = 0;
  while (*count < buffer.size()) {
    const ssize_t got = pread(fd_, buffer.data() + *count, buffer.size() - *count,
                              static_cast<off_t>(offset + *count));
    if (got < 0) {
      if (errno == EINTR) {
        continue;
      }
      return errno;
    }
    if (got == 0) {
      break;
    }
    *count += static_cast<size_t>(got);
  }
  return 0;
}

int Spool::Resize(uint64_t size) {
  return ftruncate(fd_, static_cast<off_t>(size)) == 0 ? 0 : errno;
}

int Spool::Size(uint64_t* out) const {
  struct stat numbers {};
  if (fstat(fd_, &numbers) != 0) {
    return errno;
  }
  *out = static_cast<uint64_t>(numbers.st_size);
  return 0;
}

int Spool::Sync() {
  return fdatasync(fd_) == 0 ? 0 : errno;
}

}  // namespace reel::mount

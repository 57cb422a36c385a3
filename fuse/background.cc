#include "fuse/background.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "fuse/mountpoint.h"

namespace reel::mount {
namespace {

Status Failed(int error) {
  return {Code::kIoError, "cannot go to the background: " + std::generic_category().message(error) +
                              " (stay in front with -f)"};
}

/// Whether the other end said a byte before it closed.
bool ReadByte(int channel) {
  char byte = 0;
  ssize_t count = 0;
  do {
    count = read(channel, &byte, 1);
  } while (count < 0 && errno == EINTR);
  return count == 1;
}

}  // namespace

Result<Background> Background::Fork() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return Failed(errno);
  }
  const pid_t child = fork();
  if (child < 0) {
    const int error = errno;
    close(ends[0]);
    close(ends[1]);
    return Failed(error);
  }
  if (child == 0) {
    close(ends[0]);
    return Background(0, ends[1]);
  }
  close(ends[1]);
  return Background(child, ends[0]);
}

Background::Background(Background&& other) noexcept
    : child_(other.child_), channel_(std::exchange(other.channel_, -1)) {}

Background::~Background() {
  if (channel_ >= 0) {
    close(channel_);
  }
}

int Background::Wait(const std::string& mountpoint, std::string* error) const {
  error->clear();
  if (ReadByte(channel_)) {
    if (IsMountpoint(mountpoint)) {
      return 0;
    }
    *error = "cannot mount on " + mountpoint +
             ": it was mounted and is gone again (mount in front with -f to see why)";
    return 1;
  }
  int status = 0;
  while (waitpid(child_, &status, 0) < 0) {
    if (errno != EINTR) {
      *error = "cannot mount on " + mountpoint + ": the process behind it is lost (try again)";
      return 1;
    }
  }
  if (WIFEXITED(status)) {
    // A child that ended well without being ready was told to stop while it started.
    return WEXITSTATUS(status);
  }
  *error = "cannot mount on " + mountpoint + ": the process behind it was ended by signal " +
           std::to_string(WTERMSIG(status)) + " (mount in front with -f to see why)";
  return 1;
}

bool Background::Ready() {
  setsid();
  // The root always exists, and staying would only keep a directory busy.
  const bool moved = chdir("/") == 0;
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null >= 0) {
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    if (null > STDERR_FILENO) {
      close(null);
    }
  }
  const char byte = 1;
  ssize_t sent = 0;
  do {
    sent = send(channel_, &byte, 1, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  close(std::exchange(channel_, -1));
  return moved && sent == 1;
}

}  // namespace reel::mount

#include "tools/served_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "tools/file_descriptor.h"

namespace reel::cli {
namespace {

std::optional<dev_t> DeviceOf(int fd) {
  struct statx found {};
  // With what the kernel knows already: the file system is not asked.
  if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &found) != 0) {
    return std::nullopt;
  }
  return makedev(found.stx_dev_major, found.stx_dev_minor);
}

}  // namespace

std::optional<dev_t> DeviceMountedAt(const std::string& directory) {
  const FileDescriptor fd(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  return fd.ok() ? DeviceOf(fd.get()) : std::nullopt;
}

Status CheckNotServedHere(const SharedStore& store, int fd, const std::string& name) {
  if (!store.mounted || DeviceOf(fd) != store.mounted) {
    return Status::Ok();
  }
  return {Code::kUnsupported,
          name +
              " is in the mount of the process that the command works through, which would wait "
              "for itself (name another file, or go through a pipe: cat FILE | reel put -, "
              "reel get KEY | cat > FILE)"};
}

Status CheckPathNotServedHere(const SharedStore& store, const std::string& path,
                              const std::string& name) {
  const FileDescriptor fd(open(path.c_str(), O_PATH | O_CLOEXEC));
  return fd.ok() ? CheckNotServedHere(store, fd.get(), name) : Status::Ok();
}

}  // namespace reel::cli

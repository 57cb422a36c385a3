#include "fuse/mountpoint.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace reel::mount {
namespace {

Status Refuse(Code code, const std::string& directory, const std::string& why) {
  return {code, "cannot mount on " + directory + ": " + why};
}

Status CheckDirectory(const std::string& directory) {
  struct stat attributes {};
  struct statvfs answer {};
  // A dead mount's root may still be in the kernel's cache; statvfs always asks the file system.
  if (stat(directory.c_str(), &attributes) != 0 || statvfs(directory.c_str(), &answer) != 0) {
    const int error = errno;
    switch (error) {
      case ENOENT:
        return Refuse(Code::kNotFound, directory,
                      "it does not exist (make it: mkdir -p " + directory + ")");
      case ENOTCONN:
      case ECONNABORTED:
        return Refuse(
            Code::kBusy, directory,
            "a FUSE mount there has lost its process (clear it: fusermount3 -u " + directory + ")");
      case EACCES:
        return Refuse(Code::kReadOnly, directory,
                      "permission denied (choose a directory of your own)");
      default:
        return Refuse(Code::kIoError, directory,
                      std::generic_category().message(error) + " (look at the directory)");
    }
  }
  if (!S_ISDIR(attributes.st_mode)) {
    return Refuse(Code::kConflict, directory, "it is not a directory (choose one)");
  }
  if (IsMountpoint(directory)) {
    return Refuse(
        Code::kBusy, directory,
        "something is mounted there already (unmount it: fusermount3 -u " + directory + ")");
  }
  std::error_code error;
  const bool empty = std::filesystem::is_empty(directory, error);
  if (error) {
    return Refuse(Code::kReadOnly, directory,
                  error.message() + " (choose a directory that you may read)");
  }
  if (!empty) {
    return Refuse(Code::kConflict, directory, "it is not empty (choose an empty directory)");
  }
  return Status::Ok();
}

bool IsInPath(std::string_view program) {
  const char* value = std::getenv("PATH");
  std::string_view path = value == nullptr ? "/usr/local/bin:/usr/bin:/bin" : value;
  while (!path.empty()) {
    const size_t end = std::min(path.find(':'), path.size());
    const std::string candidate = std::string(path.substr(0, end)).append("/").append(program);
    if (access(candidate.c_str(), X_OK) == 0) {
      return true;
    }
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

Status CheckFuse(const std::string& directory) {
  if (access("/dev/fuse", F_OK) != 0) {
    return Refuse(Code::kUnsupported, directory,
                  "there is no /dev/fuse (load the module: modprobe fuse; in a container, pass "
                  "--device /dev/fuse --cap-add SYS_ADMIN)");
  }
  if (geteuid() == 0) {
    return Status::Ok();
  }
  if (!HasFusermount()) {
    return Refuse(Code::kUnsupported, directory,
                  "fusermount3 is not in the path (install the package fuse3)");
  }
  if (access(directory.c_str(), W_OK) != 0) {
    return Refuse(Code::kReadOnly, directory,
                  "you may not write to it (choose a directory of your own)");
  }
  return Status::Ok();
}

}  // namespace

bool HasFusermount() {
  return IsInPath("fusermount3");
}

bool IsMountpoint(const std::string& path) {
  struct statx attributes {};
  if (statx(AT_FDCWD, path.c_str(), AT_NO_AUTOMOUNT, STATX_TYPE, &attributes) != 0) {
    return false;
  }
  return (attributes.stx_attributes_mask & attributes.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

Result<std::string> CheckMountpoint(const std::string& directory) {
  REEL_RETURN_IF_ERROR(CheckDirectory(directory));
  REEL_RETURN_IF_ERROR(CheckFuse(directory));
  std::error_code error;
  std::string absolute = std::filesystem::canonical(directory, error).string();
  if (error) {
    return Refuse(Code::kIoError, directory, error.message() + " (give an absolute path)");
  }
  return absolute;
}

}  // namespace reel::mount

#include "tests/support/fuse_probe.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace reel::test {

std::string FuseRefusal(const std::string& directory) {
  const int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (device < 0) {
    return std::string("/dev/fuse: ") + std::strerror(errno);
  }
  std::string refusal;
  if (geteuid() == 0) {  // fusermount3 does it for others
    const std::string options =
        "fd=" + std::to_string(device) + ",rootmode=40000,user_id=0,group_id=0";
    if (mount("probe", directory.c_str(), "fuse", 0, options.c_str()) != 0) {
      refusal = std::string("mount: ") + std::strerror(errno);
    } else {
      umount2(directory.c_str(), MNT_DETACH);
    }
  }
  close(device);
  return refusal;
}

}  // namespace reel::test

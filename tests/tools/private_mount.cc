#include "tests/tools/private_mount.h"

#include <sched.h>
#include <sys/mount.h>

#include <utility>

namespace reel::test {
namespace {

// Once in a process: a second unshare would only nest.
bool HavePrivateMounts() {
  static const bool have =
      unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  return have;
}

}  // namespace

PrivateMount::PrivateMount(std::string path, const std::string& size) : path_(std::move(path)) {
  mounted_ = HavePrivateMounts() &&
             mount("tmpfs", path_.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
}

PrivateMount::~PrivateMount() {
  if (mounted_) {
    umount2(path_.c_str(), MNT_DETACH);
  }
}

bool PrivateMount::MakeReadOnly() const {
  return mount(nullptr, path_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0;
}

}  // namespace reel::test

// Small file systems that only the test and its children see.
#pragma once

#include <string>

namespace reel::test {

/// A memory file system of a limited size, gone with the object.
class PrivateMount {
 public:
  /// Mounts on the existing directory `path`. Check ok(): a container or a user may not be allowed
  /// to.
  PrivateMount(std::string path, const std::string& size);
  ~PrivateMount();
  PrivateMount(const PrivateMount&) = delete;
  PrivateMount& operator=(const PrivateMount&) = delete;

  [[nodiscard]] bool ok() const { return mounted_; }

  /// Nothing can be written from now on; false if that failed.
  [[nodiscard]] bool MakeReadOnly() const;

 private:
  std::string path_;
  bool mounted_ = false;
};

}  // namespace reel::test

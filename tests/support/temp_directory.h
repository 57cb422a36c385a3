// A directory of a test's own.
#pragma once

#include <cstdint>
#include <string>

namespace reel::test {

/// Made empty, removed with all that is in it. TMPDIR says where.
class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// Bytes that the files below `path` occupy on disk, once those are gone that RocksDB has in its
/// trash.
uint64_t DiskBytes(const std::string& path);

/// The whole file; aborts the test program if it cannot be read.
std::string ReadWholeFile(const std::string& path);
void WriteWholeFile(const std::string& path, const std::string& bytes);

}  // namespace reel::test

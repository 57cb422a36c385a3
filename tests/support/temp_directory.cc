#include "tests/support/temp_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace reel::test {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void Die(const std::string& what) {
  std::perror(what.c_str());
  std::abort();
}

}  // namespace

TempDirectory::TempDirectory() {
  path_ = (fs::temp_directory_path() / "reel-test-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr) {
    Die(path_);
  }
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

uint64_t DiskBytes(const std::string& path) {
  uint64_t blocks = 0;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path, error)) {
    struct stat found = {};
    if (stat(entry.path().c_str(), &found) == 0 && S_ISREG(found.st_mode)) {
      blocks += static_cast<uint64_t>(found.st_blocks);
    }
  }
  return blocks * 512;
}

std::string ReadWholeFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) {
    Die(path);
  }
  return text.str();
}

void WriteWholeFile(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << bytes;
  out.close();
  if (!out) {
    Die(path);
  }
}

}  // namespace reel::test

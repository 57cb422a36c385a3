#include "tests/support/temp_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

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

namespace {

bool HasTrash(const std::string& path) {
  std::error_code error;
  const fs::recursive_directory_iterator files(path, error);
  return std::any_of(begin(files), end(files), [](const fs::directory_entry& entry) {
    return entry.path().extension() == ".trash";
  });
}

}  // namespace

uint64_t DiskBytes(const std::string& path) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (HasTrash(path) && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
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

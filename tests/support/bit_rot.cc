#include "tests/support/bit_rot.h"

#include <filesystem>
#include <fstream>

#include "tests/support/temp_directory.h"

namespace reel::test {

bool FlipABit(const std::string& store, std::string_view bytes) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(store)) {
    if (entry.path().extension() == ".sst") {
      const size_t at = ReadWholeFile(entry.path()).find(bytes);
      if (at != std::string::npos) {
        std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(at));
        file.put(static_cast<char>(bytes.front() ^ 1));
        return file.good();
      }
    }
  }
  return false;
}

}  // namespace reel::test

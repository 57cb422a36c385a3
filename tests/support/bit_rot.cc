#include "tests/support/bit_rot.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace reel::test {

std::optional<BytePlace> FindInTables(const std::string& store, std::string_view bytes) {
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator at(store, error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().extension() != ".sst") {
      continue;
    }
    // A file may have been merged into another meanwhile.
    std::ifstream file(at->path(), std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (const size_t offset = whole.find(bytes); offset != std::string::npos) {
      return BytePlace{at->path(), offset};
    }
  }
  return std::nullopt;
}

bool FlipABit(const BytePlace& place) {
  std::fstream file(place.file, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(place.offset));
  const int byte = file.get();
  file.seekp(static_cast<std::streamoff>(place.offset));
  file.put(static_cast<char>(byte ^ 1));
  return file.good();
}

bool FlipABit(const std::string& store, std::string_view bytes) {
  const auto place = FindInTables(store, bytes);
  return place && FlipABit(*place);
}

}  // namespace reel::test

// Fuzzes the map between keys and the paths of a mount, both ways. An input is a key without the
// mount's prefix, and also a path.
#include "fuse/path_map.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/require.h"

namespace reel::mount {
namespace {

constexpr size_t kKeyBytesMax = 512;

// Of a component that a kernel may ask for.
bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && name != "." && name != ".." &&
         name.find('\0') == std::string_view::npos;
}

void CheckComponents(std::string_view path) {
  for (size_t start = 0; start <= path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string_view name = path.substr(start, end - start);
    REEL_REQUIRE(IsName(name));
    REEL_REQUIRE(start > 0 || name != kViewsName);
    start = end + 1;
  }
}

void CheckTail(std::string_view tail) {
  for (const bool also_directory : {false, true}) {
    const std::string path = KeyToPath(tail, also_directory);
    CheckComponents(path);
    const auto key = PathToKey(path);
    REEL_REQUIRE(key == (FilePath{std::string(tail), also_directory}));
    REEL_REQUIRE(!also_directory || !PathToDirectory(path));
  }
  const Directory directory = DirectoryOf(tail);
  CheckComponents(directory.path);
  REEL_REQUIRE(PathToDirectory(directory.path) == directory);
  REEL_REQUIRE(directory.path != KeyToPath(tail, /*also_directory=*/true));
}

// All directories on the way are there, and the last one has the file.
void CheckWay(std::string_view tail) {
  for (const bool also_directory : {false, true}) {
    const std::string path = KeyToPath(tail, also_directory);
    for (size_t slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      const std::string way = path.substr(0, slash);
      const auto directory = PathToDirectory(way);
      REEL_REQUIRE(directory && directory->path == way);
      REEL_REQUIRE(tail.starts_with(directory->tail_prefix));
    }
    const auto parent = PathToDirectory(ParentPath(path));
    REEL_REQUIRE(parent);
    const auto child = ChildOf(*parent, tail, also_directory);
    REEL_REQUIRE(child && child->kind == Child::Kind::kFile);
    REEL_REQUIRE(JoinPath(parent->path, child->name) == path);
  }
}

void CheckPath(std::string_view path) {
  if (const auto key = PathToKey(path)) {
    REEL_REQUIRE(KeyToPath(key->tail, key->also_directory) == path);
  }
  if (const auto directory = PathToDirectory(path)) {
    REEL_REQUIRE(directory->path == path);
    REEL_REQUIRE(path.empty() || PathToDirectory(ParentPath(path)));
  }
}

void CheckName(std::string_view text) {
  const std::string name = EscapeName(text);
  REEL_REQUIRE(name.find('/') == std::string::npos && name != "." && name != "..");
  REEL_REQUIRE(UnescapeName(name) == text);
  if (const auto raw = UnescapeName(text)) {
    REEL_REQUIRE(EscapeName(*raw) == text);
  }
}

}  // namespace
}  // namespace reel::mount

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace reel;
  using namespace reel::mount;
  const std::string_view text = FuzzInput(data, size).rest();
  if (text.size() <= kKeyBytesMax) {
    CheckTail(text);
    CheckWay(text);
  }
  CheckPath(text);
  CheckName(text);
  return 0;
}

// Damage to a store on disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reel::test {

/// A byte of a file.
struct BytePlace {
  std::string file;
  uint64_t offset = 0;
};

/// Where `bytes` lie in a table file below `store`, which may be open; nothing if they are in none.
[[nodiscard]] std::optional<BytePlace> FindInTables(const std::string& store,
                                                    std::string_view bytes);

/// Flips a bit of the byte there.
[[nodiscard]] bool FlipABit(const BytePlace& place);

/// Flips a bit of the first of `bytes` where they lie in a table file below `store`; false if they
/// are not found.
[[nodiscard]] bool FlipABit(const std::string& store, std::string_view bytes);

}  // namespace reel::test

// Damage to a store on disk.
#pragma once

#include <string>
#include <string_view>

namespace reel::test {

/// Flips a bit of the first of `bytes` where they lie in a table file below `store`; false if they
/// are not found.
[[nodiscard]] bool FlipABit(const std::string& store, std::string_view bytes);

}  // namespace reel::test

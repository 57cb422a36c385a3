// Parts of a fuzz target's input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace reel {

/// Takes parts off the front; behind the end all are zero or empty.
class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}
  explicit FuzzInput(std::string_view text) : rest_(text) {}

  uint8_t Byte() {
    const std::string_view byte = Take(1);
    return byte.empty() ? 0 : static_cast<uint8_t>(byte[0]);
  }

  /// Up to the next line end, which goes too.
  std::string_view Line() {
    const std::string_view line = rest_.substr(0, rest_.find('\n'));
    Take(line.size() + 1);
    return line;
  }

  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view Take(size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest_;
};

}  // namespace reel

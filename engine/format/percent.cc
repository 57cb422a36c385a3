#include <reel/percent.h>

#include <charconv>

namespace reel {

std::optional<std::string> DecodePercent(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      bytes += text[at];
      continue;
    }
    const std::string_view digits = text.substr(at + 1, 2);
    const char* end = digits.data() + digits.size();
    unsigned char byte = 0;
    const auto parsed = std::from_chars(digits.data(), end, byte, 16);
    if (digits.size() != 2 || parsed.ec != std::errc() || parsed.ptr != end) {
      return std::nullopt;
    }
    bytes += static_cast<char>(byte);
    at += 2;
  }
  return bytes;
}

}  // namespace reel

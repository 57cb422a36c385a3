#include <reel/byte_range.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace reel {
namespace {

std::optional<uint64_t> ParseNumber(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

Status Malformed(std::string_view text) {
  return {Code::kInvalidArgument,
          "\"" + std::string(text) + "\" is not a range (write A-B, A- or -N, in bytes)"};
}

Status Outside(std::string_view text, uint64_t size) {
  return {Code::kOutOfRange, "the range " + std::string(text) +
                                 " is outside the video, which has " + std::to_string(size) +
                                 " bytes (ask for bytes it has)"};
}

}  // namespace

Result<ByteRange> ResolveByteRange(std::string_view text, uint64_t size) {
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos || text.size() == 1) {
    return Malformed(text);
  }
  const std::string_view first_text = text.substr(0, dash);
  const std::string_view last_text = text.substr(dash + 1);
  if (first_text.empty()) {
    const auto count = ParseNumber(last_text);
    if (!count) {
      return Malformed(text);
    }
    if (*count == 0 || size == 0) {
      return Outside(text, size);
    }
    const uint64_t length = std::min(*count, size);
    return ByteRange{size - length, length};
  }
  const auto first = ParseNumber(first_text);
  const auto last =
      last_text.empty() ? std::optional<uint64_t>(UINT64_MAX) : ParseNumber(last_text);
  if (!first || !last) {
    return Malformed(text);
  }
  if (*first >= size || *last < *first) {
    return Outside(text, size);
  }
  return ByteRange{*first, std::min(*last, size - 1) - *first + 1};
}

}  // namespace reel

#include "format/range_spec.h"

#include <algorithm>
#include <charconv>

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

}  // namespace

std::optional<RangeSpec> ParseRangeSpec(std::string_view text) {
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos || text.size() == 1) {
    return std::nullopt;
  }
  RangeSpec spec;
  const std::string_view first = text.substr(0, dash);
  const std::string_view last = text.substr(dash + 1);
  if (!first.empty() && !(spec.first = ParseNumber(first))) {
    return std::nullopt;
  }
  if (!last.empty() && !(spec.last = ParseNumber(last))) {
    return std::nullopt;
  }
  return spec;
}

std::optional<ByteRange> Resolve(const RangeSpec& spec, uint64_t size) {
  if (!spec.first) {
    const uint64_t length = std::min(spec.last.value_or(0), size);
    return length == 0 ? std::nullopt : std::optional(ByteRange{size - length, length});
  }
  if (*spec.first >= size || spec.inverted()) {
    return std::nullopt;
  }
  const uint64_t last = std::min(spec.last.value_or(UINT64_MAX), size - 1);
  return ByteRange{*spec.first, last - *spec.first + 1};
}

}  // namespace reel

// The queries of requests, in the encoding of HTML forms.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace reel::http {

/// The whole of `text` as a decimal number; nothing where it is none, or does not fit.
template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

/// The parameters of a query (`a=1&b=2`), in their order.
class Query {
 public:
  /// Both names and values are decoded, and '+' is a space. Nothing where a '%' has no two hex
  /// digits behind it.
  static std::optional<Query> Parse(std::string_view text);

  /// The value of the first parameter of that name.
  [[nodiscard]] std::optional<std::string_view> Find(std::string_view name) const;

  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& parameters() const {
    return parameters_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace reel::http

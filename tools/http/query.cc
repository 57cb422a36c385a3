#include "tools/http/query.h"

#include <reel/percent.h>

#include <algorithm>

namespace reel::http {
namespace {

std::optional<std::string> DecodeForm(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return DecodePercent(spaced);
}

}  // namespace

std::optional<Query> Query::Parse(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const size_t end = text.find('&');
    const std::string_view one = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (one.empty()) {
      continue;
    }
    const size_t equals = one.find('=');
    auto name = DecodeForm(one.substr(0, equals));
    auto value =
        equals == std::string_view::npos ? std::string() : DecodeForm(one.substr(equals + 1));
    if (!name || !value) {
      return std::nullopt;
    }
    query.parameters_.emplace_back(*std::move(name), *std::move(value));
  }
  return query;
}

std::optional<std::string_view> Query::Find(std::string_view name) const {
  for (const auto& [key, value] : parameters_) {
    if (key == name) {
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace reel::http

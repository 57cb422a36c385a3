// Writes the one-line JSON records that the surfaces print.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

/// One JSON object, field by field, in the order added. Text must be UTF-8; bytes that are not are
/// replaced by U+FFFD. Not thread-safe.
class JsonObject {
 public:
  JsonObject& Add(std::string_view name, std::string_view text);
  JsonObject& Add(std::string_view name, const char* text) {
    return Add(name, std::string_view(text));
  }
  JsonObject& Add(std::string_view name, uint64_t number);
  JsonObject& Add(std::string_view name, bool value);
  JsonObject& Add(std::string_view name, const std::vector<std::string>& texts);
  /// null when absent.
  JsonObject& Add(std::string_view name, const std::optional<int64_t>& number);
  /// `json` is serialized JSON and goes in as it is; null when empty.
  JsonObject& AddRaw(std::string_view name, std::string_view json);

  /// The object on one line, without a line end.
  [[nodiscard]] std::string ToString() const { return text_.empty() ? "{}" : text_ + "}"; }

 private:
  void Name(std::string_view name);
  std::string text_;
};

}  // namespace reel

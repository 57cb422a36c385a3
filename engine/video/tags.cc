#include "video/tags.h"

#include <reel/video_key.h>

#include <algorithm>

#include "base/hash.h"
#include "format/kv_key.h"

namespace reel {
namespace {

std::string Escaped(std::string_view path) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '%' || c == ',' || byte < 0x20 || byte == 0x7F) {
      out += '%';
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> DerivedTags(std::string_view key, const TagOptions& options) {
  std::vector<std::string> tags;
  if (!options.derived) {
    return tags;
  }
  const VideoKey parts = ParseVideoKey(key);
  std::string path = options.prefix + "path:" + Escaped(parts.path);
  if (!ValidateTag(path).ok()) {
    path = options.prefix + "path-xxh3:" + HashWhole(parts.path).ToHex();
  }
  tags.push_back(std::move(path));
  for (const auto& [name, value] : parts.parameters) {
    const std::string_view role = name == "derivative" ? "derivative:" : "format:";
    const std::string tag = options.prefix + std::string(role) + Escaped(value);
    if ((name == "derivative" || name == "f") && ValidateTag(tag).ok()) {
      tags.push_back(tag);
    }
  }
  if (!parts.mode.empty()) {
    tags.push_back(options.prefix + "mode:" + parts.mode);
  }
  return tags;
}

Result<std::vector<std::string>> AllTags(std::string_view key,
                                         const std::vector<std::string>& given,
                                         const TagOptions& options) {
  std::vector<std::string> tags;
  const auto add = [&](const std::string& tag) {
    if (std::find(tags.begin(), tags.end(), tag) == tags.end()) {
      tags.push_back(tag);
    }
  };
  for (const std::string& tag : given) {
    REEL_RETURN_IF_ERROR(ValidateTag(tag));
    add(tag);
  }
  for (const std::string& tag : DerivedTags(key, options)) {
    add(tag);
  }
  return tags;
}

}  // namespace reel

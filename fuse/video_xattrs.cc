#include "fuse/video_xattrs.h"

#include <algorithm>
#include <charconv>

namespace reel::mount {
namespace {

constexpr std::string_view kKey = "user.reel.key";
constexpr std::string_view kContentType = "user.reel.content_type";
constexpr std::string_view kXxh3 = "user.reel.xxh3";
constexpr std::string_view kChunks = "user.reel.chunks";
constexpr std::string_view kExpires = "user.reel.expires";
constexpr int64_t kTtlMin = 60;

std::string Joined(const std::vector<std::string>& tags) {
  std::string out;
  for (const std::string& tag : tags) {
    out += out.empty() ? "" : ",";
    out += tag;
  }
  return out;
}

}  // namespace

std::vector<std::string_view> XattrNames(const VideoInfo& info) {
  std::vector<std::string_view> names = {kKey, kTagsXattr, kContentType, kXxh3, kChunks};
  if (info.expires) {
    names.push_back(kExpires);
    names.push_back(kTtlXattr);
  }
  return names;
}

std::optional<std::string> XattrValue(const VideoInfo& info, std::string_view name, int64_t now) {
  if (name == kKey) {
    return info.key;
  }
  if (name == kTagsXattr) {
    return Joined(info.tags);
  }
  if (name == kContentType) {
    return info.content_type;
  }
  if (name == kXxh3) {
    return info.xxh3.ToHex();
  }
  if (name == kChunks) {
    return std::to_string(info.chunk_count);
  }
  if (name == kExpires && info.expires) {
    return std::to_string(*info.expires);
  }
  if (name == kTtlXattr && info.expires) {
    return std::to_string(std::max<int64_t>(*info.expires - now, 0));
  }
  return std::nullopt;
}

std::vector<std::string> ParseTags(std::string_view text) {
  std::vector<std::string> tags;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) {
      tags.emplace_back(text.substr(0, comma));
    }
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return tags;
}

std::optional<int64_t> ParseTtl(std::string_view text) {
  int64_t ttl = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ttl);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && (ttl == 0 || ttl >= kTtlMin) ? std::optional<int64_t>(ttl) : std::nullopt;
}

}  // namespace reel::mount

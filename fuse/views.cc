#include "fuse/views.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "fuse/path_map.h"

namespace reel::mount {
namespace {

// The longest time to live that a video can have.
constexpr int64_t kAgeSecondsMax = 1LL << 40;

/// Takes the first component off; nothing where there is none.
std::optional<std::string_view> TakeComponent(std::string_view* path) {
  const size_t end = std::min(path->find('/'), path->size());
  if (end == 0) {
    return std::nullopt;
  }
  const std::string_view component = path->substr(0, end);
  path->remove_prefix(std::min(end + 1, path->size()));
  return component;
}

int64_t SecondsIn(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3'600;
    case 'd':
      return 86'400;
    default:
      return 0;
  }
}

std::optional<ViewFilter> ParseFilter(ViewPlace::Kind views, std::string_view name) {
  ViewFilter filter;
  if (views == ViewPlace::Kind::kTags) {
    filter.tag = UnescapeName(name);
  } else {
    filter.age_s = ParseAge(name);
  }
  return filter.tag || filter.age_s ? std::optional(std::move(filter)) : std::nullopt;
}

}  // namespace

std::optional<int64_t> ParseAge(std::string_view text) {
  if (text.empty() || text.front() < '1' || text.front() > '9') {
    return std::nullopt;
  }
  const int64_t unit = SecondsIn(text.back());
  const char* end = text.data() + text.size() - 1;
  int64_t count = 0;
  const auto parsed = std::from_chars(text.data(), end, count);
  if (unit == 0 || parsed.ec != std::errc() || parsed.ptr != end || count > kAgeSecondsMax / unit) {
    return std::nullopt;
  }
  return count * unit;
}

std::optional<ViewPlace> ParseViewPath(std::string_view path) {
  ViewPlace place;
  place.path = path;
  if (path.ends_with('/') || TakeComponent(&path) != kViewsName) {
    return std::nullopt;
  }
  if (path.empty()) {
    return place;
  }
  const auto view = TakeComponent(&path);
  if (view == kTagsName) {
    place.kind = ViewPlace::Kind::kTags;
  } else if (view == kAgesName) {
    place.kind = ViewPlace::Kind::kAges;
  } else if ((view == kStatsName || view == kConfigName) && path.empty()) {
    place.kind = view == kStatsName ? ViewPlace::Kind::kStats : ViewPlace::Kind::kConfig;
  } else {
    return std::nullopt;
  }
  if (path.empty()) {
    return place;
  }
  const auto name = TakeComponent(&path);
  auto filter = name ? ParseFilter(place.kind, *name) : std::nullopt;
  if (!filter) {
    return std::nullopt;
  }
  place.kind = ViewPlace::Kind::kVideos;
  place.filter = *std::move(filter);
  place.inner = path;
  return place;
}

}  // namespace reel::mount

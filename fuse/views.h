// The paths under `.reel`, where the mount shows the same videos in other ways:
//
//   .reel/by-tag/TAG/...    those that bear the tag, in the tree that they make by themselves
//   .reel/expiring/AGE/...  those that expire within that time from now, likewise
//   .reel/stats.json        what the store holds, at the moment of reading
//   .reel/config.json       the settings in force
//
// A tag is written as EscapeName (fuse/path_map.h) has it, an age as a number and s, m, h or d.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reel::mount {

/// Which videos a view shows: those for which all holds that is set.
struct ViewFilter {
  std::optional<std::string> tag;
  /// They expire within so many seconds.
  std::optional<int64_t> age_s;

  friend bool operator==(const ViewFilter&, const ViewFilter&) = default;
};

/// A place under `.reel`, or that directory itself.
struct ViewPlace {
  enum class Kind : unsigned char { kTop, kTags, kAges, kVideos, kStats, kConfig };
  Kind kind = Kind::kTop;
  /// From the root of the mount on, so it begins with ".reel".
  std::string path;
  /// Of kVideos: what the view shows, and the path in its tree; empty for that tree's root.
  ViewFilter filter;
  std::string inner;

  /// Whether it is one of the texts, which are files; a place in a view may turn out to be a video.
  [[nodiscard]] bool IsText() const { return kind == Kind::kStats || kind == Kind::kConfig; }

  friend bool operator==(const ViewPlace&, const ViewPlace&) = default;
};

/// The place of that path, or nothing if there is no such view. Whether a video or a directory is
/// at a place in a view, only its tree can tell.
std::optional<ViewPlace> ParseViewPath(std::string_view path);

/// Seconds: a number above 0 without leading zeros and one of s, m, h and d. Nothing for other
/// text, and for longer than any video lives.
std::optional<int64_t> ParseAge(std::string_view text);

inline constexpr std::string_view kTagsName = "by-tag";
inline constexpr std::string_view kAgesName = "expiring";
inline constexpr std::string_view kStatsName = "stats.json";
inline constexpr std::string_view kConfigName = "config.json";

/// Those that a listing shows; all others are there too.
inline constexpr std::array<std::string_view, 4> kListedAges = {"1h", "24h", "7d", "30d"};

}  // namespace reel::mount

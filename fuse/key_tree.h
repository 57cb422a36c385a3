// The videos under a prefix, seen as a tree of tails (fuse/path_map.h).
#pragma once

#include <reel/status.h>
#include <reel/video.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace reel::mount {

/// Bytes in the longest key.
inline constexpr size_t kKeyBytesMax = 512;

/// Which videos a tree shows: those for which all holds that is set.
struct TreeFilter {
  /// They bear this tag.
  std::optional<std::string> tag;
  /// They expire, and at or before this second since the epoch.
  std::optional<int64_t> expires_by;
};

/// A prefix of a library's keys, seen as a tree: all videos, or those that pass a filter.
/// Thread-safe; outlived by the library.
class KeyTree {
 public:
  KeyTree(const VideoLibrary& library, std::string prefix, TreeFilter filter = {})
      : library_(&library), prefix_(std::move(prefix)), filter_(std::move(filter)) {}

  /// The same keys, seen through `filter`.
  [[nodiscard]] KeyTree Filtered(TreeFilter filter) const {
    return {*library_, prefix_, std::move(filter)};
  }

  /// Whether any video's tail begins with `tail_prefix`.
  [[nodiscard]] Result<bool> HasTails(std::string_view tail_prefix) const;

  /// A page of the videos whose tails begin with `tail_prefix`, cut at the next slash.
  [[nodiscard]] Result<VideoPage> List(std::string_view tail_prefix, std::string_view start_after,
                                       uint32_t limit) const;

  /// Of the video with that tail; errors as VideoLibrary::Stat, with kNotFound for one that the
  /// filter keeps out.
  [[nodiscard]] Result<VideoInfo> Stat(std::string_view tail) const;

  [[nodiscard]] std::string KeyOf(std::string_view tail) const {
    return prefix_ + std::string(tail);
  }

  [[nodiscard]] bool Contains(std::string_view key) const { return key.starts_with(prefix_); }

  /// REQUIRES: Contains(key).
  [[nodiscard]] std::string_view TailOf(std::string_view key) const {
    return key.substr(prefix_.size());
  }

  [[nodiscard]] const VideoLibrary& library() const { return *library_; }

 private:
  [[nodiscard]] bool IsShown(const VideoInfo& info) const;

  const VideoLibrary* library_;
  std::string prefix_;
  TreeFilter filter_;
};

}  // namespace reel::mount

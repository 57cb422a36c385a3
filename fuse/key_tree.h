// The videos under a prefix, seen as a tree of tails (fuse/path_map.h).
#pragma once

#include <reel/status.h>
#include <reel/video.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace reel::mount {

/// Bytes in the longest key.
inline constexpr size_t kKeyBytesMax = 512;

/// A prefix of a library's keys, seen as a tree. Thread-safe; outlived by the library.
class KeyTree {
 public:
  KeyTree(const VideoLibrary& library, std::string prefix)
      : library_(&library), prefix_(std::move(prefix)) {}

  /// Whether any video's tail begins with `tail_prefix`.
  [[nodiscard]] Result<bool> HasTails(std::string_view tail_prefix) const;

  /// A page of the videos whose tails begin with `tail_prefix`, cut at the next slash.
  [[nodiscard]] Result<VideoPage> List(std::string_view tail_prefix, std::string_view start_after,
                                       uint32_t limit) const;

  [[nodiscard]] std::string KeyOf(std::string_view tail) const {
    return prefix_ + std::string(tail);
  }

  /// REQUIRES: key begins with the prefix.
  [[nodiscard]] std::string_view TailOf(std::string_view key) const {
    return key.substr(prefix_.size());
  }

  [[nodiscard]] const VideoLibrary& library() const { return *library_; }

 private:
  const VideoLibrary* library_;
  std::string prefix_;
};

}  // namespace reel::mount

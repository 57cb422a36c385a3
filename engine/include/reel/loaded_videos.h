// Makes videos again of what a load of dumped entries left as single ones.
#pragma once

#include <reel/status.h>
#include <reel/video.h>

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace reel {

/// The chunked videos of which a load stored parts, in any order. Holds one key for each. Not
/// thread-safe.
class LoadedVideos {
 public:
  /// Told of a video that stays entries, and why.
  using Left = std::function<void(const std::string& key, const Status& why)>;

  /// Notes the video of a stored entry, if its metadata says that it is a part of one.
  void Note(std::string_view key, std::string_view metadata);

  /// Assembles the videos that were noted, each in a step of its own (VideoLibrary::Assemble).
  /// Parts that are missing, wrong or changed meanwhile are no error: `left` is told. Others, such
  /// as kNoSpace, and kAborted when `progress` said false, end it; called again, it goes on.
  Status Assemble(VideoLibrary* library, const Left& left,
                  const std::function<bool(uint64_t bytes)>& progress = nullptr);

 private:
  std::set<std::string, std::less<>> keys_;
};

}  // namespace reel

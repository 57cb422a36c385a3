#include "fuse/directory_times.h"

#include <algorithm>

namespace reel::mount {

void DirectoryTimes::Note(std::string_view path, int64_t now) {
  const std::scoped_lock lock(mutex_);
  const auto found = times_.find(path);
  if (found != times_.end()) {
    found->second = std::max(found->second, now);
    return;
  }
  if (times_.size() == kMax) {
    times_.clear();
    floor_ = std::max(floor_, now);
  }
  times_.emplace(path, now);
}

void DirectoryTimes::NoteAll(int64_t now) {
  const std::scoped_lock lock(mutex_);
  times_.clear();
  floor_ = std::max(floor_, now);
}

int64_t DirectoryTimes::Of(std::string_view path) const {
  const std::scoped_lock lock(mutex_);
  const auto found = times_.find(path);
  return found == times_.end() ? floor_ : std::max(found->second, floor_);
}

}  // namespace reel::mount

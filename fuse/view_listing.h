// The names in one directory under `.reel`.
#pragma once

#include <reel/status.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fuse/directory_stream.h"
#include "fuse/key_tree.h"
#include "fuse/tag_stream.h"
#include "fuse/views.h"

namespace reel::mount {

/// One pass over a directory under `.reel`. One thread at a time.
class ViewListing {
 public:
  /// Of kVideos, `tree` is the one that the view shows; of kTags, all that the mount shows; other
  /// places have `names` and nothing else. REQUIRES: the place is a directory.
  ViewListing(ViewPlace place, KeyTree tree, std::vector<std::string_view> names);
  ViewListing(const ViewListing&) = delete;
  ViewListing& operator=(const ViewListing&) = delete;

  /// As DirectoryStream::At.
  Result<const DirectoryRow*> At(uint64_t position);

 private:
  const DirectoryRow* RowOf(std::string_view name);

  ViewPlace place_;
  KeyTree tree_;
  std::vector<std::string_view> names_;
  std::optional<DirectoryStream> videos_;
  std::optional<TagStream> tags_;
  DirectoryRow row_;
};

}  // namespace reel::mount

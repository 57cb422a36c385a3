#include "fuse/view_listing.h"

#include <utility>
#include <variant>

#include "fuse/path_map.h"

namespace reel::mount {

ViewListing::ViewListing(ViewPlace place, KeyTree tree, std::vector<std::string_view> names)
    : place_(std::move(place)), tree_(std::move(tree)), names_(std::move(names)) {
  if (place_.kind == ViewPlace::Kind::kTags) {
    tags_.emplace(tree_);
  } else if (place_.kind == ViewPlace::Kind::kVideos) {
    videos_.emplace(tree_, PathToDirectory(place_.inner).value_or(Directory()));
  }
}

Result<const DirectoryRow*> ViewListing::At(uint64_t position) {
  if (videos_) {
    const auto row = videos_->At(position);
    const bool is_directory =
        row.ok() && *row != nullptr && std::holds_alternative<Directory>((*row)->inode);
    return is_directory ? RowOf((*row)->name) : row;
  }
  if (tags_) {
    const auto name = tags_->At(position);
    if (!name.ok()) {
      return name.status();
    }
    return *name != nullptr ? RowOf(**name) : nullptr;
  }
  return position < names_.size() ? RowOf(names_[position]) : nullptr;
}

const DirectoryRow* ViewListing::RowOf(std::string_view name) {
  row_.name = name;
  row_.inode = ParseViewPath(JoinPath(place_.path, name)).value_or(ViewPlace());
  return &row_;
}

}  // namespace reel::mount

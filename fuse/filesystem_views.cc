// The part of the file system that answers for what is under `.reel`.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "fuse/filesystem.h"
#include "fuse/tree_lookup.h"

namespace reel::mount {
namespace {

// A view changes by time alone, and by tags, of which nobody tells the kernel.
constexpr double kValidSecondsMax = 1;

}  // namespace

std::optional<std::string> Filesystem::ViewPathOf(const Inode& parent, std::string_view name) {
  if (const auto* place = std::get_if<ViewPlace>(&parent)) {
    return JoinPath(place->path, name);
  }
  const bool is_top = std::get<Directory>(parent).path.empty() && name == kViewsName;
  return is_top ? std::optional<std::string>(name) : std::nullopt;
}

KeyTree Filesystem::TreeOf(const ViewPlace& place) const {
  TreeFilter filter{.tag = place.filter.tag};
  if (place.filter.age_s) {
    filter.expires_by = clock_.NowSeconds() + *place.filter.age_s;
  }
  return tree_.Filtered(std::move(filter));
}

const std::function<Result<std::string>()>& Filesystem::TextOf(const ViewPlace& place) const {
  return place.kind == ViewPlace::Kind::kStats ? options_.texts.stats : options_.texts.config;
}

int Filesystem::ResolveView(const std::string& path, Inode* out) const {
  auto place = ParseViewPath(path);
  if (!place) {
    return ENOENT;
  }
  if (place->kind == ViewPlace::Kind::kVideos && !place->inner.empty()) {
    const auto found = FindPath(TreeOf(*place), MadeDirectories(), place->inner);
    if (!found.ok()) {
      return Fail(found.status());
    }
    if (!*found) {
      return ENOENT;
    }
    if (const auto* video = std::get_if<FileRecord>(&**found)) {
      *out = *video;
      return 0;
    }
  } else if (const int error = ViewExists(*place); error != 0) {
    return error;
  }
  *out = *std::move(place);
  return 0;
}

int Filesystem::ViewExists(const ViewPlace& place) const {
  if (place.IsText()) {
    return TextOf(place) ? 0 : ENOENT;
  }
  if (place.kind != ViewPlace::Kind::kVideos) {
    return 0;
  }
  if (place.inner.empty() && place.filter.age_s) {
    return 0;  // as an age is no less one when nothing expires
  }
  return ErrorOf(mount::HasVideos(TreeOf(place), *PathToDirectory(place.inner)));
}

Attributes Filesystem::ViewAttributesOf(uint64_t number, const ViewPlace& place) const {
  Attributes out = AttributesOf(number, Directory(), true);
  if (place.IsText()) {
    out.stat.st_mode = S_IFREG | (0444U & ~options_.umask);
    out.stat.st_mtim.tv_sec = clock_.NowSeconds();
    out.stat.st_ctim = out.stat.st_mtim;
    out.valid_s = 0;
  } else {
    out.stat.st_mode = S_IFDIR | (0555U & ~options_.umask);
    LimitValidity(&out);
  }
  return out;
}

int Filesystem::GetViewAttributes(uint64_t number, const ViewPlace& place, Attributes* out) const {
  if (const int error = ViewExists(place); error != 0) {
    return error;
  }
  *out = ViewAttributesOf(number, place);
  if (place.IsText()) {
    const auto text = TextOf(place)();
    if (!text.ok()) {
      return Fail(text.status());
    }
    out->stat.st_size = static_cast<off_t>(text->size());
  }
  return 0;
}

void Filesystem::LimitValidity(Attributes* shown_in_view) {
  shown_in_view->valid_s = std::min(shown_in_view->valid_s, kValidSecondsMax);
}

std::shared_ptr<Draft> Filesystem::RefusedDraft(const Inode& found, pid_t caller) {
  // Open knows a video's inode and not by which name it was found; that it was by one in a view
  // comes out when the kernel looks that name up again (BeginReplacing).
  const auto* video = std::get_if<FileRecord>(&found);
  return video == nullptr || caller == 0 || drafts_.size() == 0
             ? nullptr
             : drafts_.Refuse(video->key, caller);
}

int Filesystem::OpenText(uint64_t number, const ViewPlace& place, bool writes, OpenFile** out) {
  if (!place.IsText()) {
    return EISDIR;
  }
  if (writes) {
    return EROFS;
  }
  auto text = TextOf(place)();
  if (!text.ok()) {
    return Fail(text.status());
  }
  *out = AddHandle(std::make_unique<OpenFile>(number, *std::move(text)));
  return 0;
}

std::unique_ptr<ViewListing> Filesystem::ListView(const ViewPlace& place) const {
  std::vector<std::string_view> names;
  if (place.kind == ViewPlace::Kind::kTop) {
    names = {kTagsName, kAgesName};
    if (options_.texts.stats) {
      names.push_back(kStatsName);
    }
    if (options_.texts.config) {
      names.push_back(kConfigName);
    }
  } else if (place.kind == ViewPlace::Kind::kAges) {
    names.assign(kListedAges.begin(), kListedAges.end());
  }
  return std::make_unique<ViewListing>(place, TreeOf(place), std::move(names));
}

}  // namespace reel::mount

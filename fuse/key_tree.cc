#include "fuse/key_tree.h"

#include <algorithm>

namespace reel::mount {
namespace {

constexpr uint32_t kLaterRows = 512;

}  // namespace

Result<bool> KeyTree::HasTails(std::string_view tail_prefix) const {
  if (filter_.expires_by && !tail_prefix.empty()) {
    // A look into the index spares most walks over all that expires.
    auto any = KeyTree(*library_, prefix_).HasTails(tail_prefix);
    if (!any.ok() || !*any) {
      return any;
    }
  }
  std::string start_after;
  for (uint32_t limit = 1;; limit = kLaterRows) {
    auto page = List(tail_prefix, start_after, limit);
    if (!page.ok()) {
      return page.status();
    }
    if (!page->videos.empty() || !page->common_prefixes.empty()) {
      return true;
    }
    if (!page->next) {
      return false;
    }
    // Nothing but videos of older versions so far.
    start_after = *std::move(page->next);
  }
}

Result<VideoPage> KeyTree::List(std::string_view tail_prefix, std::string_view start_after,
                                uint32_t limit) const {
  ListOptions options;
  options.prefix = KeyOf(tail_prefix);
  options.start_after = start_after;
  options.delimiter = '/';
  options.limit = limit;
  options.tag = filter_.tag;
  options.expires_by = filter_.expires_by;
  return library_->List(options);
}

Result<VideoInfo> KeyTree::Stat(std::string_view tail) const {
  auto info = library_->Stat(KeyOf(tail));
  if (info.ok() && !IsShown(*info)) {
    return Status(Code::kNotFound, "\"" + info->key + "\" does not pass the filter");
  }
  return info;
}

bool KeyTree::IsShown(const VideoInfo& info) const {
  const auto& tags = info.tags;
  return (!filter_.tag || std::find(tags.begin(), tags.end(), *filter_.tag) != tags.end()) &&
         (!filter_.expires_by || (info.expires && *info.expires <= *filter_.expires_by));
}

}  // namespace reel::mount

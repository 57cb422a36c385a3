#include "fuse/key_tree.h"

namespace reel::mount {

Result<bool> KeyTree::HasTails(std::string_view tail_prefix) const {
  auto page = List(tail_prefix, {}, 1);
  if (!page.ok()) {
    return page.status();
  }
  return !page->videos.empty() || !page->common_prefixes.empty();
}

Result<VideoPage> KeyTree::List(std::string_view tail_prefix, std::string_view start_after,
                                uint32_t limit) const {
  ListOptions options;
  options.prefix = KeyOf(tail_prefix);
  options.start_after = start_after;
  options.delimiter = '/';
  options.limit = limit;
  return library_->List(options);
}

}  // namespace reel::mount

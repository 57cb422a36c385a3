#include "fuse/tag_stream.h"

#include <utility>

#include "fuse/path_map.h"

namespace reel::mount {

Result<const std::string*> TagStream::At(uint64_t position) {
  const size_t index = position / rows_per_page_;
  size_t known = 0;
  while (index >= starts_.size() && known != starts_.size()) {
    known = starts_.size();
    REEL_RETURN_IF_ERROR(Load(known - 1).status());
  }
  if (index >= starts_.size()) {
    return static_cast<const std::string*>(nullptr);
  }
  const auto page = Load(index);
  if (!page.ok()) {
    return page.status();
  }
  const size_t row = position % rows_per_page_;
  const auto& names = (*page)->names;
  return row < names.size() ? &names[row] : static_cast<const std::string*>(nullptr);
}

Result<const TagStream::Page*> TagStream::Load(size_t index) {
  for (const auto& page : pages_) {
    if (page && page->index == index) {
      return &*page;
    }
  }
  Page page{index, {}};
  auto next = Fill(starts_[index], &page);
  if (!next.ok()) {
    return next.status();
  }
  // What lies behind a page that is read again is counted anew.
  starts_.resize(index + 1);
  if (*next) {
    starts_.push_back(**std::move(next));
  }
  std::swap(pages_[0], pages_[1]);
  if (pages_[0] && pages_[0]->index > index) {
    pages_[0].reset();
  }
  pages_[1] = std::move(page);
  return &*pages_[1];
}

Result<std::optional<std::string>> TagStream::Fill(std::string after, Page* page) const {
  for (;;) {
    const auto room = static_cast<uint32_t>(rows_per_page_ - page->names.size());
    if (room == 0) {
      return std::optional<std::string>(std::move(after));
    }
    auto listed = tree_->library().ListTags(after, room);
    if (!listed.ok()) {
      return listed.status();
    }
    for (const std::string& tag : listed->tags) {
      std::string name = EscapeName(tag);
      if (name.size() > kNameBytesMax) {
        continue;
      }
      const auto shown = tree_->Filtered({.tag = tag}).HasTails("");
      if (!shown.ok()) {
        return shown.status();
      }
      if (*shown) {
        page->names.push_back(std::move(name));
      }
    }
    if (!listed->next) {
      return std::optional<std::string>();
    }
    after = *std::move(listed->next);
  }
}

}  // namespace reel::mount

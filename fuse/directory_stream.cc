#include "fuse/directory_stream.h"

#include <algorithm>
#include <utility>

namespace reel::mount {
namespace {

/// The key of the last row of a page.
std::string_view LastRow(const VideoPage& page) {
  std::string_view last;
  if (!page.videos.empty()) {
    last = page.videos.back().key;
  }
  if (!page.common_prefixes.empty()) {
    last = std::max(last, std::string_view(page.common_prefixes.back()));
  }
  return last;
}

}  // namespace

void DirectoryStream::Restart() {
  starts_.assign(1, PageStart{});
  pages_ = {};
}

Result<const DirectoryRow*> DirectoryStream::At(uint64_t position) {
  for (;;) {
    const auto behind = std::upper_bound(
        starts_.begin(), starts_.end(), position,
        [](uint64_t value, const PageStart& start) { return value < start.position; });
    const auto index = static_cast<size_t>(behind - starts_.begin()) - 1;
    auto page = Load(index);
    if (!page.ok()) {
      return page.status();
    }
    const std::vector<DirectoryRow>& rows = (*page)->rows;
    const uint64_t row = position - starts_[index].position;
    if (row < rows.size()) {
      return &rows[row];
    }
    if (index + 1 == starts_.size()) {
      return static_cast<const DirectoryRow*>(nullptr);
    }
  }
}

Result<const DirectoryStream::Page*> DirectoryStream::Load(size_t index) {
  for (const auto& page : pages_) {
    if (page && page->index == index) {
      return &*page;
    }
  }
  auto listed = tree_->List(directory_.tail_prefix, starts_[index].start_after, rows_per_page_);
  if (!listed.ok()) {
    return listed.status();
  }
  Page page{index, {}};
  std::vector<Directory> shown = starts_[index].shown;
  REEL_RETURN_IF_ERROR(AddRows(*listed, &shown, &page.rows));
  const uint64_t behind = starts_[index].position + page.rows.size();
  const bool as_before = index + 1 < starts_.size() && starts_[index + 1].position == behind &&
                         starts_[index + 1].start_after == listed->next;
  std::swap(pages_[0], pages_[1]);
  if (!as_before) {
    // A page that has other rows now than at first: what lies behind it is counted anew.
    starts_.resize(index + 1);
    if (listed->next) {
      starts_.push_back({behind, *std::move(listed->next), std::move(shown)});
    }
    if (pages_[0] && pages_[0]->index > index) {
      pages_[0].reset();
    }
  }
  pages_[1] = std::move(page);
  return &*pages_[1];
}

Status DirectoryStream::AddRows(const VideoPage& listed, std::vector<Directory>* shown,
                                std::vector<DirectoryRow>* rows) const {
  auto video = listed.videos.begin();
  auto prefix = listed.common_prefixes.begin();
  while (video != listed.videos.end() || prefix != listed.common_prefixes.end()) {
    if (prefix == listed.common_prefixes.end() ||
        (video != listed.videos.end() && video->key < *prefix)) {
      const auto also_directory = IsAlsoDirectory(video->key, listed);
      if (!also_directory.ok()) {
        return also_directory.status();
      }
      const std::string_view tail = tree_->TailOf(video->key);
      if (auto child = ChildOf(directory_, tail, *also_directory)) {
        AddChild(tail, *std::move(child), FileRecord::Of(*video), shown, rows);
      }
      ++video;
    } else {
      std::string_view tail = tree_->TailOf(*prefix);
      tail.remove_suffix(1);
      if (auto child = ChildDirectoryOf(directory_, tail)) {
        AddChild(tail, *std::move(child), DirectoryOf(tail), shown, rows);
      }
      ++prefix;
    }
  }
  return Status::Ok();
}

Result<bool> DirectoryStream::IsAlsoDirectory(const std::string& key,
                                              const VideoPage& listed) const {
  const std::string prefix = key + '/';
  if (!listed.next || prefix <= LastRow(listed)) {
    return std::binary_search(listed.common_prefixes.begin(), listed.common_prefixes.end(), prefix);
  }
  return tree_->HasTails(tree_->TailOf(prefix));
}

void DirectoryStream::AddChild(std::string_view tail, Child child, Inode inode,
                               std::vector<Directory>* shown,
                               std::vector<DirectoryRow>* rows) const {
  if (child.kind != Child::Kind::kLongName) {
    rows->push_back({std::move(child.name), std::move(inode)});
    return;
  }
  // Tails come in order, so a %more directory is done with once they no longer begin as it does.
  std::erase_if(*shown,
                [tail](const Directory& done) { return !tail.starts_with(done.tail_prefix); });
  auto directory = PathToDirectory(JoinPath(directory_.path, child.name));
  if (!directory || std::find(shown->begin(), shown->end(), *directory) != shown->end()) {
    return;
  }
  shown->push_back(*directory);
  rows->push_back({std::move(child.name), *std::move(directory)});
}

}  // namespace reel::mount

// The names in one directory, page by page, at positions that stay put.
#pragma once

#include <reel/status.h>
#include <reel/video.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuse/inode_table.h"
#include "fuse/key_tree.h"
#include "fuse/path_map.h"

namespace reel::mount {

struct DirectoryRow {
  std::string name;
  Inode inode;
};

/// One pass over a directory. Memory is two pages and a cursor for each page passed, whatever the
/// directory's size. Names that stay in the store the whole time are shown exactly once, whatever
/// comes and goes beside them. One thread at a time.
class DirectoryStream {
 public:
  /// `rows_per_page` is at least 1.
  DirectoryStream(const KeyTree& tree, Directory directory, uint32_t rows_per_page = 512)
      : tree_(&tree), directory_(std::move(directory)), rows_per_page_(rows_per_page) {}

  /// The row at `position`, counted from 0; null behind the last one. It lives until the next call.
  Result<const DirectoryRow*> At(uint64_t position);

  /// Begins anew with what the store holds now.
  void Restart();

  [[nodiscard]] const Directory& directory() const { return directory_; }

 private:
  struct PageStart {
    uint64_t position = 0;
    std::string start_after;
    /// The %more directories shown already that rows behind this point may lead to again.
    std::vector<Directory> shown;
  };
  struct Page {
    size_t index = 0;
    std::vector<DirectoryRow> rows;
  };

  Result<const Page*> Load(size_t index);
  Status AddRows(const VideoPage& listed, std::vector<Directory>* shown,
                 std::vector<DirectoryRow>* rows) const;
  [[nodiscard]] Result<bool> IsAlsoDirectory(const std::string& key, const VideoPage& listed) const;
  void AddChild(std::string_view tail, Child child, Inode inode, std::vector<Directory>* shown,
                std::vector<DirectoryRow>* rows) const;

  const KeyTree* tree_;
  Directory directory_;
  uint32_t rows_per_page_;
  std::vector<PageStart> starts_{PageStart{}};
  // The kernel asks again for rows that did not fit its buffer, so the page before stays too.
  std::array<std::optional<Page>, 2> pages_;
};

}  // namespace reel::mount

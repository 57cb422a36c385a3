// The tags of a tree's videos, page by page.
#pragma once

#include <reel/status.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fuse/key_tree.h"

namespace reel::mount {

/// One pass over the tags that videos of a tree bear, as names (EscapeName). Tags whose names are
/// too long for a component are left out. Memory is two pages and a tag for each page passed,
/// however many there are. One thread at a time.
class TagStream {
 public:
  /// `tree` outlives it. `rows_per_page` is at least 1.
  explicit TagStream(const KeyTree& tree, uint32_t rows_per_page = 512)
      : tree_(&tree), rows_per_page_(rows_per_page) {}

  /// The name at `position`, counted from 0; null behind the last one. It lives until the next
  /// call. A name that is there the whole time is shown exactly once to whoever goes on in steps of
  /// one, a page back at most in between.
  Result<const std::string*> At(uint64_t position);

 private:
  struct Page {
    size_t index = 0;
    std::vector<std::string> names;
  };

  Result<const Page*> Load(size_t index);
  /// Fills a page with what comes behind `after`, and returns where the next one begins; nothing
  /// behind the last tag.
  Result<std::optional<std::string>> Fill(std::string after, Page* page) const;

  const KeyTree* tree_;
  uint32_t rows_per_page_;
  // Of each page that is known, the tag before it.
  std::vector<std::string> starts_{std::string()};
  // The kernel asks again for rows that did not fit its buffer, so the page before stays too.
  std::array<std::optional<Page>, 2> pages_;
};

}  // namespace reel::mount

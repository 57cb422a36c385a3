// One page of a listing, gathered from entries that come in order of their keys. Pure: every
// implementation of a namespace lists by the same rules.
#pragma once

#include <reel/kv.h>

#include <cstdint>
#include <optional>
#include <string>

namespace reel {

class Listing {
 public:
  /// `options` outlives the listing.
  Listing(const ListOptions& options, int64_t now) : options_(options), now_(now) {}

  /// The smallest key that may be listed.
  [[nodiscard]] std::string first_key() const;

  struct Step {
    bool done = false;
    /// Go on with the first key at or behind this one; unset: with the next one.
    std::optional<std::string> seek;
  };

  /// Considers the next entry. REQUIRES: its key begins with the prefix and is not below
  /// first_key().
  Step Take(Entry entry);

  [[nodiscard]] ListPage page() && { return std::move(page_); }

 private:
  /// False when the page is full: then it says where the next one begins.
  bool HasRoom();

  const ListOptions& options_;
  int64_t now_;
  ListPage page_;
  std::string last_row_;
};

/// The smallest text that is greater than every text that begins with `prefix`. REQUIRES: `prefix`
/// has a byte other than 0xFF.
std::string BehindPrefix(std::string prefix);

}  // namespace reel

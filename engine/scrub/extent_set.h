// A set of extents out of a range of ids, a bit for each.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace reel {

class ExtentSet {
 public:
  /// Of ids [begin, begin + count).
  ExtentSet(uint64_t begin, uint64_t count) : begin_(begin), words_((count + 63) / 64) {}

  [[nodiscard]] bool Covers(uint64_t extent) const {
    return extent >= begin_ && (extent - begin_) / 64 < words_.size();
  }
  /// Adds it; false if it was there. REQUIRES: Covers(extent).
  bool Add(uint64_t extent) {
    uint64_t& word = words_[(extent - begin_) / 64];
    const uint64_t bit = uint64_t{1} << ((extent - begin_) % 64);
    const bool is_new = (word & bit) == 0;
    word |= bit;
    return is_new;
  }
  [[nodiscard]] bool Has(uint64_t extent) const {
    return Covers(extent) && (words_[(extent - begin_) / 64] >> ((extent - begin_) % 64) & 1U) != 0;
  }
  /// REQUIRES: `other` is of the same ids.
  [[nodiscard]] bool Contains(const ExtentSet& other) const {
    return std::equal(words_.begin(), words_.end(), other.words_.begin(),
                      [](uint64_t ours, uint64_t theirs) { return (theirs & ~ours) == 0; });
  }

 private:
  uint64_t begin_;
  std::vector<uint64_t> words_;
};

}  // namespace reel

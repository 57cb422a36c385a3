#include "kv/listing.h"

#include <algorithm>
#include <utility>

#include "kv/publication.h"

namespace reel {

std::string BehindPrefix(std::string prefix) {
  while (static_cast<unsigned char>(prefix.back()) == 0xFF) {
    prefix.pop_back();
  }
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

std::string Listing::first_key() const {
  const std::string& after = options_.start_after;
  if (after < options_.prefix || after.empty()) {
    return options_.prefix;
  }
  const bool in_prefix = after.starts_with(options_.prefix);
  if (in_prefix && options_.delimiter &&
      after.find(*options_.delimiter, options_.prefix.size()) == after.size() - 1) {
    return BehindPrefix(after);
  }
  return after + '\0';
}

bool Listing::HasRoom() {
  if (page_.entries.size() + page_.common_prefixes.size() < options_.limit) {
    return true;
  }
  page_.next = last_row_;
  return false;
}

Listing::Step Listing::Take(Entry entry) {
  const auto& tags = entry.tags;
  if ((entry.kind == EntryKind::kChunk && !options_.include_chunks) || IsExpired(entry, now_) ||
      (options_.tag && std::find(tags.begin(), tags.end(), *options_.tag) == tags.end()) ||
      (options_.expires_by && (!entry.expires || *entry.expires > *options_.expires_by))) {
    return {};
  }
  if (!HasRoom()) {
    return {.done = true, .seek = {}};
  }
  if (options_.delimiter) {
    const size_t at = entry.key.find(*options_.delimiter, options_.prefix.size());
    if (at != std::string::npos) {
      last_row_ = entry.key.substr(0, at + 1);
      page_.common_prefixes.push_back(last_row_);
      return {.done = false, .seek = BehindPrefix(last_row_)};
    }
  }
  last_row_ = entry.key;
  page_.entries.push_back(std::move(entry));
  return {};
}

}  // namespace reel

// The listings of a namespace on disk, each a walk over the family that has least to pass over.
#include <algorithm>
#include <set>
#include <utility>

#include "format/row_key.h"
#include "kv/disk_namespace.h"
#include "kv/listing.h"

namespace reel {

Result<ListPage> DiskNamespace::List(const ListOptions& options) const {
  if (closed_) {
    return ListPage();
  }
  if (options.tag) {
    return ListByTag(options);
  }
  if (options.expires_by && !options.include_chunks) {
    return ListByExpiry(options);
  }
  const std::string id_prefix = IndexRowKey(id_, "");
  const auto cursor = context_.database->NewCursor(Family::kIndex, id_prefix + options.prefix);
  Listing listing(options, context_.clock->NowSeconds());
  const std::string from = listing.first_key();
  if (!from.empty()) {
    cursor->Seek(id_prefix + from);
  }
  while (cursor->Valid()) {
    const std::string_view key = KvKeyOfIndexRow(cursor->key());
    if (!options.include_chunks) {
      const auto head = PeekRecord(cursor->value());
      if (head && head->kind == EntryKind::kChunk) {
        cursor->Next();
        continue;
      }
    }
    auto record = DecodeRecord(cursor->value(), key);
    if (!record.ok()) {
      return record.status();
    }
    const Listing::Step step = listing.Take(std::move(record->entry));
    if (step.done) {
      break;
    }
    if (step.seek) {
      cursor->Seek(id_prefix + *step.seek);
    } else {
      cursor->Next();
    }
  }
  REEL_RETURN_IF_ERROR(cursor->status());
  return std::move(listing).page();
}

Result<ListPage> DiskNamespace::ListByTag(const ListOptions& options) const {
  const std::string tag_prefix = TagRowKey(id_, *options.tag, "");
  const auto cursor = context_.database->NewCursor(Family::kTags, tag_prefix + options.prefix);
  Listing listing(options, context_.clock->NowSeconds());
  cursor->Seek(tag_prefix + listing.first_key());
  while (cursor->Valid()) {
    auto record = Find(cursor->key().substr(tag_prefix.size()));
    if (!record.ok()) {
      return record.status();
    }
    // It may be gone since the cursor was made.
    const Listing::Step step =
        record->has_value() ? listing.Take(std::move((*record)->entry)) : Listing::Step();
    if (step.done) {
      break;
    }
    if (step.seek) {
      cursor->Seek(tag_prefix + *step.seek);
    } else {
      cursor->Next();
    }
  }
  REEL_RETURN_IF_ERROR(cursor->status());
  return std::move(listing).page();
}

Result<std::vector<std::string>> DiskNamespace::ExpiringKeys(const ListOptions& options,
                                                             std::string_view first,
                                                             size_t limit) const {
  std::set<std::string, std::less<>> keys;
  const auto cursor = context_.database->NewCursor(Family::kExpiry, "");
  for (cursor->Seek(ExpiryRowKey(std::max<int64_t>(0, context_.clock->NowSeconds()) + 1, 0, ""));
       cursor->Valid(); cursor->Next()) {
    const auto row = ParseExpiryRowKey(cursor->key());
    if (row.expires > *options.expires_by) {
      break;
    }
    if (row.namespace_id != id_ || row.kv_key < first || !row.kv_key.starts_with(options.prefix) ||
        (keys.size() == limit && row.kv_key >= *keys.rbegin())) {
      continue;
    }
    keys.emplace(row.kv_key);
    if (keys.size() > limit) {
      keys.erase(std::prev(keys.end()));
    }
  }
  REEL_RETURN_IF_ERROR(cursor->status());
  return std::vector<std::string>(keys.begin(), keys.end());
}

Result<ListPage> DiskNamespace::ListByExpiry(const ListOptions& options) const {
  // Rows come in the order of expiry: each pass takes the next keys of all, so memory is bounded.
  constexpr size_t kKeysAtOnce = 10'000;
  Listing listing(options, context_.clock->NowSeconds());
  std::string first = listing.first_key();
  while (true) {
    const auto keys = ExpiringKeys(options, first, kKeysAtOnce);
    REEL_RETURN_IF_ERROR(keys.status());
    for (const std::string& key : *keys) {
      if (key < first) {
        continue;  // of a group that is listed already
      }
      auto record = Find(key);
      REEL_RETURN_IF_ERROR(record.status());
      Listing::Step step;
      if (record->has_value()) {
        step = listing.Take(std::move((*record)->entry));
      }
      if (step.done) {
        return std::move(listing).page();
      }
      first = step.seek ? *step.seek : key + '\0';
    }
    if (keys->size() < kKeysAtOnce) {
      return std::move(listing).page();
    }
  }
}

Result<TagPage> DiskNamespace::ListTags(std::string_view start_after, uint32_t limit) const {
  TagPage page;
  if (closed_) {
    return page;
  }
  // A tag ends with a zero byte and holds none below a space: this lies behind all of its rows.
  const auto behind = [](std::string_view tag) { return std::string(tag) + '\x01'; };
  const std::string id_prefix = IndexRowKey(id_, "");
  const auto cursor = context_.database->NewCursor(Family::kTags, id_prefix);
  if (!start_after.empty()) {
    cursor->Seek(id_prefix + behind(start_after));
  }
  for (; cursor->Valid(); cursor->Seek(id_prefix + behind(page.tags.back()))) {
    if (page.tags.size() == limit) {
      page.next = page.tags.back();
      break;
    }
    const std::string_view row = cursor->key().substr(id_prefix.size());
    page.tags.emplace_back(row.substr(0, row.find('\0')));
  }
  REEL_RETURN_IF_ERROR(cursor->status());
  return page;
}

}  // namespace reel

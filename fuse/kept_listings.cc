#include "fuse/kept_listings.h"

#include <algorithm>

namespace reel::mount {

bool KeptListings::Open(uint64_t directory, int64_t now) {
  const std::scoped_lock lock(mutex_);
  Listing& listing = listings_[directory];
  ++listing.handles;
  // A clock that was set back says nothing of how old a listing is.
  if (listing.is_good && now >= listing.begun_at && now < listing.begun_at + valid_s_ &&
      (!listing.expires || now < *listing.expires)) {
    return true;
  }
  // Who opened it earlier goes on with an older listing, and the kernel would mix the two.
  listing.is_good = listing.handles == 1;
  listing.begun_at = now;
  listing.expires.reset();
  return false;
}

void KeptListings::Close(uint64_t directory) {
  const std::scoped_lock lock(mutex_);
  const auto found = listings_.find(directory);
  if (found != listings_.end() && --found->second.handles == 0 && !found->second.is_good) {
    listings_.erase(found);
  }
}

void KeptListings::NoteExpiry(uint64_t directory, int64_t expires) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = listings_.find(directory); found != listings_.end()) {
    found->second.expires = std::min(found->second.expires.value_or(expires), expires);
  }
}

void KeptListings::Spoil(uint64_t directory) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = listings_.find(directory); found != listings_.end()) {
    found->second.is_good = false;
  }
}

void KeptListings::SpoilAll() {
  const std::scoped_lock lock(mutex_);
  for (auto& [directory, listing] : listings_) {
    listing.is_good = false;
  }
}

void KeptListings::Forget(uint64_t directory) {
  const std::scoped_lock lock(mutex_);
  listings_.erase(directory);
}

}  // namespace reel::mount

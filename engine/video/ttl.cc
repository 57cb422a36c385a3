#include "video/ttl.h"

namespace reel {

bool IsRefreshDue(const Entry& entry, const TtlRefreshOptions& options, int64_t now) {
  if (!options.enabled || !entry.expires || entry.ttl <= 0) {
    return false;
  }
  const int64_t left = *entry.expires - now;
  const int64_t gone = entry.ttl - left;
  // Rounded up, so that no refresh comes early; in parts, so that no product overflows.
  const int64_t percent = options.min_elapsed_percent;
  const int64_t due = entry.ttl / 100 * percent + (entry.ttl % 100 * percent + 99) / 100;
  return gone >= due && left >= options.min_remaining_s;
}

}  // namespace reel

#include <reel/options.h>

#include <bit>

#include "base/limits.h"
#include "format/json.h"
#include "format/kv_key.h"
#include "format/option_bounds.h"

namespace reel {
namespace {

Status Refuse(std::string_view name, std::string_view value, std::string_view allowed) {
  return {Code::kInvalidArgument, std::string(name) + " is " + std::string(value) +
                                      " (allowed: " + std::string(allowed) + ")"};
}

template <typename Number>
Status CheckBounds(const OptionBounds& bounds, Number value) {
  return InBounds(bounds, value) ? Status::Ok()
                                 : Refuse(bounds.name, std::to_string(value), Allowed(bounds));
}

}  // namespace

Status ChunkingOptions::Validate() const {
  REEL_RETURN_IF_ERROR(CheckBounds(kSizeThresholdBounds, size_threshold));
  REEL_RETURN_IF_ERROR(CheckBounds(kChunkSizeBounds, chunk_size));
  return CheckBounds(kMaxChunksBounds, max_chunks);
}

Status TtlRefreshOptions::Validate() const {
  REEL_RETURN_IF_ERROR(CheckBounds(kMinElapsedPercentBounds, min_elapsed_percent));
  return CheckBounds(kMinRemainingSecondsBounds, min_remaining_s);
}

Status FetchOptions::Validate() const {
  REEL_RETURN_IF_ERROR(CheckBounds(kTimeoutMsBounds, timeout_ms));
  REEL_RETURN_IF_ERROR(CheckBounds(kParallelFetchesBounds, parallel_fetches));
  return CheckBounds(kEdgeCacheTtlBounds, edge_cache_ttl_s);
}

Status TagOptions::Validate() const {
  constexpr size_t kPrefixBytesMax = 64;
  // A prefix is legal when a tag that begins with it is.
  if (prefix.size() > kPrefixBytesMax || !ValidateTag(prefix + "x").ok()) {
    return Refuse("prefix", QuoteJson(prefix), kTagPrefixAllowed);
  }
  return Status::Ok();
}

Status StoreOptions::Validate() const {
  if (path.empty()) {
    return {Code::kInvalidArgument, "the store's path is empty (name a directory)"};
  }
  if (!std::has_single_bit(page_size) || page_size < kPageBytesMin || page_size > kPageBytesMax) {
    return Refuse("page_size", std::to_string(page_size), "a power of two from 4096 to 262144");
  }
  return Status::Ok();
}

}  // namespace reel

// When access puts off a video's expiry. Pure.
#pragma once

#include <reel/kv.h>
#include <reel/options.h>

#include <cstdint>

namespace reel {

/// Whether the rule lets an access at `now` refresh the entry.
bool IsRefreshDue(const Entry& entry, const TtlRefreshOptions& options, int64_t now);

}  // namespace reel

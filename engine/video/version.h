// The version of each key, in a namespace of its own: an entry at the key itself, a decimal number.
#pragma once

#include <reel/kv.h>
#include <reel/status.h>

#include <cstdint>
#include <string_view>

namespace reel {

/// 1 unless it was ever bumped; `versions` may be null.
Result<uint64_t> ReadVersion(const KvNamespace* versions, std::string_view key);

/// Raises the version by one and returns it; durable, and atomic beside others that bump it.
Result<uint64_t> BumpVersion(KvNamespace* versions, std::string_view key);

}  // namespace reel

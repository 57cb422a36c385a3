// zstd, the one compression of the store.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace reel {

/// Puts the zstd frame of `bytes` into `frame`, whose memory is reused; false where it would save
/// less than an eighth, and then `frame` holds nothing of use. Thread-safe.
bool Compress(std::string_view bytes, std::string* frame);

/// Decompresses `frame` to `out`; false unless it holds exactly `bytes` bytes. REQUIRES: `out` has
/// room for them. Thread-safe.
bool Decompress(std::string_view frame, char* out, size_t bytes);

}  // namespace reel

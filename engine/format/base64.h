// Base64 with the alphabet and padding of RFC 4648, section 4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace reel {

std::string EncodeBase64(std::string_view bytes);

/// Nothing unless `text` is what EncodeBase64 gives for some bytes: no white space, padding not
/// left out, unused bits zero.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace reel

// Percent-encoding, as RFC 3986, section 2.1, has it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace reel {

/// `text` with each %XX replaced by its byte, once; all else stays as it is, '+' too. Nothing when
/// a '%' is not followed by two hex digits.
std::optional<std::string> DecodePercent(std::string_view text);

}  // namespace reel

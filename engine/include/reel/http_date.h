// Points in time as HTTP writes them (RFC 9110, section 5.6.7).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reel {

/// The time, in seconds since the Unix epoch, that `text` names in one of HTTP's three forms:
/// `Sun, 06 Nov 1994 08:49:37 GMT`, and the obsolete `Sunday, 06-Nov-94 08:49:37 GMT` and
/// `Sun Nov  6 08:49:37 1994`. Nothing for any other text, other letter case included; a recipient
/// ignores a header with such a date.
/// `now` (same unit) settles a year of two digits: the last such year at most 50 years ahead.
/// The name of the weekday need not be that day's; a leap second is the second after it.
std::optional<int64_t> ParseHttpDate(std::string_view text, int64_t now);

/// `Sun, 06 Nov 1994 08:49:37 GMT`. Times outside the years 0 to 9999 become the nearest within.
std::string FormatHttpDate(int64_t seconds);

}  // namespace reel

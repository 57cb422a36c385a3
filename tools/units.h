// Sizes and times as people write and read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reel::cli {

/// A whole number of decimal digits and nothing else; absent also when it does not fit.
std::optional<uint64_t> ParseNumber(std::string_view text);

/// Bytes: a whole number, behind which K, M, G, T or KiB, MiB, GiB, TiB may stand. K and KiB are
/// both 1,024. Absent for anything else, and for what does not fit.
std::optional<uint64_t> ParseSize(std::string_view text);

/// Seconds: a whole number, behind which s, m, h or d may stand. Absent for anything else, and for
/// what does not fit a signed 64-bit number.
std::optional<int64_t> ParseSeconds(std::string_view text);

/// A share above 0 and at most 1, written as a percentage: "5%", "0.5%". Absent for anything else.
std::optional<double> ParsePercentage(std::string_view text);

/// "512 B", "1.0 KiB", "25.0 MiB": at most ten characters for any size.
std::string FormatSize(uint64_t bytes);

/// "59s", "2m05s", "3h04m", "2d03h".
std::string FormatSeconds(uint64_t seconds);

/// "2026-11-20T08:11:00Z".
std::string FormatTime(int64_t seconds_since_epoch);

}  // namespace reel::cli

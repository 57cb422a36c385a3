#include "tools/units.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <limits>
#include <utility>

namespace reel::cli {
namespace {

struct Unit {
  std::string_view name;
  uint64_t factor;
};

constexpr std::array<Unit, 9> kSizeUnits = {{
    {"", 1},
    {"K", 1ULL << 10},
    {"M", 1ULL << 20},
    {"G", 1ULL << 30},
    {"T", 1ULL << 40},
    {"KiB", 1ULL << 10},
    {"MiB", 1ULL << 20},
    {"GiB", 1ULL << 30},
    {"TiB", 1ULL << 40},
}};

constexpr uint64_t kMinute = 60;
constexpr uint64_t kHour = 60 * kMinute;
constexpr uint64_t kDay = 24 * kHour;

constexpr std::array<Unit, 5> kTimeUnits = {
    {{"", 1}, {"s", 1}, {"m", kMinute}, {"h", kHour}, {"d", kDay}}};

template <size_t kCount>
std::optional<uint64_t> ParseWithUnit(std::string_view text, const std::array<Unit, kCount>& units,
                                      uint64_t most) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = ParseNumber(text.substr(0, digits));
  const auto* unit = std::find_if(units.begin(), units.end(), [&](const Unit& candidate) {
    return candidate.name == text.substr(digits);
  });
  if (!number || unit == units.end() || *number > most / unit->factor) {
    return std::nullopt;
  }
  return *number * unit->factor;
}

template <typename... Values>
std::string Print(const char* format, Values... values) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

}  // namespace

std::optional<uint64_t> ParseNumber(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

std::optional<uint64_t> ParseSize(std::string_view text) {
  return ParseWithUnit(text, kSizeUnits, std::numeric_limits<uint64_t>::max());
}

std::optional<int64_t> ParseSeconds(std::string_view text) {
  const auto seconds = ParseWithUnit(text, kTimeUnits, std::numeric_limits<int64_t>::max());
  return seconds ? std::optional<int64_t>(static_cast<int64_t>(*seconds)) : std::nullopt;
}

std::optional<double> ParsePercentage(std::string_view text) {
  constexpr double kHundred = 100;
  if (!text.ends_with('%') || text.find_first_not_of("0123456789.") != text.size() - 1) {
    return std::nullopt;
  }
  text.remove_suffix(1);
  double percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  if (error != std::errc() || end != text.data() + text.size() || percent <= 0 ||
      percent > kHundred) {
    return std::nullopt;
  }
  return percent / kHundred;
}

std::string FormatSize(uint64_t bytes) {
  constexpr std::array<const char*, 6> kNames = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) {
    return std::to_string(bytes) + " B";
  }
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < kNames.size()) {
    value /= 1024;
    ++unit;
  }
  return Print("%.1f %s", value, kNames[unit]);
}

std::string FormatSeconds(uint64_t seconds) {
  const auto two = [](uint64_t large, char large_unit, uint64_t small, char small_unit) {
    return Print("%llu%c%02llu%c", static_cast<unsigned long long>(large), large_unit,
                 static_cast<unsigned long long>(small), small_unit);
  };
  if (seconds < kMinute) {
    return std::to_string(seconds) + "s";
  }
  if (seconds < kHour) {
    return two(seconds / kMinute, 'm', seconds % kMinute, 's');
  }
  if (seconds < kDay) {
    return two(seconds / kHour, 'h', seconds / kMinute % 60, 'm');
  }
  return two(seconds / kDay, 'd', seconds / kHour % 24, 'h');
}

std::string FormatTime(int64_t seconds_since_epoch) {
  const std::time_t time = seconds_since_epoch;
  std::tm parts{};
  std::array<char, 64> text{};
  if (gmtime_r(&time, &parts) == nullptr ||
      std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
    return std::to_string(seconds_since_epoch);
  }
  return text.data();
}

}  // namespace reel::cli

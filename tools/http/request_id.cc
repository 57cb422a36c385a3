#include "tools/http/request_id.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string_view>

namespace reel::http {
namespace {

constexpr size_t kIdBytesMax = 64;

bool MayStandInId(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

// Any bijection of 64 bits, so that ids of one process do not look like a count.
uint64_t Scatter(uint64_t value) {
  constexpr uint64_t kOdd = 0x9E3779B97F4A7C15;
  value *= kOdd;
  value ^= value >> 32U;
  return value * kOdd;
}

}  // namespace

std::string RequestIdFrom(const std::optional<std::string>& given) {
  if (given && !given->empty() && given->size() <= kIdBytesMax &&
      std::all_of(given->begin(), given->end(), MayStandInId)) {
    return *given;
  }
  static std::atomic<uint64_t> next = [] {
    std::random_device device;
    return static_cast<uint64_t>(device()) << 32U | device();
  }();
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx",
                static_cast<unsigned long long>(Scatter(next.fetch_add(1))));
  return text.data();
}

}  // namespace reel::http

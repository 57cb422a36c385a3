#include "tests/support/test_bytes.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

namespace reel::test {

std::string RandomBytes(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string bytes(count, '\0');
  for (size_t at = 0; at < count; at += sizeof(uint64_t)) {
    const uint64_t word = random();
    std::memcpy(bytes.data() + at, &word, std::min(sizeof(word), count - at));
  }
  return bytes;
}

std::string TextBytes(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string text = "#EXTM3U\n";
  text.reserve(count + 64);
  while (text.size() < count) {
    text.append("#EXTINF:6.").append(std::to_string(random() % 1000));
    text.append(",\nsegment_").append(std::to_string(random() % 100'000)).append(".ts\n");
  }
  text.resize(count);
  return text;
}

uint64_t TestSeed() {
  const char* given = std::getenv("REEL_SEED");
  const uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : uint64_t{std::random_device()()};
  std::printf("REEL_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

uint64_t CampaignLength(const char* name, uint64_t in_ci) {
  const char* given = std::getenv(name);
  return given != nullptr ? std::strtoull(given, nullptr, 10) : in_ci;
}

}  // namespace reel::test

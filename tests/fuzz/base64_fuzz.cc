// Fuzzes base64 and percent-encoding, both ways. An input is bytes, and text that may decode.
#include <reel/percent.h>

#include <algorithm>

#include "format/base64.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/require.h"

namespace reel {
namespace {

std::string EscapeAll(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    // Digits of both cases.
    const auto digit = [&](unsigned value) {
      return kDigits[value + (value > 9 && i % 2 == 1 ? 6 : 0)];
    };
    text += {'%', digit(byte >> 4U), digit(byte & 15U)};
  }
  return text;
}

void CheckBase64(std::string_view input) {
  const std::string text = EncodeBase64(input);
  REEL_REQUIRE(text.size() == (input.size() + 2) / 3 * 4);
  REEL_REQUIRE(DecodeBase64(text) == input);
  if (const auto bytes = DecodeBase64(input)) {
    REEL_REQUIRE(EncodeBase64(*bytes) == input);
  }
}

void CheckPercent(std::string_view input) {
  REEL_REQUIRE(DecodePercent(EscapeAll(input)) == input);
  const auto bytes = DecodePercent(input);
  if (input.find('%') == std::string_view::npos) {
    REEL_REQUIRE(bytes == input);
  }
  if (bytes) {
    // Each escape stands for one byte, and nothing else is longer than what it stands for.
    const size_t escapes = (input.size() - bytes->size()) / 2;
    REEL_REQUIRE(bytes->size() + 2 * escapes == input.size());
    REEL_REQUIRE(escapes == static_cast<size_t>(std::count(input.begin(), input.end(), '%')));
  }
}

}  // namespace
}  // namespace reel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const reel::FuzzInput input(data, size);
  reel::CheckBase64(input.rest());
  reel::CheckPercent(input.rest());
  return 0;
}

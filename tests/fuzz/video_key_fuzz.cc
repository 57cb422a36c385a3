// Fuzzes the keys of videos and their variants, both ways. An input is a key, and also the parts of
// one: lines with a mode, a path, and a name=value for each parameter.
#include <reel/video_key.h>

#include <algorithm>

#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/require.h"

namespace reel {
namespace {

std::string Join(const VideoKey& key) {
  std::string text = key.mode.empty() ? "" : key.mode + ":";
  text += key.path;
  for (const auto& [name, value] : key.parameters) {
    text.append(":").append(name).append("=").append(value);
  }
  return text;
}

VariantParameters Sorted(VariantParameters parameters) {
  std::sort(parameters.begin(), parameters.end());
  return parameters;
}

// What can be formatted is parsed to the same parts, and its text to itself.
void CheckFormat(const VideoKey& key) {
  const auto text = FormatVideoKey(key);
  if (!text.ok()) {
    REEL_REQUIRE(text.code() == Code::kInvalidArgument);
    return;
  }
  const VideoKey again = ParseVideoKey(*text);
  REEL_REQUIRE(again.mode == key.mode && again.path == key.path);
  REEL_REQUIRE(Sorted(again.parameters) == Sorted(key.parameters));
  REEL_REQUIRE(Join(again) == *text);
  const auto repeated = FormatVideoKey(again);
  REEL_REQUIRE(repeated.ok() && *repeated == *text);
  VideoKey reversed = key;
  std::reverse(reversed.parameters.begin(), reversed.parameters.end());
  const auto same = FormatVideoKey(reversed);
  REEL_REQUIRE(same.ok() && *same == *text);
}

void CheckParse(std::string_view text) {
  const size_t parameters = FindVariantParameters(text);
  REEL_REQUIRE(parameters <= text.size());
  REEL_REQUIRE(parameters == text.size() || text[parameters] == ':');
  REEL_REQUIRE(FindVariantParameters(text.substr(0, parameters)) == parameters);
  const VideoKey key = ParseVideoKey(text);
  REEL_REQUIRE(Join(key) == text);
  REEL_REQUIRE(!key.mode.empty() || key.parameters.empty());
  CheckFormat(key);
}

VideoKey FromLines(FuzzInput input) {
  VideoKey key;
  key.mode = input.Line();
  key.path = input.Line();
  while (!input.rest().empty()) {
    const std::string_view line = input.Line();
    const size_t equals = std::min(line.find('='), line.size());
    key.parameters.emplace_back(line.substr(0, equals),
                                line.substr(std::min(equals + 1, line.size())));
  }
  return key;
}

}  // namespace
}  // namespace reel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const reel::FuzzInput input(data, size);
  reel::CheckParse(input.rest());
  reel::CheckFormat(reel::FromLines(input));
  return 0;
}

// Fuzzes the configuration. An input is texts that are applied one after the other, with lines
// "---" between them.
#include <reel/config.h>

#include "format/json.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/require.h"

namespace reel {
namespace {

// All settings as one text.
std::string TextOf(const std::vector<Setting>& settings) {
  std::string text;
  std::string group;
  for (const Setting& setting : settings) {
    const size_t dot = setting.name.find('.');
    REEL_REQUIRE(dot != std::string::npos);
    const std::string name = setting.name.substr(0, dot);
    if (name != group) {
      text += (group.empty() ? "{\"" : "},\"") + name + "\":{";
      group = name;
    } else {
      text += ",";
    }
    text += "\"" + setting.name.substr(dot + 1) + "\":" + setting.value;
  }
  return text + "}}";
}

void CheckRoundTrip(const ConfigBuilder& builder) {
  std::vector<Setting> settings = builder.Settings();
  ConfigBuilder other;
  REEL_REQUIRE(other.Apply(TextOf(settings), "again").ok());
  const std::vector<Setting> again = other.Settings();
  REEL_REQUIRE(again.size() == settings.size());
  for (size_t i = 0; i < settings.size(); ++i) {
    REEL_REQUIRE(again[i] == (Setting{settings[i].name, settings[i].value, "again"}));
    REEL_REQUIRE(ParseJson(EncodeSetting(settings[i])).ok());
  }
}

void CheckBuilt(const ConfigBuilder& builder) {
  const auto config = builder.Build();
  if (!config.ok()) {
    REEL_REQUIRE(config.code() == Code::kInvalidArgument);
    return;
  }
  REEL_REQUIRE(config->chunking.Validate().ok());
  REEL_REQUIRE(config->fetch.Validate().ok());
  REEL_REQUIRE(config->ttl_refresh.Validate().ok());
  REEL_REQUIRE(config->tags.Validate().ok());
}

void Apply(const std::string& text, ConfigBuilder* builder) {
  const std::vector<Setting> before = builder->Settings();
  const Status applied = builder->Apply(text, "here");
  if (applied.ok()) {
    return;
  }
  REEL_REQUIRE(applied.code() == Code::kInvalidArgument);
  REEL_REQUIRE(applied.message().starts_with("here: "));
  REEL_REQUIRE(applied.message().find('\n') == std::string::npos);
  REEL_REQUIRE(builder->Settings() == before);
}

}  // namespace
}  // namespace reel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace reel;
  FuzzInput input(data, size);
  ConfigBuilder builder;
  std::string text;
  while (!input.rest().empty()) {
    const std::string_view line = input.Line();
    if (line == "---") {
      Apply(text, &builder);
      text.clear();
    } else {
      text.append(line).append("\n");
    }
  }
  Apply(text, &builder);
  CheckRoundTrip(builder);
  CheckBuilt(builder);
  return 0;
}

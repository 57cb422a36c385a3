#include <reel/video_key.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace reel {
namespace {

enum class ValueKind : uint8_t { kText, kNumber };

// In canonical order. A mode knows `derivative` alone, or w and h and the parameters of its bit.
enum ModeBit : uint8_t { kVideo = 1, kFrame = 2, kSpritesheet = 4, kAudio = 8, kAll = 15 };

struct ParameterRule {
  std::string_view name;
  ValueKind kind;
  uint8_t modes;
};

constexpr std::array<ParameterRule, 11> kParameters = {{
    {"derivative", ValueKind::kText, kAll},
    {"w", ValueKind::kNumber, kAll},
    {"h", ValueKind::kNumber, kAll},
    {"t", ValueKind::kText, kFrame | kSpritesheet | kAudio},
    {"duration", ValueKind::kText, kSpritesheet | kAudio},
    {"cols", ValueKind::kNumber, kSpritesheet},
    {"rows", ValueKind::kNumber, kSpritesheet},
    {"interval", ValueKind::kText, kSpritesheet},
    {"f", ValueKind::kText, kVideo | kFrame | kAudio},
    {"q", ValueKind::kText, kVideo},
    {"c", ValueKind::kText, kVideo},
}};

constexpr std::array<std::pair<std::string_view, uint8_t>, 4> kModes = {
    {{"video", kVideo}, {"frame", kFrame}, {"spritesheet", kSpritesheet}, {"audio", kAudio}}};

const ParameterRule* FindRule(std::string_view name) {
  const auto* rule = std::find_if(kParameters.begin(), kParameters.end(),
                                  [&](const ParameterRule& r) { return r.name == name; });
  return rule == kParameters.end() ? nullptr : rule;
}

uint8_t ModeBitOf(std::string_view mode) {
  for (const auto& [name, bit] : kModes) {
    if (name == mode) {
      return bit;
    }
  }
  return 0;
}

bool IsValue(ValueKind kind, std::string_view value) {
  if (value.empty() || value.find_first_of(":=/") != std::string_view::npos) {
    return false;
  }
  return kind == ValueKind::kText ||
         value.find_first_not_of("0123456789") == std::string_view::npos;
}

// The rule and value of `text` if it reads name=value.
std::pair<const ParameterRule*, std::string_view> MatchParameter(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    return {nullptr, {}};
  }
  const ParameterRule* rule = FindRule(text.substr(0, equals));
  const std::string_view value = text.substr(equals + 1);
  if (rule == nullptr || !IsValue(rule->kind, value)) {
    return {nullptr, {}};
  }
  return {rule, value};
}

Status Refuse(std::string why) {
  return {Code::kInvalidArgument, std::move(why)};
}

Status CheckParameters(const VideoKey& key) {
  const uint8_t mode_bit = ModeBitOf(key.mode);
  for (size_t i = 0; i < key.parameters.size(); ++i) {
    const auto& [name, value] = key.parameters[i];
    const ParameterRule* rule = FindRule(name);
    if (rule == nullptr || (rule->modes & mode_bit) == 0) {
      return Refuse("mode " + key.mode + " has no parameter \"" + name + "\" (leave it out)");
    }
    if (!IsValue(rule->kind, value)) {
      return Refuse("\"" + value + "\" is no value for the parameter " + name +
                    (rule->kind == ValueKind::kNumber ? " (give a whole number)"
                                                      : " (no ':', '=' or '/', and not empty)"));
    }
    if (name == "derivative" && key.parameters.size() > 1) {
      return Refuse("a derivative stands for all other parameters (leave them out)");
    }
    for (size_t j = 0; j < i; ++j) {
      if (key.parameters[j].first == name) {
        return Refuse("the parameter " + name + " is given twice (leave one out)");
      }
    }
  }
  return Status::Ok();
}

}  // namespace

size_t FindVariantParameters(std::string_view text) {
  size_t end = text.size();
  while (end > 0) {
    const size_t colon = text.rfind(':', end - 1);
    if (colon == std::string_view::npos ||
        MatchParameter(text.substr(colon + 1, end - colon - 1)).first == nullptr) {
      break;
    }
    end = colon;
  }
  return end;
}

Result<std::string> FormatVideoKey(const VideoKey& key) {
  if (ModeBitOf(key.mode) == 0) {
    return Refuse("there is no mode \"" + key.mode + "\" (video, frame, spritesheet or audio)");
  }
  if (key.path.empty() || key.path.front() == '/') {
    return Refuse("the path \"" + key.path +
                  "\" is empty or begins with a slash (leave slashes out)");
  }
  REEL_RETURN_IF_ERROR(CheckParameters(key));
  if (FindVariantParameters(key.path) != key.path.size()) {
    return Refuse("the end of \"" + key.path +
                  "\" reads like a variant's parameters (rename it or choose the key yourself)");
  }
  std::string text = key.mode + ":" + key.path;
  for (const ParameterRule& rule : kParameters) {
    for (const auto& [name, value] : key.parameters) {
      if (name == rule.name) {
        text += ":" + name + "=" + value;
      }
    }
  }
  return text;
}

VideoKey ParseVideoKey(std::string_view text) {
  VideoKey key;
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || ModeBitOf(text.substr(0, colon)) == 0) {
    key.mode.clear();
    key.path = text;
    return key;
  }
  key.mode = text.substr(0, colon);
  const std::string_view rest = text.substr(colon + 1);
  size_t at = FindVariantParameters(rest);
  key.path = rest.substr(0, at);
  while (at < rest.size()) {
    const size_t next = std::min(rest.find(':', at + 1), rest.size());
    const auto [rule, value] = MatchParameter(rest.substr(at + 1, next - at - 1));
    key.parameters.emplace_back(rule->name, value);
    at = next;
  }
  return key;
}

}  // namespace reel

#include "tools/keys.h"

#include <reel/kv.h>
#include <reel/video_key.h>

#include <array>
#include <utility>

namespace reel::cli {
namespace {

constexpr std::array<std::pair<FlagId, const char*>, 11> kParameters = {{
    {FlagId::kDerivative, "derivative"},
    {FlagId::kWidth, "w"},
    {FlagId::kHeight, "h"},
    {FlagId::kFormat, "f"},
    {FlagId::kQuality, "q"},
    {FlagId::kCompression, "c"},
    {FlagId::kTime, "t"},
    {FlagId::kDuration, "duration"},
    {FlagId::kCols, "cols"},
    {FlagId::kRows, "rows"},
    {FlagId::kInterval, "interval"},
}};

VideoKey VariantOf(const CommandLine& line) {
  VideoKey key;
  key.mode = line.Text(FlagId::kMode).value_or(key.mode);
  for (const auto& [flag, name] : kParameters) {
    if (auto value = line.Text(flag)) {
      key.parameters.emplace_back(name, *std::move(value));
    }
  }
  return key;
}

}  // namespace

Status CheckKey(const std::string& key) {
  const Status valid = ValidateKey(key);
  return valid.ok() ? valid : Status(Code::kInvalidArgument, valid.message());
}

std::string BaseName(const std::string& path) {
  const std::string trimmed = path.substr(0, path.find_last_not_of('/') + 1);
  return trimmed.substr(trimmed.rfind('/') + 1);
}

Result<std::string> KeyToPut(const CommandLine& line, const std::string& file) {
  VideoKey variant = VariantOf(line);
  if (const auto key = line.Text(FlagId::kKey)) {
    if (!variant.parameters.empty() || line.Has(FlagId::kMode)) {
      return {Code::kInvalidArgument,
              "--key is the whole key (leave out the variant's mode and parameters)"};
    }
    REEL_RETURN_IF_ERROR(CheckKey(*key));
    return *key;
  }
  if (file == "-") {
    return {Code::kInvalidArgument, "standard input has no name (give it one with --key KEY)"};
  }
  variant.path = BaseName(file);
  auto key = FormatVideoKey(variant);
  if (key.ok()) {
    REEL_RETURN_IF_ERROR(CheckKey(*key));
  }
  return key;
}

}  // namespace reel::cli

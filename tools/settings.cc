#include "tools/settings.h"

#include "tools/source.h"

namespace reel::cli {
namespace {

// Far more than all settings take; what never ends is not read to its end.
constexpr size_t kTextBytesMax = 1U << 20;

Result<std::string> ReadText(const Session& session, const std::string& path) {
  return ReadSource(session, path == "-" ? "./-" : path, kTextBytesMax, Empty::kIsAllowed);
}

// A wrong setting, whatever is wrong with its file; only an interruption is none.
Status AsSetting(const Status& status) {
  return status.code() == Code::kAborted ? status
                                         : Status(Code::kInvalidArgument, status.message());
}

}  // namespace

Result<ConfigBuilder> ReadSettings(const Session& session, const CommandLine& line,
                                   const std::string& store) {
  ConfigBuilder builder;
  const std::string beside = store + "/reel.json";
  const auto text = ReadText(session, beside);
  if (text.ok()) {
    REEL_RETURN_IF_ERROR(builder.Apply(*text, beside));
  } else if (text.code() != Code::kNotFound) {
    return AsSetting(text.status());
  }
  if (const auto file = line.Text(FlagId::kConfig)) {
    const auto given = ReadText(session, *file);
    if (!given.ok()) {
      return AsSetting(given.status()).WithContext("--config");
    }
    REEL_RETURN_IF_ERROR(builder.Apply(*given, *file));
  }
  return builder;
}

}  // namespace reel::cli

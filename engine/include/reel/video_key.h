// The key of a video and its variant: {mode}:{path}[:parameters], injective or refused.
#pragma once

#include <reel/status.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reel {

/// A variant's parameters in the canonical order of its mode, e.g. {{"w","1280"},{"h","720"}}.
using VariantParameters = std::vector<std::pair<std::string, std::string>>;

struct VideoKey {
  /// "video", "frame", "spritesheet" or "audio".
  std::string mode = "video";
  /// The source's path, without leading slashes.
  std::string path;
  VariantParameters parameters;
};

/// The key's text. The order of `parameters` does not matter. kInvalidArgument for an unknown mode,
/// a parameter that the mode does not have, a value that is empty or holds ':', '=' or '/',
/// `derivative` beside others, or a path whose end reads like a parameter: two different VideoKeys
/// never share a text.
Result<std::string> FormatVideoKey(const VideoKey& key);

/// The parts of a key's text; a text of no known mode has an empty mode and is all path.
VideoKey ParseVideoKey(std::string_view text);

/// Where the trailing parameters of `text` begin (behind the last byte of the path); text.size()
/// when it has none. A parameter is ':' name '=' value with a name that any mode knows.
size_t FindVariantParameters(std::string_view text);

}  // namespace reel

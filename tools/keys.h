// The keys that a command line means.
#pragma once

#include <reel/status.h>

#include <string>

#include "tools/flags.h"

namespace reel::cli {

/// Ok for what can be a key; otherwise kInvalidArgument, whatever is wrong with it: the command
/// line is.
Status CheckKey(const std::string& key);

/// The last component of a path, slashes behind it left out.
std::string BaseName(const std::string& path);

/// The key that put stores `file` ("-" for standard input) under: --key, or the one of the variant.
/// kInvalidArgument where that is none.
Result<std::string> KeyToPut(const CommandLine& line, const std::string& file);

}  // namespace reel::cli

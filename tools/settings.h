// The settings that a command line means.
#pragma once

#include <reel/config.h>
#include <reel/status.h>

#include <string>

#include "tools/flags.h"
#include "tools/session.h"

namespace reel::cli {

/// The defaults, reel.json in the directory `store` where there is one, and the file of --config,
/// each ahead of the one before. kInvalidArgument when a file cannot be read or says what cannot
/// be.
Result<ConfigBuilder> ReadSettings(const Session& session, const CommandLine& line,
                                   const std::string& store);

}  // namespace reel::cli

// What people read about the command line, made from its table (flags.h).
#pragma once

#include <string>

#include "tools/flags.h"

namespace reel::cli {

/// All commands.
std::string HelpText();

/// One command and its flags.
std::string HelpText(const Command& command);

/// The manual page, in troff's man macros.
std::string ManualPage();

/// A script for bash that completes commands, flags and file names.
std::string BashCompletion();

/// "reel 0.1.0".
std::string VersionText();

}  // namespace reel::cli

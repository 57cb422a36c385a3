// What people read about the command line, made from its table (flags.h).
#pragma once

#include <string>
#include <string_view>

#include "tools/flags.h"

namespace reel::cli {

/// The commands whose names begin with the words `group`; all of them for "". REQUIRES:
/// IsCommandGroup(group).
std::string HelpText(std::string_view group);

/// One command and its flags.
std::string HelpText(const Command& command);

/// The manual page, in troff's man macros.
std::string ManualPage();

/// A script for bash that completes commands, flags and file names.
std::string BashCompletion();

/// "reel 0.1.0".
std::string VersionText();

}  // namespace reel::cli

// One function per command. Each prints its data on stdout and its errors on stderr, and returns
// the exit status.
#pragma once

#include <span>
#include <string>

#include "tools/flags.h"

namespace reel::cli {

int RunPut(const CommandLine& line);
int RunGet(const CommandLine& line);
int RunLs(const CommandLine& line);
int RunStat(const CommandLine& line);
int RunRm(const CommandLine& line);
int RunMount(const CommandLine& line);

/// Parses the arguments behind the program's name and runs what they ask for.
int RunCommandLine(std::span<const std::string> arguments);

}  // namespace reel::cli

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
int RunPurge(const CommandLine& line);
int RunTouch(const CommandLine& line);
int RunVersionShow(const CommandLine& line);
int RunVersionBump(const CommandLine& line);
int RunMount(const CommandLine& line);
int RunKvGet(const CommandLine& line);
int RunKvPut(const CommandLine& line);
int RunKvList(const CommandLine& line);
int RunKvDelete(const CommandLine& line);
int RunKvBulkPut(const CommandLine& line);
int RunKvBulkGet(const CommandLine& line);
int RunKvBulkDelete(const CommandLine& line);
int RunKvBulkDump(const CommandLine& line);
int RunNamespaceList(const CommandLine& line);
int RunNamespaceRename(const CommandLine& line);
int RunNamespaceDrop(const CommandLine& line);
int RunStats(const CommandLine& line);
int RunConfig(const CommandLine& line);

/// Parses the arguments behind the program's name and runs what they ask for.
int RunCommandLine(std::span<const std::string> arguments);

}  // namespace reel::cli

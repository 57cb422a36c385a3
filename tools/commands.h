// One function per command. Each prints its data on stdout and its errors on stderr, and returns
// the exit status.
#pragma once

#include <span>
#include <string>

#include "tools/flags.h"
#include "tools/session.h"

namespace reel::cli {

int RunPut(const Session& session, const CommandLine& line);
int RunGet(const Session& session, const CommandLine& line);
int RunLs(const Session& session, const CommandLine& line);
int RunStat(const Session& session, const CommandLine& line);
int RunRm(const Session& session, const CommandLine& line);
int RunPurge(const Session& session, const CommandLine& line);
int RunTouch(const Session& session, const CommandLine& line);
int RunVersionShow(const Session& session, const CommandLine& line);
int RunVersionBump(const Session& session, const CommandLine& line);
int RunMount(const Session& session, const CommandLine& line);
int RunServe(const Session& session, const CommandLine& line);
int RunScrub(const Session& session, const CommandLine& line);
int RunKvGet(const Session& session, const CommandLine& line);
int RunKvPut(const Session& session, const CommandLine& line);
int RunKvList(const Session& session, const CommandLine& line);
int RunKvDelete(const Session& session, const CommandLine& line);
int RunKvBulkPut(const Session& session, const CommandLine& line);
int RunKvBulkGet(const Session& session, const CommandLine& line);
int RunKvBulkDelete(const Session& session, const CommandLine& line);
int RunKvBulkDump(const Session& session, const CommandLine& line);
int RunNamespaceList(const Session& session, const CommandLine& line);
int RunNamespaceRename(const Session& session, const CommandLine& line);
int RunNamespaceDrop(const Session& session, const CommandLine& line);
int RunStats(const Session& session, const CommandLine& line);
int RunConfig(const Session& session, const CommandLine& line);

/// Runs the command that `line` has. REQUIRES: it has one.
int RunCommand(const Session& session, const CommandLine& line);

/// Parses the arguments behind the program's name and runs what they ask for.
int RunCommandLine(std::span<const std::string> arguments);

}  // namespace reel::cli

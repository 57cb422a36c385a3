// The one place that says how an engine error looks to a script.
#pragma once

#include <reel/status.h>

#include <string>

#include "tools/session.h"

namespace reel::cli {

/// 0: done. 1: it failed, or found something. 2: the command line or a setting is wrong.
int ExitStatusOf(Code code);

/// Prints the one line that a person gets for a failure, on stderr or where report_sink.h sends it,
/// and gives the exit status. Ok prints nothing. Thread-safe.
int Report(const Status& status);

/// The same for whoever typed the session's command.
int Report(const Session& session, const Status& status);

/// Prints a line of the same look for what is no failure.
void Warn(const std::string& message);
void Warn(const Session& session, const std::string& message);

}  // namespace reel::cli

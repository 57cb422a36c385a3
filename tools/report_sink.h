// Where the lines go that tell a person of failures: stderr, or what stands in for it.
#pragma once

#include <functional>
#include <string>

namespace reel::cli {

/// Takes one line, without control characters and without a line end. Never called by two threads
/// at once.
using ReportSink = std::function<void(const std::string& line)>;

/// From now on, all that Report and Warn (exit_status.h) tell goes to `sink`, each in one call;
/// with an empty one to stderr, as at the start of the process. Thread-safe; not to be called by a
/// sink.
void SendReportsTo(ReportSink sink);

/// The system's log (syslog), as program "reel" with the process's number, facility daemon, level
/// error. Where nothing listens there, lines are lost.
ReportSink SystemLog();

/// The descriptor, as stderr is by default, but for a process that must not wait for whoever reads
/// it: lines that it cannot take at once are lost, and the next one that it takes tells how many.
ReportSink WithoutWaiting(int descriptor);

/// Hands `line` to where reports go. Thread-safe.
void SendReport(const std::string& line);

}  // namespace reel::cli

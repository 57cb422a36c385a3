// Ctrl-C and SIGTERM, as something that a command asks about where it can stop cleanly.
#pragma once

namespace reel::cli {

/// From now on SIGINT, SIGTERM and SIGHUP are only noted, and make blocked system calls return;
/// SIGPIPE is ignored. Once, before other threads run.
void NoteInterrupts();

/// Whether one of the signals has come.
bool Interrupted();

/// Waits until `fd` has bytes, its end or an error to read; false when interrupted, before or
/// meanwhile.
bool WaitReadable(int fd);

/// The same for writing.
bool WaitWritable(int fd);

}  // namespace reel::cli

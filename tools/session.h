// What a command stands on: the descriptors, files and environment of whoever typed it.
#pragma once

#include <reel/status.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "tools/files.h"
#include "tools/interrupt.h"
#include "tools/report_sink.h"

namespace reel::cli {

struct SharedStore;

/// Borrows all that it points to. One thread.
struct Session {
  /// The standard descriptors.
  int input = STDIN_FILENO;
  int output = STDOUT_FILENO;
  int errors = STDERR_FILENO;
  const Interruption* interruption = nullptr;
  Files* files = nullptr;
  /// Takes lines for people, as Report and Warn (exit_status.h) tell them.
  ReportSink report;
  /// The value of a variable; empty where there is none.
  std::function<std::string(const std::string& name)> environment;
  /// Absolute: that other paths than those of `files` begin in. Empty: this process's.
  std::string directory;
  /// The one that commands work on; null: each opens its own.
  const SharedStore* store = nullptr;

  /// Returns when what interrupted the command before this call has raised `interruption`; null
  /// where it always has.
  std::function<void()> catch_up;

  [[nodiscard]] bool Interrupted() const { return interruption->IsRaised(); }

  /// Where others may be interrupted together with this command, and what they do then must not be
  /// taken for their wish: the end of a pipe.
  [[nodiscard]] bool InterruptedByNow() const {
    if (catch_up) {
      catch_up();
    }
    return Interrupted();
  }
};

/// The process's own.
Session SessionOfProcess();

}  // namespace reel::cli

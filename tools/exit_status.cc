#include "tools/exit_status.h"

#include <string>

#include "tools/report_sink.h"
#include "tools/terminal_text.h"

namespace reel::cli {

int ExitStatusOf(Code code) {
  switch (code) {
    case Code::kOk:
      return 0;
    case Code::kInvalidArgument:
      return 2;
    case Code::kNotFound:
    case Code::kTooLarge:
    case Code::kOutOfRange:
    case Code::kConflict:
    case Code::kCorruption:
    case Code::kBusy:
    case Code::kNoSpace:
    case Code::kReadOnly:
    case Code::kUnsupported:
    case Code::kIoError:
    case Code::kAborted:
    case Code::kTimedOut:
      break;
  }
  return 1;
}

int Report(const Status& status) {
  if (status.ok()) {
    return 0;
  }
  Warn(status.message());
  return ExitStatusOf(status.code());
}

int Report(const Session& session, const Status& status) {
  if (status.ok()) {
    return 0;
  }
  Warn(session, status.message());
  return ExitStatusOf(status.code());
}

void Warn(const std::string& message) {
  SendReport(EscapeControls(message));
}

void Warn(const Session& session, const std::string& message) {
  session.report(EscapeControls(message));
}

}  // namespace reel::cli

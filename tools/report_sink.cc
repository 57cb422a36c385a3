#include "tools/report_sink.h"

#include <syslog.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <utility>

namespace reel::cli {
namespace {

struct Route {
  std::mutex mutex;
  ReportSink sink;
};

Route& TheRoute() {
  static Route route;
  return route;
}

void WriteToStandardError(const std::string& line) {
  const std::string text = "reel: " + line + "\n";
  // Nobody is left to hear of a failure to report a failure.
  while (write(STDERR_FILENO, text.data(), text.size()) < 0 && errno == EINTR) {
  }
}

}  // namespace

void SendReportsTo(ReportSink sink) {
  const std::scoped_lock lock(TheRoute().mutex);
  TheRoute().sink = std::move(sink);
}

ReportSink SystemLog() {
  openlog("reel", LOG_PID, LOG_DAEMON);
  return [](const std::string& line) { syslog(LOG_ERR, "%s", line.c_str()); };
}

void SendReport(const std::string& line) {
  const std::scoped_lock lock(TheRoute().mutex);
  if (TheRoute().sink) {
    TheRoute().sink(line);
  } else {
    WriteToStandardError(line);
  }
}

}  // namespace reel::cli

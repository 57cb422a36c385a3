#include "tools/report_sink.h"

#include <poll.h>
#include <syslog.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdint>
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

void WriteTo(int descriptor, const std::string& line) {
  const std::string text = "reel: " + line + "\n";
  // Nobody is left to hear of a failure to report a failure.
  while (write(descriptor, text.data(), text.size()) < 0 && errno == EINTR) {
  }
}

// A pipe that is ready takes PIPE_BUF bytes without waiting; a line that is longer is cut.
bool IsReady(int descriptor) {
  pollfd output{descriptor, POLLOUT, 0};
  return poll(&output, 1, 0) > 0;
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

ReportSink WithoutWaiting(int descriptor) {
  // Its own "reel: ", and the end of the line.
  constexpr size_t kLineBytesMax = PIPE_BUF - 7;
  return [descriptor, lost = uint64_t{0}](const std::string& line) mutable {
    if (!IsReady(descriptor)) {
      ++lost;
      return;
    }
    if (lost > 0) {
      WriteTo(descriptor, std::to_string(lost) + " lines are lost: nobody took them");
      lost = 0;
      if (!IsReady(descriptor)) {
        ++lost;
        return;
      }
    }
    WriteTo(descriptor, line.substr(0, kLineBytesMax));
  };
}

void SendReport(const std::string& line) {
  const std::scoped_lock lock(TheRoute().mutex);
  if (TheRoute().sink) {
    TheRoute().sink(line);
  } else {
    WriteTo(STDERR_FILENO, line);
  }
}

}  // namespace reel::cli

// Where the lines of --log go.
#pragma once

#include <reel/status.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "tools/file_descriptor.h"
#include "tools/session.h"

namespace reel::cli {

/// A file that lines are appended to, each in one write, so that several processes may share it.
/// Failing to is told once to the session and otherwise ignored: a full disk must not keep anybody
/// from reading, and lines are kept again as soon as there is room.
class LogFile {
 public:
  /// Opens `path`, and creates it if it is missing. The session outlives what is opened.
  static Result<std::unique_ptr<LogFile>> Open(const Session& session, const std::string& path);

  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  /// `line` is without its line end. One call at a time.
  void Append(std::string_view line);

 private:
  LogFile(const Session* session, FileDescriptor fd, std::string path)
      : session_(session), fd_(std::move(fd)), path_(std::move(path)) {}

  void WriteWhole(std::string_view bytes);
  void Complain(int error);

  const Session* session_;
  FileDescriptor fd_;
  std::string path_;
  bool is_cut_ = false;  // the last line in the file has no end
  bool complained_ = false;
};

}  // namespace reel::cli

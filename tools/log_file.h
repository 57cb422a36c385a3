// Where the lines of --log go.
#pragma once

#include <reel/status.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace reel::cli {

/// A file that lines are appended to, each in one write, so that several processes may share it.
/// Failing to is told once on stderr and otherwise ignored: a full disk must not keep anybody from
/// reading, and lines are kept again as soon as there is room.
class LogFile {
 public:
  /// Opens `path`, and creates it if it is missing.
  static Result<std::unique_ptr<LogFile>> Open(const std::string& path);

  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  /// `line` is without its line end. One call at a time.
  void Append(std::string_view line);

 private:
  LogFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  void WriteWhole(std::string_view bytes);
  void Complain(int error);

  int fd_;
  std::string path_;
  bool is_cut_ = false;  // the last line in the file has no end
  bool complained_ = false;
};

}  // namespace reel::cli

// Where commands write stored bytes to.
#pragma once

#include <reel/status.h>

#include <memory>
#include <string>
#include <utility>

#include "tools/files.h"
#include "tools/output.h"
#include "tools/session.h"

namespace reel::cli {

/// Standard output, a file that appears when it is whole, or something like a FIFO or a device that
/// is written to as it stands. Outlived by its session.
class Target {
 public:
  /// Opens `path`; "-" is standard output. An existing file stays as it is until Finish. Without
  /// Finish, no file is left behind.
  static Result<Target> Open(const Session& session, const std::string& path);

  Output& output() { return output_; }

  /// Whether others can see what was written so far. Of a file, not before Finish has succeeded.
  [[nodiscard]] bool IsVisible() const { return file_ == nullptr || file_->IsVisible(); }

  /// Where `written`, what became of the bytes, is ok: makes a file durable and gives it its name.
  /// kAborted when interrupted before that; the message says what that means for whoever waits for
  /// the bytes.
  Status Finish(const Status& written);

 private:
  Target(std::unique_ptr<OutputFile> file, Output output)
      : file_(std::move(file)), output_(std::move(output)) {}

  // Null for standard output.
  std::unique_ptr<OutputFile> file_;
  Output output_;
};

}  // namespace reel::cli

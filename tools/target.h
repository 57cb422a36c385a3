// Where commands write stored bytes to.
#pragma once

#include <reel/status.h>

#include <string>

#include "tools/output.h"

namespace reel::cli {

/// Standard output, a file that appears when it is whole, or something like a FIFO or a device that
/// is written to as it stands.
class Target {
 public:
  /// Opens `path`; "-" is standard output. An existing file stays as it is until Finish.
  static Result<Target> Open(const std::string& path);

  Target(Target&& other) noexcept;
  Target& operator=(Target&&) = delete;
  /// Without Finish, leaves no file behind.
  ~Target();

  Output& output() { return output_; }

  /// Whether others can see what was written so far. Of a file, not before Finish has succeeded.
  [[nodiscard]] bool IsVisible() const { return temporary_.empty(); }

  /// Where `written`, what became of the bytes, is ok: makes a file durable and gives it its name.
  /// kAborted when interrupted before that; the message says what that means for whoever waits for
  /// the bytes.
  Status Finish(const Status& written);

 private:
  Target(int fd, std::string path, std::string temporary);

  Status Commit();
  [[nodiscard]] Status InterruptedStatus() const;
  static Result<Target> OpenBeside(const std::string& path, const mode_t* mode);

  int fd_;
  std::string path_;
  // Empty where there is none.
  std::string temporary_;
  Output output_;
};

}  // namespace reel::cli

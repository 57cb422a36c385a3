// Bytes to a descriptor, each failure noticed.
#pragma once

#include <reel/status.h>

#include <span>
#include <string>
#include <string_view>

namespace reel::cli {

/// Opens /dev/null for the standard descriptors that the caller left closed, so that no file of the
/// store takes the number of one and is written to by mistake. First thing in main.
void ReserveStandardDescriptors();

/// Writes to a descriptor that somebody else owns. kAborted when interrupted while it had to wait.
class Output {
 public:
  /// `name` is how messages call the descriptor.
  Output(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}

  /// Standard output.
  static Output Standard();

  /// Keeps `text` until there is enough of it to be worth a write.
  Status Print(std::string_view text);

  /// Writes at once.
  Status Write(std::span<const std::string_view> slices);

  /// Writes what Print kept, and asks the descriptor for errors that it has not told yet.
  Status Finish();

 private:
  Status Flush();

  int fd_;
  std::string name_;
  std::string kept_;
};

}  // namespace reel::cli

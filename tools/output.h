// Bytes to a descriptor, each failure noticed.
#pragma once

#include <reel/status.h>
#include <sys/uio.h>

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "tools/session.h"

namespace reel::cli {

/// Opens /dev/null for the standard descriptors that the caller left closed, so that no file of the
/// store takes the number of one and is written to by mistake. First thing in main.
void ReserveStandardDescriptors();

/// Writes to a descriptor that somebody else owns. kAborted when interrupted while it had to wait.
class Output {
 public:
  /// `name` is how messages call the descriptor. `interruption` outlives this object.
  Output(const Interruption* interruption, int fd, std::string name)
      : interruption_(interruption), fd_(fd), name_(std::move(name)) {}

  /// Standard output.
  static Output Standard(const Session& session);

  /// Keeps `text` until there is enough of it to be worth a write.
  Status Print(std::string_view text);

  /// Writes at once.
  Status Write(std::span<const std::string_view> slices);

  /// Writes what Print kept, and asks the descriptor for errors that it has not told yet.
  Status Finish();

 private:
  Status Flush();
  Status WriteAll(std::span<iovec> parts) const;

  const Interruption* interruption_;
  int fd_;
  std::string name_;
  std::string kept_;
};

}  // namespace reel::cli

// Where commands take bytes from.
#pragma once

#include <reel/status.h>
#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/file_descriptor.h"
#include "tools/session.h"

namespace reel::cli {

/// What a source without a byte is.
enum class Empty : uint8_t { kIsAnError, kIsAllowed };

/// A file, or standard input, read once from where it stands to its end. Outlived by its session.
class Source {
 public:
  /// Opens `name`; "-" is standard input. Refuses what is missing, unreadable, a directory or
  /// (kIsAnError) empty.
  static Result<Source> Open(const Session& session, const std::string& name,
                             Empty empty = Empty::kIsAnError);

  /// The bytes that a regular file has from here to its end.
  [[nodiscard]] std::optional<uint64_t> size() const { return size_; }

  /// The next bytes, valid until the next call; none at the end, and then the source was not empty
  /// (kIsAnError), and a regular file did not change while it was read. kAborted when interrupted.
  Result<std::string_view> Next();

  /// All bytes that are left; kTooLarge when there are more than `bytes_max`.
  Result<std::string> ReadAll(size_t bytes_max);

 private:
  Source(const Session* session, std::string name, Empty empty);

  Status Examine();
  [[nodiscard]] Status CheckUnchanged() const;
  [[nodiscard]] Status Changed() const;

  const Session* session_;
  // None for standard input, which is not ours to close.
  FileDescriptor file_;
  int fd_ = -1;
  std::string name_;
  Empty empty_;
  struct stat before_ {};
  std::optional<uint64_t> size_;
  uint64_t taken_ = 0;
  std::vector<char> buffer_;
};

/// All bytes of the source `name`. Errors as Source::Open and Source::ReadAll.
Result<std::string> ReadSource(const Session& session, const std::string& name, size_t bytes_max,
                               Empty empty = Empty::kIsAnError);

/// Says in the message of an interruption that it left nothing behind; other statuses stay.
Status NothingStored(const Status& status);

}  // namespace reel::cli

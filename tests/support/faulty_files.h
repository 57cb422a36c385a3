// Calls of a file system that fail as a disk's do.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "tests/support/watched_files.h"

namespace reel::test {

struct FileFault {
  enum class Kind : uint8_t {
    kIoError,
    /// Only of calls that may need space.
    kNoSpace,
    /// ENOSPC after a part of the bytes; only of appends.
    kShortWrite,
  };
  Kind kind = Kind::kIoError;
  /// Which of the calls that the kind can strike: from 1.
  uint64_t nth = 1;
  /// All calls from then on that the kind can strike, not only that one.
  bool lasting = false;
  /// Only calls of this sort, if set.
  std::optional<FileCall> call = std::nullopt;
  /// No reads of files below this directory, if set.
  std::string unread_below = {};
};

/// Thread-safe.
class FaultyFiles final : public FileObserver {
 public:
  /// Counts from here on.
  void Arm(const FileFault& fault);
  void Disarm();
  /// The call that failed first since it was armed, in words; empty if none has.
  [[nodiscard]] std::string struck() const;

  rocksdb::IOStatus Before(const FileOperation& operation, uint64_t* bytes) override;

 private:
  mutable std::mutex mutex_;
  std::optional<FileFault> fault_;
  uint64_t met_ = 0;
  std::string struck_;
};

}  // namespace reel::test

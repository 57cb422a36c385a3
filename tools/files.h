// The files that a command line names.
#pragma once

#include <reel/status.h>
#include <sys/types.h>

#include <memory>
#include <string>

#include "tools/file_descriptor.h"
#include "tools/interrupt.h"

namespace reel::cli {

/// A file that a command writes, under no name that anybody looks for before Commit; or something
/// like a FIFO or a device, which is written to as it stands. Destroyed without Commit, a file
/// leaves nothing behind.
class OutputFile {
 public:
  virtual ~OutputFile() = default;

  /// To be written to; owned by this object.
  [[nodiscard]] virtual int descriptor() const = 0;

  /// Whether others can see what was written so far.
  [[nodiscard]] virtual bool IsVisible() const = 0;

  /// Makes a file durable and gives it its name; of anything else, nothing. kAborted when
  /// interrupted before that.
  virtual Status Commit() = 0;
};

/// Opens files by the names that a command line has for them. Messages have these names too. One
/// thread.
class Files {
 public:
  virtual ~Files() = default;

  /// Does not wait for the writer of a FIFO.
  virtual Result<FileDescriptor> OpenToRead(const std::string& path) = 0;

  /// Creates what is missing. Errors name the file as `name`. kAborted when interrupted.
  virtual Result<FileDescriptor> OpenToAppend(const std::string& path, const std::string& name) = 0;

  /// An existing file stays as it is until Commit. kAborted when interrupted.
  virtual Result<std::unique_ptr<OutputFile>> OpenOutput(const std::string& path) = 0;
};

/// Those of this process.
class LocalFiles final : public Files {
 public:
  /// `interruption` outlives this object and what it opens.
  explicit LocalFiles(const Interruption* interruption) : interruption_(interruption) {}

  Result<FileDescriptor> OpenToRead(const std::string& path) override;
  Result<FileDescriptor> OpenToAppend(const std::string& path, const std::string& name) override;
  Result<std::unique_ptr<OutputFile>> OpenOutput(const std::string& path) override;

 private:
  [[nodiscard]] Result<std::unique_ptr<OutputFile>> OpenBeside(const std::string& path,
                                                               const mode_t* mode) const;

  const Interruption* interruption_;
};

}  // namespace reel::cli

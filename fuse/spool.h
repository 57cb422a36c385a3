// The bytes of a file that is being written, until it is published.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace reel::mount {

/// A file without a name, so that nothing of it is left whatever becomes of the process. Every call
/// returns 0 or an errno. Thread-safe: as pread(2) and pwrite(2) are.
class Spool {
 public:
  /// In `directory`, on the disk whose space it takes.
  static int Create(const std::string& directory, std::unique_ptr<Spool>* out);

  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// All of `bytes` at `offset`; what lies before and was never written reads as zeros.
  int Write(uint64_t offset, std::string_view bytes);

  /// At most buffer.size() bytes; `count` is short only at the end.
  int Read(uint64_t offset, std::span<char> buffer, size_t* count) const;

  int Resize(uint64_t size);

  int Size(uint64_t* out) const;

  /// Returns when all that was written is on the disk.
  int Sync();

 private:
  explicit Spool(int fd) : fd_(fd) {}

  int fd_;
};

}  // namespace reel::mount

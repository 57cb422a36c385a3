// Which bytes of a file the system has in memory: so that who reads a file once for all leaves the
// system's cache as it was.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace reel {

/// A stretch of a file.
struct FileRange {
  uint64_t offset = 0;
  uint64_t bytes = 0;

  friend bool operator==(const FileRange&, const FileRange&) = default;
};

/// The cached pages of one file, which need not live as long as the object. Thread-safe.
class PageCache {
 public:
  explicit PageCache(const std::string& path);
  ~PageCache();
  PageCache(const PageCache&) = delete;
  PageCache& operator=(const PageCache&) = delete;

  /// The parts of a range that are not in memory, widened to whole pages, in order; none where
  /// that cannot be told.
  [[nodiscard]] std::vector<FileRange> Missing(uint64_t offset, uint64_t bytes) const;

 private:
  void* mapped_ = nullptr;
  uint64_t mapped_bytes_ = 0;
};

}  // namespace reel

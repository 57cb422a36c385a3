#include "storage/page_cache.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace reel {
namespace {

uint64_t SystemPageBytes() {
  static const auto bytes = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

}  // namespace

PageCache::PageCache(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return;
  }
  struct stat attributes {};
  if (fstat(file, &attributes) == 0 && attributes.st_size > 0) {
    // Nothing is read through it: it only gives mincore something to ask about.
    const auto bytes = static_cast<uint64_t>(attributes.st_size);
    void* mapped = mmap(nullptr, bytes, PROT_NONE, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) {
      mapped_ = mapped;
      mapped_bytes_ = bytes;
    }
  }
  close(file);
}

PageCache::~PageCache() {
  if (mapped_ != nullptr) {
    munmap(mapped_, mapped_bytes_);
  }
}

std::vector<FileRange> PageCache::Missing(uint64_t offset, uint64_t bytes) const {
  std::vector<FileRange> missing;
  const uint64_t page = SystemPageBytes();
  const uint64_t begin = offset / page * page;
  const uint64_t end = std::min(offset + bytes, mapped_bytes_);
  if (begin >= end) {
    return missing;
  }
  std::vector<unsigned char> cached((end - begin + page - 1) / page);
  if (mincore(static_cast<char*>(mapped_) + begin, end - begin, cached.data()) != 0) {
    return missing;
  }
  for (size_t i = 0; i < cached.size(); ++i) {
    if ((cached[i] & 1U) != 0) {
      continue;
    }
    const uint64_t at = begin + i * page;
    if (!missing.empty() && missing.back().offset + missing.back().bytes == at) {
      missing.back().bytes += page;
    } else {
      missing.push_back({at, page});
    }
  }
  return missing;
}

}  // namespace reel

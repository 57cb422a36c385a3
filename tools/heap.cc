#include "tools/heap.h"

#include <malloc.h>

#include <algorithm>
#include <thread>

namespace reel::cli {

void KeepFreedMemory() {
  constexpr int kMiB = 1 << 20;
  // Of each arena. Larger blocks come from the system, and go back there.
  constexpr int kKeptBytes = 64 * kMiB;
  constexpr int kMappedBytesMin = 32 * kMiB;
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  mallopt(M_MMAP_THRESHOLD, kMappedBytesMin);
  // By default there are eight for each processor, each with memory of its own to keep.
  mallopt(M_ARENA_MAX, static_cast<int>(std::max(2U, std::thread::hardware_concurrency())));
}

}  // namespace reel::cli

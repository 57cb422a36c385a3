#include <reel/options.h>

#include <bit>

#include "base/limits.h"

namespace reel {
namespace {

Status Refuse(std::string_view name, uint64_t value, std::string_view allowed) {
  return {Code::kInvalidArgument, std::string(name) + " is " + std::to_string(value) +
                                      " (allowed: " + std::string(allowed) + ")"};
}

}  // namespace

Status ChunkingOptions::Validate() const {
  if (size_threshold > kValueBytesMax) {
    return Refuse("sizeThreshold", size_threshold, "0 to 26214400, the largest value of an entry");
  }
  if (chunk_size < 1 || chunk_size > kValueBytesMax) {
    return Refuse("chunkSize", chunk_size, "1 to 26214400, the largest value of an entry");
  }
  if (max_chunks < 1 || max_chunks > UINT32_MAX) {
    return Refuse("maxChunks", max_chunks, "1 to 4294967295");
  }
  return Status::Ok();
}

Status StoreOptions::Validate() const {
  if (path.empty()) {
    return {Code::kInvalidArgument, "the store's path is empty (name a directory)"};
  }
  if (!std::has_single_bit(page_size) || page_size < kPageBytesMin || page_size > kPageBytesMax) {
    return Refuse("page_size", page_size, "a power of two from 4096 to 262144");
  }
  return Status::Ok();
}

}  // namespace reel

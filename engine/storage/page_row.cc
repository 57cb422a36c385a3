#include "storage/page_row.h"

#include "base/coding.h"
#include "base/compression.h"
#include "base/hash.h"

namespace reel {

Family FamilyOf(PageFamily family) {
  switch (family) {
    case PageFamily::kSmall:
      return Family::kSmallPages;
    case PageFamily::kBulk:
      return Family::kPages;
    case PageFamily::kShared:
      break;
  }
  return Family::kSharedPages;
}

std::optional<std::string_view> DecodePageRow(const PageRun& run, uint64_t run_bytes, uint32_t page,
                                              std::string_view row, BorrowedBytes* out) {
  const uint32_t page_bytes = run.PageBytes(page, run_bytes);
  if (row.size() < kPageChecksumBytes) {
    return std::nullopt;
  }
  const std::string_view data = row.substr(0, row.size() - kPageChecksumBytes);
  const bool compressed = run.encoding == Encoding::kZstd && data.size() < page_bytes;
  if ((data.size() != page_bytes && !compressed) ||
      Hash64(data, PageSeed(run.extent, page)) != ReadFixed64(data.data() + data.size())) {
    return std::nullopt;
  }
  if (!compressed) {
    return data;
  }
  char* decompressed = out->Allocate(page_bytes);
  if (!Decompress(data, decompressed, page_bytes)) {
    return std::nullopt;
  }
  return std::string_view(decompressed, page_bytes);
}

}  // namespace reel

#include <reel/byte_range.h>

#include <string>

#include "format/range_spec.h"

namespace reel {

Result<ByteRange> ResolveByteRange(std::string_view text, uint64_t size) {
  const auto spec = ParseRangeSpec(text);
  if (!spec) {
    return Status{Code::kInvalidArgument,
                  "\"" + std::string(text) + "\" is not a range (write A-B, A- or -N, in bytes)"};
  }
  const auto range = Resolve(*spec, size);
  if (!range) {
    return Status{Code::kOutOfRange, "the range " + std::string(text) +
                                         " is outside the video, which has " +
                                         std::to_string(size) + " bytes (ask for bytes it has)"};
  }
  return *range;
}

}  // namespace reel

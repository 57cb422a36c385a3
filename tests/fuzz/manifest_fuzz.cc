// Fuzzes DecodeManifest. An input is what a manifest entry may hold.
#include "format/json.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/require.h"

namespace reel {
namespace {

// I5.
void CheckSizes(const Manifest& manifest) {
  uint64_t sum = 0;
  REEL_REQUIRE(!manifest.chunk_sizes.empty());
  for (size_t i = 0; i < manifest.chunk_sizes.size(); ++i) {
    const uint64_t size = manifest.chunk_sizes[i];
    const bool last = i + 1 == manifest.chunk_sizes.size();
    REEL_REQUIRE(size > 0 && size <= manifest.standard_chunk_size);
    REEL_REQUIRE(last || size == manifest.standard_chunk_size);
    REEL_REQUIRE(size <= manifest.total_size - sum);
    sum += size;
  }
  REEL_REQUIRE(sum == manifest.total_size);
}

}  // namespace
}  // namespace reel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace reel;
  const auto manifest = DecodeManifest(FuzzInput(data, size).rest());
  if (!manifest.ok()) {
    REEL_REQUIRE(manifest.code() == Code::kCorruption);
    return 0;
  }
  CheckSizes(*manifest);
  const auto again = DecodeManifest(EncodeManifest(*manifest));
  REEL_REQUIRE(again.ok() && *again == *manifest);
  return 0;
}

#include "base/hash.h"

#include <cstdio>

// The dispatching functions pick the widest vectors of the processor at run time; plain XXH3 built
// for the x86-64 baseline is several times slower.
#if defined(__x86_64__)
#include <xxh_x86dispatch.h>
#else
#include <xxhash.h>
#endif

namespace reel {
namespace {

Hash128 ToHash128(XXH128_hash_t hash) {
  return {hash.high64, hash.low64};
}

}  // namespace

std::string Hash128::ToHex() const {
  char text[33];
  std::snprintf(text, sizeof(text), "%016llx%016llx", static_cast<unsigned long long>(high),
                static_cast<unsigned long long>(low));
  return text;
}

uint64_t Hash64(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

uint64_t Xxh64(std::string_view bytes) {
  return XXH64(bytes.data(), bytes.size(), /*seed=*/0);
}

Hash128 HashWhole(std::string_view bytes) {
  return ToHash128(XXH3_128bits(bytes.data(), bytes.size()));
}

struct Hasher128::State {
  XXH3_state_t* xxh = XXH3_createState();
  ~State() { XXH3_freeState(xxh); }
};

Hasher128::Hasher128() : state_(std::make_unique<State>()) {
  Reset();
}
Hasher128::~Hasher128() = default;

void Hasher128::Update(std::string_view bytes) {
  XXH3_128bits_update(state_->xxh, bytes.data(), bytes.size());
}

Hash128 Hasher128::Digest() const {
  return ToHash128(XXH3_128bits_digest(state_->xxh));
}

void Hasher128::Reset() {
  XXH3_128bits_reset(state_->xxh);
}

}  // namespace reel

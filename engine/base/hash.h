// XXH3, the one hash of the store: 64 bits for pages and records, 128 bits for whole values; and
// the older XXH64 of the tables below it.
#pragma once

#include <reel/types.h>

#include <cstdint>
#include <memory>
#include <string_view>

namespace reel {

/// XXH3-64 of `bytes`, seeded.
uint64_t Hash64(std::string_view bytes, uint64_t seed);

/// XXH3-128 of `bytes`.
Hash128 HashWhole(std::string_view bytes);

/// XXH64 of `bytes`, seed 0: RocksDB's checksum of blocks in older stores.
uint64_t Xxh64(std::string_view bytes);

/// XXH3-128 of bytes that come in pieces.
class Hasher128 {
 public:
  Hasher128();
  ~Hasher128();
  Hasher128(const Hasher128&) = delete;
  Hasher128& operator=(const Hasher128&) = delete;

  void Update(std::string_view bytes);

  /// The hash of what came so far; more may follow.
  [[nodiscard]] Hash128 Digest() const;

  void Reset();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace reel

// A store with as many chunked videos as a test wants, made and examined in this process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/support/fake_clock.h"

namespace reel::test {

/// Videos v:0, v:1 and so on of the namespace `videos`, each of three chunks.
class ManyVideos {
 public:
  /// With a `ttl`, stored so long ago that they have expired for everybody else.
  ManyVideos(std::string store, std::optional<int64_t> ttl);

  /// Stores v:0 to v:COUNT-1; whatever was there goes.
  void Store(int count) const;

  /// How many of them there are. Fails the test unless each has all its parts and its bytes, the
  /// namespace holds nothing else, and no page is left of those that are gone.
  [[nodiscard]] int CountWhole() const;

 private:
  std::string store_;
  std::optional<int64_t> ttl_;
  FakeClock clock_;
};

}  // namespace reel::test

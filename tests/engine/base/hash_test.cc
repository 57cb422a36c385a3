#include "base/hash.h"

#include <gtest/gtest.h>

#include "tests/support/test_bytes.h"

namespace reel {
namespace {

// Expected values: `printf TEXT | xxhsum -H2`.
TEST(Hash128, PrintsAsXxhsumDoes) {
  EXPECT_EQ(HashWhole("").ToHex(), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(HashWhole("abc").ToHex(), "06b05ab6733a618578af5f94892f3950");
}

TEST(Hasher128, PiecesGiveTheHashOfTheWhole) {
  const std::string bytes = test::RandomBytes(300'000, 7);
  Hasher128 hasher;
  size_t at = 0;
  for (const size_t piece : {1UL, 0UL, 7UL, 1000UL, 65536UL, 100UL}) {
    hasher.Update(std::string_view(bytes).substr(at, piece));
    at += piece;
    EXPECT_EQ(hasher.Digest(), HashWhole(std::string_view(bytes).substr(0, at))) << at;
  }
  hasher.Reset();
  hasher.Update(bytes);
  EXPECT_EQ(hasher.Digest(), HashWhole(bytes));
}

TEST(Hash64, DependsOnTheSeed) {
  EXPECT_NE(Hash64("page", 1), Hash64("page", 2));
}

}  // namespace
}  // namespace reel

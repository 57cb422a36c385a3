#include "kv/listing.h"

#include <gtest/gtest.h>

namespace reel {
namespace {

TEST(BehindPrefix, IsTheSmallestTextBehindAllThatBeginWithIt) {
  EXPECT_EQ(BehindPrefix("a"), "b");
  EXPECT_EQ(BehindPrefix("a/"), "a0");
  EXPECT_EQ(BehindPrefix("a\xFF\xFF"), "b");
}

TEST(Listing, FirstKey) {
  const struct {
    const char* prefix;
    const char* start_after;
    bool by_delimiter;
    std::string first;
  } cases[] = {
      {"", "", false, ""},
      {"p", "", false, "p"},
      {"p", "a", false, "p"},
      {"p", "pa", false, std::string("pa\0", 3)},
      {"p", "q", false, std::string("q\0", 2)},
      {"p/", "p/d/", true, "p/d0"},
      {"p/", "p/d/x", true, std::string("p/d/x\0", 6)},
      {"p/", "p/d/", false, std::string("p/d/\0", 5)},
  };
  for (const auto& c : cases) {
    ListOptions options;
    options.prefix = c.prefix;
    options.start_after = c.start_after;
    if (c.by_delimiter) {
      options.delimiter = '/';
    }
    EXPECT_EQ(Listing(options, 0).first_key(), c.first) << c.prefix << " " << c.start_after;
  }
}

}  // namespace
}  // namespace reel

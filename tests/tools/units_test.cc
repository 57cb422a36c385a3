#include "tools/units.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace reel::cli {
namespace {

TEST(UnitsTest, Sizes) {
  EXPECT_EQ(ParseSize("0"), 0U);
  EXPECT_EQ(ParseSize("1000"), 1000U);
  EXPECT_EQ(ParseSize("1K"), 1024U);
  EXPECT_EQ(ParseSize("1KiB"), 1024U);
  EXPECT_EQ(ParseSize("5M"), 5U << 20);
  EXPECT_EQ(ParseSize("5MiB"), 5U << 20);
  EXPECT_EQ(ParseSize("3G"), 3ULL << 30);
  EXPECT_EQ(ParseSize("2TiB"), 2ULL << 40);
  EXPECT_EQ(ParseSize("16777215T"), 16777215ULL << 40);
  EXPECT_EQ(ParseSize("18446744073709551615"), std::numeric_limits<uint64_t>::max());
  for (const char* wrong : {"", "K", "1k", "1KB", "1 K", " 1", "1.5M", "-1", "+1", "0x10",
                            "16777216T", "18446744073709551616"}) {
    EXPECT_FALSE(ParseSize(wrong).has_value()) << wrong;
  }
}

TEST(UnitsTest, Seconds) {
  EXPECT_EQ(ParseSeconds("60"), 60);
  EXPECT_EQ(ParseSeconds("60s"), 60);
  EXPECT_EQ(ParseSeconds("2m"), 120);
  EXPECT_EQ(ParseSeconds("3h"), 3 * 3600);
  EXPECT_EQ(ParseSeconds("7d"), 7 * 86400);
  EXPECT_EQ(ParseSeconds("9223372036854775807"), std::numeric_limits<int64_t>::max());
  for (const char* wrong :
       {"", "s", "1w", "1 m", "-60", "1.5h", "1hm", "9223372036854775808", "106751991167301d"}) {
    EXPECT_FALSE(ParseSeconds(wrong).has_value()) << wrong;
  }
}

TEST(UnitsTest, Percentages) {
  EXPECT_EQ(ParsePercentage("5%"), 0.05);
  EXPECT_EQ(ParsePercentage("0.5%"), 0.005);
  EXPECT_EQ(ParsePercentage("100%"), 1);
  for (const char* wrong : {"", "%", "5", "0%", "100.1%", "-5%", "+5%", "5 %", "1e1%", "nan%",
                            "inf%", ".%", "1.2.3%", "5%%"}) {
    EXPECT_FALSE(ParsePercentage(wrong).has_value()) << wrong;
  }
}

TEST(UnitsTest, SizesForPeople) {
  EXPECT_EQ(FormatSize(0), "0 B");
  EXPECT_EQ(FormatSize(1023), "1023 B");
  EXPECT_EQ(FormatSize(1024), "1.0 KiB");
  EXPECT_EQ(FormatSize(26214401), "25.0 MiB");
  EXPECT_EQ(FormatSize(3ULL << 30), "3.0 GiB");
  EXPECT_EQ(FormatSize(std::numeric_limits<uint64_t>::max()), "16.0 EiB");
}

TEST(UnitsTest, TimesForPeople) {
  EXPECT_EQ(FormatSeconds(0), "0s");
  EXPECT_EQ(FormatSeconds(125), "2m05s");
  EXPECT_EQ(FormatSeconds(3 * 3600 + 4 * 60 + 59), "3h04m");
  EXPECT_EQ(FormatSeconds(2 * 86400 + 3 * 3600), "2d03h");
  EXPECT_EQ(FormatTime(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatTime(1800000000), "2027-01-15T08:00:00Z");
}

}  // namespace
}  // namespace reel::cli

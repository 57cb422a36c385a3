#include <gtest/gtest.h>
#include <reel/http_date.h>

#include <random>

#include "tests/support/test_bytes.h"

namespace reel {
namespace {

constexpr int64_t kNow = 1'790'000'000;  // Mon, 21 Sep 2026 14:13:20 GMT
constexpr int64_t kExample = 784'111'777;

TEST(HttpDate, ParsesTheThreeForms) {
  const struct {
    const char* text;
    std::optional<int64_t> time;
  } cases[] = {
      // RFC 9110, section 5.6.7.
      {"Sun, 06 Nov 1994 08:49:37 GMT", kExample},
      {"Sunday, 06-Nov-94 08:49:37 GMT", kExample},
      {"Sun Nov  6 08:49:37 1994", kExample},
      {"Sun Nov 16 08:49:37 1994", kExample + 10 * 86'400},
      {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
      {"Wed, 31 Dec 1969 23:59:59 GMT", -1},
      {"Tue, 29 Feb 2000 12:00:00 GMT", 951'825'600},
      {"Sat, 31 Dec 2016 23:59:60 GMT", 1'483'228'800},
      {"Sat, 01 Jan 0000 00:00:00 GMT", -62'167'219'200},
      {"Fri, 31 Dec 9999 23:59:59 GMT", 253'402'300'799},
      // The name of the day is not compared.
      {"Mon, 06 Nov 1994 08:49:37 GMT", kExample},
      {"", {}},
      {"0", {}},
      {"784111777", {}},
      {"1994-11-06T08:49:37Z", {}},
      {"Sun, 06 Nov 1994 08:49:37", {}},
      {"Sun, 06 Nov 1994 08:49:37 UTC", {}},
      {"Sun, 06 Nov 1994 08:49:37 +0000", {}},
      {"Sun, 06 Nov 1994 08:49:37 GMT ", {}},
      {" Sun, 06 Nov 1994 08:49:37 GMT", {}},
      {"Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT", {}},
      {"Sun, 6 Nov 1994 08:49:37 GMT", {}},
      {"sun, 06 nov 1994 08:49:37 gmt", {}},
      {"Xyz, 06 Nov 1994 08:49:37 GMT", {}},
      {"Sunday, 06 Nov 1994 08:49:37 GMT", {}},
      {"Sun, 06-Nov-94 08:49:37 GMT", {}},
      {"Sun, 06 Nov 94 08:49:37 GMT", {}},
      {"Sun Nov 6 08:49:37 1994", {}},
      {"Sun Nov 06 08:49:37 1994 GMT", {}},
      {"Sun, 00 Nov 1994 08:49:37 GMT", {}},
      {"Sun, 31 Nov 1994 08:49:37 GMT", {}},
      {"Wed, 29 Feb 2023 12:00:00 GMT", {}},
      {"Mon, 29 Feb 1900 12:00:00 GMT", {}},
      {"Sun, 06 Nov 1994 24:00:00 GMT", {}},
      {"Sun, 06 Nov 1994 08:60:00 GMT", {}},
      {"Sun, 06 Nov 1994 08:49:61 GMT", {}},
      {"Sun, 06 Nov 1994 8:49:37 GMT", {}},
      {"Sun, 06 Nov -994 08:49:37 GMT", {}},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(ParseHttpDate(c.text, kNow), c.time) << c.text;
  }
}

TEST(HttpDate, TwoDigitsAreAtMostFiftyYearsAhead) {
  const struct {
    const char* text;
    const char* means;
  } cases[] = {
      {"Monday, 21-Sep-26 14:13:20 GMT", "Mon, 21 Sep 2026 14:13:20 GMT"},
      {"Friday, 01-Jan-27 00:00:00 GMT", "Fri, 01 Jan 2027 00:00:00 GMT"},
      {"Monday, 21-Sep-76 14:13:20 GMT", "Mon, 21 Sep 2076 14:13:20 GMT"},
      {"Tuesday, 21-Sep-76 14:13:21 GMT", "Tue, 21 Sep 1976 14:13:21 GMT"},
      {"Friday, 01-Jan-77 00:00:00 GMT", "Sat, 01 Jan 1977 00:00:00 GMT"},
      {"Friday, 31-Dec-99 23:59:59 GMT", "Fri, 31 Dec 1999 23:59:59 GMT"},
      {"Tuesday, 29-Feb-00 00:00:00 GMT", "Tue, 29 Feb 2000 00:00:00 GMT"},
  };
  for (const auto& c : cases) {
    const auto time = ParseHttpDate(c.text, kNow);
    ASSERT_TRUE(time) << c.text;
    EXPECT_EQ(FormatHttpDate(*time), c.means) << c.text;
  }
  for (const int64_t now : {INT64_MIN, INT64_MAX}) {
    EXPECT_TRUE(ParseHttpDate("Monday, 21-Sep-26 14:13:20 GMT", now));
  }
}

TEST(HttpDate, FormatsWhatItParses) {
  EXPECT_EQ(FormatHttpDate(kExample), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(FormatHttpDate(INT64_MIN), "Sat, 01 Jan 0000 00:00:00 GMT");
  EXPECT_EQ(FormatHttpDate(INT64_MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
  std::mt19937_64 random(test::TestSeed());
  std::uniform_int_distribution<int64_t> any(-62'167'219'200, 253'402'300'799);
  for (int i = 0; i < 10'000; ++i) {
    const int64_t time = any(random);
    EXPECT_EQ(ParseHttpDate(FormatHttpDate(time), kNow), time) << FormatHttpDate(time);
  }
}

}  // namespace
}  // namespace reel

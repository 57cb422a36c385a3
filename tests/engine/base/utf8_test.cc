#include "base/utf8.h"

#include <gtest/gtest.h>

namespace reel {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, Table) {
  const struct {
    std::string_view text;
    bool valid;
  } cases[] = {
      {"", true},
      {"plain", true},
      {"a\0b"sv, true},
      {"日本.mp4", true},
      {"\xC2\x80", true},           // U+0080, the smallest of two bytes
      {"\xC1\xBF", false},          // overlong U+007F
      {"\xE0\xA0\x80", true},       // U+0800
      {"\xE0\x9F\xBF", false},      // overlong U+07FF
      {"\xED\x9F\xBF", true},       // U+D7FF, the last before the surrogates
      {"\xED\xA0\x80", false},      // U+D800
      {"\xEE\x80\x80", true},       // U+E000, the first behind them
      {"\xF0\x90\x80\x80", true},   // U+10000
      {"\xF0\x8F\xBF\xBF", false},  // overlong U+FFFF
      {"\xF4\x8F\xBF\xBF", true},   // U+10FFFF
      {"\xF4\x90\x80\x80", false},  // beyond
      {"\x80", false},              // a continuation alone
      {"\xE6\x97", false},          // cut off
      {"\xE6\x97zz", false},        // cut off by ASCII
      {"\xFF", false},              // never
  };
  for (const auto& c : cases) {
    EXPECT_EQ(IsValidUtf8(c.text), c.valid) << c.text;
  }
}

}  // namespace
}  // namespace reel

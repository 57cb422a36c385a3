#include "tools/terminal_text.h"

#include <gtest/gtest.h>

namespace reel::cli {
namespace {

TEST(TerminalTextTest, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(EscapeControls("video:a b\\n.mp4"), "video:a b\\n.mp4");
  EXPECT_EQ(EscapeControls("日本 é 😀"), "日本 é 😀");
  EXPECT_EQ(EscapeControls("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(EscapeControls("\x1b[2J\x7f"), "\\x1b[2J\\x7f");
  EXPECT_EQ(EscapeControls(std::string_view("\0x", 2)), "\\x00x");
  EXPECT_EQ(EscapeControls("\xc2\x9b"
                           "1m\xc2\xa0"),
            "\\xc2\\x9b1m\xc2\xa0");
}

TEST(TerminalTextTest, EscapesWhatIsNotUtf8) {
  EXPECT_EQ(EscapeControls("\xff"), "\\xff");
  EXPECT_EQ(EscapeControls("\xc0\xaf"), "\\xc0\\xaf");
  EXPECT_EQ(EscapeControls("\xe6\x97"), "\\xe6\\x97");
  EXPECT_EQ(EscapeControls("\xe0\x80\x80"), "\\xe0\\x80\\x80");
  EXPECT_EQ(EscapeControls("\xed\xa0\x80"), "\\xed\\xa0\\x80");
  EXPECT_EQ(EscapeControls("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

TEST(TerminalTextTest, Utf8) {
  for (const std::string_view text : {"", "a", "\n\x7f", "ü日\U0001F600", "\xc2\x80"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
  for (const std::string_view text :
       {"\xff", "a\xc3", "\xc3(", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80 a"}) {
    EXPECT_FALSE(IsUtf8(text)) << EscapeControls(text);
  }
}

}  // namespace
}  // namespace reel::cli

#include <gtest/gtest.h>
#include <reel/kv.h>
#include <reel/video_key.h>

#include <map>
#include <random>

#include "tests/support/test_bytes.h"

namespace reel {
namespace {

TEST(FormatVideoKey, CanonicalOrder) {
  const struct {
    VideoKey key;
    const char* text;
  } cases[] = {
      {{"video", "a.mp4", {}}, "video:a.mp4"},
      {{"video", "path/to/video.mp4", {{"h", "720"}, {"w", "1280"}}},
       "video:path/to/video.mp4:w=1280:h=720"},
      {{"video", "a.mp4", {{"c", "low"}, {"q", "high"}, {"f", "webm"}, {"w", "1"}}},
       "video:a.mp4:w=1:f=webm:q=high:c=low"},
      {{"video", "a.mp4", {{"derivative", "mobile"}}}, "video:a.mp4:derivative=mobile"},
      {{"frame", "a.mp4", {{"f", "jpg"}, {"t", "1.5s"}}}, "frame:a.mp4:t=1.5s:f=jpg"},
      {{"spritesheet",
        "a.mp4",
        {{"interval", "2s"}, {"rows", "3"}, {"cols", "4"}, {"duration", "9s"}, {"t", "0s"}}},
       "spritesheet:a.mp4:t=0s:duration=9s:cols=4:rows=3:interval=2s"},
      {{"audio", "a.mp4", {{"f", "m4a"}, {"duration", "9s"}, {"t", "0s"}}},
       "audio:a.mp4:t=0s:duration=9s:f=m4a"},
      // A colon that does not read like a parameter is part of the name.
      {{"video", "Alien: Romulus.mkv", {}}, "video:Alien: Romulus.mkv"},
      {{"video", "a:w=x.mp4", {}}, "video:a:w=x.mp4"},
      {{"video", "日本.mp4", {}}, "video:日本.mp4"},
  };
  for (const auto& c : cases) {
    const auto text = FormatVideoKey(c.key);
    ASSERT_TRUE(text.ok()) << c.text << ": " << text.status().message();
    EXPECT_EQ(*text, c.text);
    const VideoKey parsed = ParseVideoKey(*text);
    EXPECT_EQ(parsed.mode, c.key.mode);
    EXPECT_EQ(parsed.path, c.key.path);
    EXPECT_EQ(parsed.parameters.size(), c.key.parameters.size());
  }
}

TEST(FormatVideoKey, RefusesWhatCouldForgeAnotherKey) {
  const VideoKey cases[] = {
      {"movie", "a.mp4", {}},
      {"video", "", {}},
      {"video", "/a.mp4", {}},
      {"video", "a.mp4:w=1280", {}},  // the path forges a variant
      {"video", "a.mp4:derivative=x", {}},
      {"video", "a.mp4", {{"t", "1s"}}},  // not a parameter of this mode
      {"video", "a.mp4", {{"x", "1"}}},
      {"video", "a.mp4", {{"w", "wide"}}},
      {"video", "a.mp4", {{"w", ""}}},
      {"video", "a.mp4", {{"w", "1"}, {"w", "2"}}},
      {"video", "a.mp4", {{"q", "a:c=b"}}},  // the value forges a parameter
      {"video", "a.mp4", {{"q", "a/b"}}},
      {"video", "a.mp4", {{"derivative", "x"}, {"w", "1"}}},
  };
  for (const VideoKey& key : cases) {
    EXPECT_EQ(FormatVideoKey(key).code(), Code::kInvalidArgument) << key.mode << ":" << key.path;
  }
}

TEST(ParseVideoKey, TextOfNoModeIsAllPath) {
  for (const char* text : {"plain", "movie:a.mp4:w=1", ":a", "w=1"}) {
    EXPECT_EQ(ParseVideoKey(text).mode, "");
    EXPECT_EQ(ParseVideoKey(text).path, text);
  }
}

// Different keys never share a text, whatever the path and values hold.
TEST(VideoKey, IsInjective) {
  std::mt19937_64 random(test::TestSeed());
  const std::string pieces[] = {"a",    "b",    ":",    "=",          "w",  "h", "1", "/",
                                ".mp4", ":w=1", ":h=2", "derivative", "日", "q", " "};
  const auto text = [&](int pieces_max) {
    std::string made;
    for (uint64_t left = random() % pieces_max; left > 0; --left) {
      made += pieces[random() % std::size(pieces)];
    }
    return made;
  };
  std::map<std::string, std::string> seen;
  const char* modes[] = {"video", "frame", "spritesheet", "audio"};
  const char* names[] = {"w", "h", "f", "q", "c", "t", "derivative", "duration"};
  int made = 0;
  for (int i = 0; i < 200'000; ++i) {
    VideoKey key{modes[random() % 4], text(6), {}};
    std::map<std::string, std::string> parameters;
    for (uint64_t left = random() % 3; left > 0; --left) {
      parameters[names[random() % std::size(names)]] = text(3);
    }
    key.parameters.assign(parameters.begin(), parameters.end());
    std::string identity = key.mode + '\0' + key.path;
    for (const auto& [name, value] : parameters) {
      identity += '\0' + name + '\0' + value;
    }
    const auto formatted = FormatVideoKey(key);
    if (!formatted.ok()) {
      continue;
    }
    ++made;
    const auto [at, fresh] = seen.emplace(*formatted, identity);
    EXPECT_TRUE(fresh || at->second == identity) << *formatted;
    EXPECT_EQ(ParseVideoKey(*formatted).path, key.path);
  }
  EXPECT_GT(made, 1000);
}

TEST(ValidateKey, Table) {
  const struct {
    std::string key;
    Code code;
  } cases[] = {
      {"a", Code::kOk},
      {std::string(512, 'k'), Code::kOk},
      {"...", Code::kOk},
      {std::string("a\0b", 3), Code::kOk},
      {"", Code::kInvalidArgument},
      {".", Code::kInvalidArgument},
      {"..", Code::kInvalidArgument},
      {std::string(513, 'k'), Code::kTooLarge},
      {"\xFF", Code::kInvalidArgument},
      {"\xED\xA0\x80", Code::kInvalidArgument},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(ValidateKey(c.key).code(), c.code) << c.key;
  }
}

}  // namespace
}  // namespace reel

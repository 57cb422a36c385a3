#include "base/compression.h"

#include <gtest/gtest.h>

#include "tests/support/test_bytes.h"

namespace reel {
namespace {

TEST(Compression, TextComesBack) {
  std::string frame;
  for (const size_t size : {256UL, 4096UL, 16'384UL, 262'144UL}) {
    const std::string text = test::TextBytes(size, size);
    ASSERT_TRUE(Compress(text, &frame)) << size;
    EXPECT_LE(frame.size(), size - size / 8) << size;
    std::string back(size, 0);
    ASSERT_TRUE(Decompress(frame, back.data(), size));
    EXPECT_EQ(back, text);
  }
}

TEST(Compression, WhatSavesTooLittleIsRefused) {
  std::string frame;
  EXPECT_FALSE(Compress("", &frame));
  EXPECT_FALSE(Compress("x", &frame));
  EXPECT_FALSE(Compress(test::RandomBytes(16'384, 1), &frame));
  // A tenth of it is text.
  EXPECT_FALSE(Compress(test::TextBytes(1'600, 1) + test::RandomBytes(14'784, 1), &frame));
}

TEST(Compression, DamagedFramesAndWrongSizesAreRefused) {
  std::string frame;
  const std::string text = test::TextBytes(4096, 2);
  ASSERT_TRUE(Compress(text, &frame));
  std::string back(8192, 0);
  EXPECT_FALSE(Decompress(frame, back.data(), 4095));
  EXPECT_FALSE(Decompress(frame, back.data(), 4097));
  for (size_t length = 0; length < frame.size(); ++length) {
    EXPECT_FALSE(Decompress(std::string_view(frame).substr(0, length), back.data(), 4096));
  }
  EXPECT_FALSE(Decompress(test::RandomBytes(500, 3), back.data(), 4096));
}

}  // namespace
}  // namespace reel

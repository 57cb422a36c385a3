#include <gtest/gtest.h>
#include <reel/byte_range.h>

namespace reel {
namespace {

TEST(ResolveByteRange, Table) {
  const struct {
    const char* text;
    uint64_t size;
    Code code;
    ByteRange range;
  } cases[] = {
      {"0-0", 10, Code::kOk, {0, 1}},
      {"0-9", 10, Code::kOk, {0, 10}},
      {"3-5", 10, Code::kOk, {3, 3}},
      {"3-", 10, Code::kOk, {3, 7}},
      {"9-", 10, Code::kOk, {9, 1}},
      {"3-1000", 10, Code::kOk, {3, 7}},
      {"-3", 10, Code::kOk, {7, 3}},
      {"-10", 10, Code::kOk, {0, 10}},
      {"-11", 10, Code::kOk, {0, 10}},
      {"0-18446744073709551615", 10, Code::kOk, {0, 10}},
      // The range that the specification's diagram maps to two chunks.
      {"1000000-2000000", 50'000'000, Code::kOk, {1'000'000, 1'000'001}},
      {"10-", 10, Code::kOutOfRange, {}},
      {"10-11", 10, Code::kOutOfRange, {}},
      {"5-4", 10, Code::kOutOfRange, {}},
      {"-0", 10, Code::kOutOfRange, {}},
      {"0-", 0, Code::kOutOfRange, {}},
      {"-1", 0, Code::kOutOfRange, {}},
      {"", 10, Code::kInvalidArgument, {}},
      {"-", 10, Code::kInvalidArgument, {}},
      {"5", 10, Code::kInvalidArgument, {}},
      {"a-b", 10, Code::kInvalidArgument, {}},
      {"1-2-3", 10, Code::kInvalidArgument, {}},
      {"--1", 10, Code::kInvalidArgument, {}},
      {" 1-2", 10, Code::kInvalidArgument, {}},
      {"+1-2", 10, Code::kInvalidArgument, {}},
      {"0x1-2", 10, Code::kInvalidArgument, {}},
      {"0-18446744073709551616", 10, Code::kInvalidArgument, {}},
  };
  for (const auto& c : cases) {
    const auto range = ResolveByteRange(c.text, c.size);
    EXPECT_EQ(range.code(), c.code) << c.text;
    if (range.ok() && c.code == Code::kOk) {
      EXPECT_EQ(*range, c.range) << c.text;
    }
  }
}

}  // namespace
}  // namespace reel

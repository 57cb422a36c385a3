#include "base/coding.h"

#include <gtest/gtest.h>

namespace reel {
namespace {

TEST(Coding, LittleEndianInValuesBigEndianInKeys) {
  std::string out;
  PutFixed16(&out, 0x0102);
  PutFixed32(&out, 0x01020304);
  PutFixed64(&out, 0x0102030405060708);
  PutBigEndian32(&out, 0x01020304);
  PutBigEndian64(&out, 0x0102030405060708);
  EXPECT_EQ(out, std::string("\x02\x01"
                             "\x04\x03\x02\x01"
                             "\x08\x07\x06\x05\x04\x03\x02\x01"
                             "\x01\x02\x03\x04"
                             "\x01\x02\x03\x04\x05\x06\x07\x08",
                             26));
  EXPECT_EQ(ReadBigEndian32(out.data() + 14), 0x01020304U);
  EXPECT_EQ(ReadBigEndian64(out.data() + 18), 0x0102030405060708U);
}

TEST(Coding, BigEndianKeysSortAsNumbers) {
  std::string previous;
  for (const uint64_t number : {0ULL, 1ULL, 255ULL, 256ULL, 65535ULL, 1ULL << 40, ~0ULL}) {
    std::string key;
    PutBigEndian64(&key, number);
    EXPECT_TRUE(previous.empty() || previous < key) << number;
    previous = key;
  }
}

TEST(Decoder, TakesWhatWasPut) {
  std::string in = "\x07";
  PutFixed16(&in, 500);
  PutFixed32(&in, 70000);
  PutFixed64(&in, 1ULL << 50);
  in += "tail";
  Decoder decoder(in);
  EXPECT_EQ(decoder.Byte(), 7);
  EXPECT_EQ(decoder.Fixed16(), 500);
  EXPECT_EQ(decoder.Fixed32(), 70000U);
  EXPECT_EQ(decoder.Fixed64(), 1ULL << 50);
  EXPECT_EQ(decoder.Bytes(2), "ta");
  EXPECT_EQ(decoder.rest(), "il");
  EXPECT_TRUE(decoder.ok());
}

TEST(Decoder, TakesNoMoreThan32BitsWhereThereIsRoomForNoMore) {
  for (const uint64_t number : {uint64_t{0}, uint64_t{127}, uint64_t{UINT32_MAX}}) {
    std::string in;
    PutVarint(&in, number);
    Decoder decoder(in);
    EXPECT_EQ(decoder.Varint32(), number);
    EXPECT_TRUE(decoder.ok());
  }
  for (const uint64_t number : {uint64_t{UINT32_MAX} + 1, UINT64_MAX}) {
    std::string in;
    PutVarint(&in, number);
    in += "tail";
    Decoder decoder(in);
    EXPECT_EQ(decoder.Varint32(), 0U);
    EXPECT_FALSE(decoder.ok());
    EXPECT_TRUE(decoder.rest().empty());
  }
}

TEST(Decoder, StaysFailedBehindTheEnd) {
  Decoder decoder("abc");
  EXPECT_EQ(decoder.Fixed32(), 0U);
  EXPECT_FALSE(decoder.ok());
  EXPECT_EQ(decoder.Byte(), 0);
  EXPECT_TRUE(decoder.rest().empty());
}

}  // namespace
}  // namespace reel

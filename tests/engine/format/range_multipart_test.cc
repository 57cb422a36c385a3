#include <gtest/gtest.h>
#include <reel/range_request.h>

namespace reel {
namespace {

TEST(RangeRequestContentRange, Table) {
  EXPECT_EQ(ContentRange({0, 5}, 10), "bytes 0-4/10");
  EXPECT_EQ(ContentRange({9, 1}, 10), "bytes 9-9/10");
  EXPECT_EQ(ContentRange({0, UINT64_MAX}, UINT64_MAX),
            "bytes 0-18446744073709551614/18446744073709551615");
  EXPECT_EQ(UnsatisfiedContentRange(10), "bytes */10");
  EXPECT_EQ(UnsatisfiedContentRange(0), "bytes */0");
}

TEST(RangeRequestMultipart, ABodyByteForByte) {
  const std::string video = "0123456789";
  const MultipartBody body{.boundary = "cut", .content_type = "video/mp4", .size = video.size()};
  EXPECT_EQ(body.ContentType(), "multipart/byteranges; boundary=cut");

  const auto selection = SelectRanges({.range = "bytes=0-1,4-,-0"}, {.size = video.size()});
  std::string sent;
  for (const auto& range : selection.ranges) {
    sent += body.PartHeader(range) + video.substr(range.offset, range.length);
  }
  sent += body.End();
  EXPECT_EQ(sent,
            "\r\n--cut\r\nContent-Type: video/mp4\r\nContent-Range: bytes 0-1/10\r\n\r\n01"
            "\r\n--cut\r\nContent-Type: video/mp4\r\nContent-Range: bytes 4-9/10\r\n\r\n456789"
            "\r\n--cut--\r\n");
  EXPECT_EQ(body.ContentLength(selection.ranges), sent.size());
}

TEST(RangeRequestMultipart, AnUnknownTypeIsNotSent) {
  const MultipartBody body{.boundary = "cut", .size = 10};
  EXPECT_EQ(body.PartHeader({3, 2}), "\r\n--cut\r\nContent-Range: bytes 3-4/10\r\n\r\n");
}

TEST(RangeRequestMultipart, LengthsOfLargeVideos) {
  const uint64_t size = 1ULL << 63;
  const MultipartBody body{.boundary = "cut", .size = size};
  const std::vector<ByteRange> ranges = {{0, size / 2}, {size / 2, size / 2}};
  EXPECT_EQ(body.ContentLength(ranges), size + body.PartHeader(ranges[0]).size() +
                                            body.PartHeader(ranges[1]).size() + body.End().size());
}

}  // namespace
}  // namespace reel

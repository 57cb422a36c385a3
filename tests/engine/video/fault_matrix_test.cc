// Every fault, under every policy, with and without a fallback, for reads of one entry, of a part
// of a chunk and of several chunks: what is given is compared byte by byte, and is either right, or
// zeros that are reported, or ends with an error before what could not be had (lessons.md, 6).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/engine/video/faulted_library.h"
#include "tests/support/test_bytes.h"

namespace reel {
namespace {

using test::Backend;
using test::Collect;

constexpr uint64_t kSize = 5'500;  // chunks 0 to 5 of 1,000 bytes, the last of 500
constexpr uint64_t kChunk = 1'000;

struct Fault {
  std::string name;
  std::string json;
  Code code;
};

const std::vector<Fault> kFaults = {
    {"hang", R"("fault":"hang")", Code::kTimedOut},
    {"timeout", R"("fault":"timeout","milliseconds":20)", Code::kTimedOut},
    {"tooSlow", R"("fault":"delay","milliseconds":4000000000)", Code::kTimedOut},
    {"missing", R"("fault":"missing","operation":"read")", Code::kNotFound},
    {"short", R"("fault":"wrongSize","by":-1)", Code::kCorruption},
    {"empty", R"("fault":"wrongSize","by":-1000)", Code::kCorruption},
    {"long", R"("fault":"wrongSize","by":1)", Code::kCorruption},
    {"flipBit", R"("fault":"flipBit")", Code::kCorruption},
    {"flipFirstByte", R"("fault":"flipBit","byte":0)", Code::kCorruption},
    {"ioError", R"("fault":"error","code":"ioError")", Code::kIoError},
    {"corruption", R"("fault":"error","code":"corruption")", Code::kCorruption},
};

enum class Fallback { kNone, kGood, kWrongBytes, kShort, kFails };

struct Request {
  std::string name;
  ByteRange range;
};

const std::vector<Request> kRequests = {
    {"whole", {0, kSize}},        {"inOneChunk", {2'100, 50}}, {"acrossChunks", {1'990, 1'020}},
    {"toTheEnd", {3'500, 2'000}}, {"firstBytes", {0, 10}},
};

class FaultMatrixTest : public testing::TestWithParam<std::tuple<Backend, Fallback, FaultPolicy>> {
 protected:
  FaultMatrixTest() : videos_(std::get<0>(GetParam())) {
    videos_.options().fetch.timeout_ms = 1'000;
    videos_.options().fetch.use_edge_cache = false;
  }

  [[nodiscard]] static Fallback fallback() { return std::get<1>(GetParam()); }
  [[nodiscard]] static FaultPolicy policy() { return std::get<2>(GetParam()); }

  void UseFallback(const std::string& bytes) {
    if (fallback() == Fallback::kNone) {
      return;
    }
    videos_.options().fallback = [&](const VideoInfo& video, uint32_t chunk,
                                     ByteRange range) -> Result<std::string> {
      EXPECT_EQ(video.size, bytes.size());
      EXPECT_EQ(range.offset, chunk * kChunk);
      std::string part = bytes.substr(range.offset, range.length);
      switch (fallback()) {
        case Fallback::kWrongBytes:
          part.back() = static_cast<char>(part.back() ^ 1);
          break;
        case Fallback::kShort:
          part.pop_back();
          break;
        case Fallback::kFails:
          return Status(Code::kNotFound, "the origin is gone");
        default:
          break;
      }
      return part;
    };
  }

  /// What a request must give when every read of `chunk` fails.
  struct Expected {
    std::string bytes;
    bool fails = false;
    std::optional<ByteRange> filled;
  };
  static Expected Expect(const std::string& bytes, ByteRange range, uint32_t chunk,
                         uint32_t chunks) {
    Expected expected{bytes.substr(range.offset, range.length)};
    const uint64_t from = std::max<uint64_t>(range.offset, chunk * kChunk);
    const uint64_t to = std::min<uint64_t>(range.offset + range.length, (chunk + 1) * kChunk);
    if (from >= to || fallback() == Fallback::kGood) {
      return expected;
    }
    if (policy() == FaultPolicy::kStrict || chunk == 0 || chunk + 1 == chunks) {
      expected.fails = true;
      expected.bytes.resize(from - range.offset);
    } else {
      expected.filled = ByteRange{from, to - from};
      expected.bytes.replace(from - range.offset, to - from, to - from, '\0');
    }
    return expected;
  }

  static void Compare(const std::vector<FilledRange>& filled, const Expected& expected,
                      uint32_t chunk, Code code) {
    ASSERT_EQ(filled.size(), expected.filled ? 1U : 0U);
    if (expected.filled) {
      EXPECT_EQ(filled[0].chunk, chunk);
      EXPECT_EQ(filled[0].range, *expected.filled);
      EXPECT_EQ(filled[0].why.code(), code) << filled[0].why.message();
    }
  }

  void Check(const std::string& bytes, const Request& request, const Fault& fault, uint32_t chunk,
             uint32_t chunks) {
    SCOPED_TRACE(fault.name + " in chunk " + std::to_string(chunk) + " of " +
                 std::to_string(chunks) + ", " + request.name);
    videos_.Open("{" + fault.json +
                 (chunks == 1 ? "}" : ",\"chunk\":" + std::to_string(chunk) + "}"));
    const ByteRange range{request.range.offset,
                          std::min(request.range.length, bytes.size() - request.range.offset)};
    const Expected expected = Expect(bytes, range, chunk, chunks);
    const auto reader = videos_.Reader("v", policy());
    ASSERT_NE(reader, nullptr);
    videos_.WhileTimeGoesBy(
        [&] {
          const auto sent = Collect(*reader, range);
          EXPECT_TRUE(sent.bytes == expected.bytes);
          EXPECT_EQ(sent.result.end, expected.fails ? StreamEnd::kFailed : StreamEnd::kComplete);
          EXPECT_EQ(sent.result.status.code(), expected.fails ? fault.code : Code::kOk)
              << sent.result.status.message();
          EXPECT_EQ(sent.result.error_count, expected.filled ? 1U : 0U);
          Compare(sent.result.filled, expected, chunk, fault.code);
        },
        400);
    // A good fallback has healed the store: it is not asked again.
    EXPECT_TRUE(reader->filled().empty());
    videos_.WhileTimeGoesBy(
        [&] {
          BorrowedBytes lent;
          const Status borrowed = reader->Borrow(range.offset, range.length, &lent);
          EXPECT_EQ(borrowed.code(), expected.fails ? fault.code : Code::kOk);
          if (!expected.fails) {
            EXPECT_TRUE(lent.ToString() == expected.bytes);
          }
          Compare(reader->filled(), expected, chunk, fault.code);
          std::string copied(range.length, '?');
          const auto read = reader->Read(range.offset, copied);
          EXPECT_EQ(read.code(), expected.fails ? fault.code : Code::kOk);
          if (!expected.fails) {
            EXPECT_TRUE(copied == expected.bytes);
          }
        },
        400);
  }

  test::FaultedLibrary videos_;
};

std::string MatrixName(const testing::TestParamInfo<FaultMatrixTest::ParamType>& info) {
  static const std::array<const char*, 5> kNames = {"NoFallback", "GoodFallback", "WrongFallback",
                                                    "ShortFallback", "FailingFallback"};
  return std::string(std::get<0>(info.param) == Backend::kMemory ? "Memory" : "Disk") +
         kNames[static_cast<size_t>(std::get<1>(info.param))] +
         (std::get<2>(info.param) == FaultPolicy::kStrict ? "Strict" : "Degrade");
}

INSTANTIATE_TEST_SUITE_P(
    , FaultMatrixTest,
    testing::Combine(testing::Values(Backend::kMemory, Backend::kDisk),
                     testing::Values(Fallback::kNone, Fallback::kGood, Fallback::kWrongBytes,
                                     Fallback::kShort, Fallback::kFails),
                     testing::Values(FaultPolicy::kStrict, FaultPolicy::kDegrade)),
    MatrixName);

TEST_P(FaultMatrixTest, ChunkedVideo) {
  const std::string bytes = test::RandomBytes(kSize, 1);
  videos_.Put("v", bytes);
  UseFallback(bytes);
  for (const Fault& fault : kFaults) {
    for (const uint32_t chunk : {0U, 2U, 5U}) {
      for (const Request& request : kRequests) {
        Check(bytes, request, fault, chunk, 6);
      }
    }
  }
}

TEST_P(FaultMatrixTest, SingleEntry) {
  videos_.set_chunk_size(kSize);
  const std::string bytes = test::RandomBytes(900, 2);
  test::NamespaceUnderTest unused(Backend::kMemory);
  auto writer = videos_.base().NewWriter("v", 1'000);
  ASSERT_TRUE((*writer)->Append(bytes).ok());
  ASSERT_TRUE((*writer)->PublishSingle({}).ok());
  UseFallback(bytes);
  for (const Fault& fault : kFaults) {
    for (const Request& request : {Request{"whole", {0, 900}}, Request{"part", {100, 50}}}) {
      Check(bytes, request, fault, 0, 1);
    }
  }
}

// One failure is nothing that anybody notices.
TEST_P(FaultMatrixTest, ASecondAttemptMakesUpForOneFailure) {
  const std::string bytes = test::RandomBytes(kSize, 3);
  videos_.Put("v", bytes);
  for (const Fault& fault : kFaults) {
    SCOPED_TRACE(fault.name);
    videos_.Open("{" + fault.json + R"(,"chunk":0,"times":1})");
    const auto reader = videos_.Reader("v", policy());
    videos_.WhileTimeGoesBy(
        [&] {
          const auto sent = Collect(*reader, {0, kSize});
          EXPECT_EQ(sent.result.end, StreamEnd::kComplete) << sent.result.status.message();
          EXPECT_EQ(sent.result.error_count, 0U);
          EXPECT_TRUE(sent.bytes == bytes);
        },
        400);
    EXPECT_EQ(videos_.faults().counts()[0].struck, 1U);
  }
}

// Manifest and chunks are read stale each by itself, so old and new meet; they are never joined.
class MixedGenerationsTest : public testing::TestWithParam<std::tuple<Backend, FaultPolicy>> {};

INSTANTIATE_TEST_SUITE_P(, MixedGenerationsTest,
                         testing::Combine(testing::Values(Backend::kMemory, Backend::kDisk),
                                          testing::Values(FaultPolicy::kStrict,
                                                          FaultPolicy::kDegrade)),
                         [](const auto& row) {
                           return test::BackendName({std::get<0>(row.param), 0}) +
                                  (std::get<1>(row.param) == FaultPolicy::kStrict ? "Strict"
                                                                                  : "Degrade");
                         });

TEST_P(MixedGenerationsTest, AreNeverJoined) {
  const FaultPolicy policy = std::get<1>(GetParam());
  test::FaultedLibrary videos(std::get<0>(GetParam()));
  videos.Open(R"({"fault":"stale","cacheTtl":60,"probability":0.3})");
  std::vector<std::string> generations;
  int whole = 0;
  int refused = 0;
  for (uint64_t i = 0; i < 60; ++i) {
    generations.push_back(test::RandomBytes(kSize, i));
    const auto writer = videos.library().NewWriter("v", {});
    ASSERT_TRUE((*writer)->Append(generations.back()).ok());
    ASSERT_TRUE((*writer)->Commit().ok());
    const auto reader = videos.library().Open("v", {.policy = policy});
    if (!reader.ok()) {
      ASSERT_EQ(reader.code(), Code::kNotFound) << reader.status().message();
      continue;
    }
    const auto sent = Collect(**reader, {0, kSize});
    const auto is_of = [&](const std::string& generation) {
      std::string expected = generation.substr(0, sent.bytes.size());
      for (const FilledRange& one : sent.result.filled) {
        expected.replace(one.range.offset, one.range.length, one.range.length, '\0');
      }
      return sent.bytes == expected;
    };
    EXPECT_TRUE(std::any_of(generations.begin(), generations.end(), is_of));
    if (sent.result.end == StreamEnd::kComplete && sent.result.filled.empty()) {
      ++whole;
    } else {
      EXPECT_TRUE(policy == FaultPolicy::kDegrade || sent.result.end == StreamEnd::kFailed);
      ++refused;
    }
  }
  EXPECT_GT(whole, 0);
  EXPECT_GT(refused, 0) << "no mixture came about";
  videos.clock().Advance(61);
  EXPECT_TRUE(Collect(*videos.Reader("v"), {0, kSize}).bytes == generations.back());
}

}  // namespace
}  // namespace reel

#include "tools/exit_status.h"

#include <gtest/gtest.h>

#include <map>

namespace reel::cli {
namespace {

TEST(ExitStatusTest, EveryCodeHasOne) {
  const std::map<Code, int> expected = {
      {Code::kOk, 0},         {Code::kNotFound, 1},    {Code::kInvalidArgument, 2},
      {Code::kTooLarge, 1},   {Code::kOutOfRange, 1},  {Code::kConflict, 1},
      {Code::kCorruption, 1}, {Code::kBusy, 1},        {Code::kNoSpace, 1},
      {Code::kReadOnly, 1},   {Code::kUnsupported, 1}, {Code::kIoError, 1},
      {Code::kAborted, 1},    {Code::kTimedOut, 1},
  };
  for (const auto& [code, status] : expected) {
    EXPECT_EQ(ExitStatusOf(code), status) << CodeName(code);
  }
}

TEST(ExitStatusTest, ReportPrintsOneLine) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(Report({Code::kNotFound, "get a\nb: there is no\x1b[2J \xff (look)"}), 1);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "reel: get a\\nb: there is no\\x1b[2J \\xff (look)\n");
}

TEST(ExitStatusTest, OkPrintsNothing) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(Report(Status::Ok()), 0);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace reel::cli

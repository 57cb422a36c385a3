#include "fuse/errno_map.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <utility>
#include <vector>

namespace reel::mount {
namespace {

TEST(ErrnoMapTest, Table) {
  const std::vector<std::pair<Code, int>> table = {
      {Code::kOk, 0},
      {Code::kNotFound, ENOENT},
      {Code::kInvalidArgument, EINVAL},
      {Code::kTooLarge, EFBIG},
      {Code::kOutOfRange, EINVAL},
      {Code::kConflict, EEXIST},
      {Code::kCorruption, EIO},
      {Code::kBusy, EBUSY},
      {Code::kNoSpace, ENOSPC},
      {Code::kReadOnly, EROFS},
      {Code::kUnsupported, EOPNOTSUPP},
      {Code::kIoError, EIO},
      {Code::kAborted, EINTR},
      {Code::kTimedOut, ETIMEDOUT},
  };
  for (const auto& [code, expected] : table) {
    EXPECT_EQ(ErrnoOf(code), expected) << CodeName(code);
  }
}

}  // namespace
}  // namespace reel::mount

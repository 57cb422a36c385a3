#include "format/page_run.h"

#include <gtest/gtest.h>

namespace reel {
namespace {

// Against cutting the bytes one after the other, for strides that are multiples of a page and not.
TEST(PageRun, ArithmeticAgreesWithCutting) {
  for (const uint32_t page_size : {1U, 4U, 8U}) {
    for (const uint32_t stride : {1U, 3U, 8U, 12U, 13U, 16U}) {
      for (uint64_t bytes = 0; bytes <= 60; ++bytes) {
        const PageRun run{PageFamily::kBulk, 9, 0, page_size, stride};
        uint32_t page = 0;
        uint64_t page_start = 0;
        for (uint64_t at = 0; at < bytes; ++at) {
          const bool new_stride = at % stride == 0;
          const bool page_full = at - page_start == page_size;
          if (at > 0 && (new_stride || page_full)) {
            EXPECT_EQ(run.PageBytes(page, bytes), at - page_start);
            ++page;
            page_start = at;
          }
          ASSERT_EQ(run.PageOf(at), page) << at;
          ASSERT_EQ(run.PageStart(page), page_start) << at;
        }
        if (bytes > 0) {
          EXPECT_EQ(run.PageBytes(page, bytes), bytes - page_start);
        }
        EXPECT_EQ(run.PageCount(bytes), bytes == 0 ? 0 : page + 1);
      }
    }
  }
}

TEST(PageSeed, DiffersByExtentAndPage) {
  EXPECT_NE(PageSeed(1, 2), PageSeed(2, 1));
  EXPECT_NE(PageSeed(1, 2), PageSeed(1, 3));
}

}  // namespace
}  // namespace reel

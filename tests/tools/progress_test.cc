#include "tools/progress.h"

#include <gtest/gtest.h>

namespace reel::cli {
namespace {

constexpr uint64_t kMiB = 1U << 20;
using Seconds = std::chrono::duration<double>;

TEST(ProgressTest, KnownSize) {
  EXPECT_EQ(ProgressText(25 * kMiB, 100 * kMiB, Seconds(2)),
            "25.0 MiB of 100.0 MiB, 25 %, 12.5 MiB/s, 6s left");
  EXPECT_EQ(ProgressText(100 * kMiB, 100 * kMiB, Seconds(4)),
            "100.0 MiB of 100.0 MiB, 100 %, 25.0 MiB/s, 0s left");
}

TEST(ProgressTest, UnknownSize) {
  EXPECT_EQ(ProgressText(25 * kMiB, std::nullopt, Seconds(2)), "25.0 MiB, 12.5 MiB/s");
}

TEST(ProgressTest, NothingYetGivesNoTimeLeft) {
  EXPECT_EQ(ProgressText(0, 100 * kMiB, Seconds(2)), "0 B of 100.0 MiB, 0 %, 0 B/s");
  EXPECT_EQ(ProgressText(0, 100 * kMiB, Seconds(0)), "0 B of 100.0 MiB, 0 %, 0 B/s");
}

TEST(ProgressTest, WhatWasDoneBeforeIsNoPartOfTheRate) {
  EXPECT_EQ(ProgressText(75 * kMiB, 100 * kMiB, Seconds(2), 50 * kMiB),
            "75.0 MiB of 100.0 MiB, 75 %, 12.5 MiB/s, 2s left");
}

TEST(ProgressTest, HugeSizesDoNotOverflow) {
  EXPECT_EQ(ProgressText(UINT64_MAX / 2, UINT64_MAX, Seconds(1)),
            "8.0 EiB of 16.0 EiB, 50 %, 8.0 EiB/s, 1s left");
}

}  // namespace
}  // namespace reel::cli

#include "tools/report_sink.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <climits>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tools/exit_status.h"

namespace reel::cli {
namespace {

/// Reports go to stderr again after each test.
class ReportSinkTest : public ::testing::Test {
 protected:
  ~ReportSinkTest() override { SendReportsTo(nullptr); }

  void Collect() {
    SendReportsTo([this](const std::string& line) { lines_.push_back(line); });
  }

  std::vector<std::string> lines_;
};

TEST_F(ReportSinkTest, StandardErrorUntilItIsReplacedAndAfterwards) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(Report({Code::kIoError, "in front"}), 1);
  Collect();
  EXPECT_EQ(Report({Code::kCorruption, "behind"}), 1);
  Warn("behind, too");
  SendReportsTo(nullptr);
  Warn("in front again");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "reel: in front\nreel: in front again\n");
  EXPECT_EQ(lines_, (std::vector<std::string>{"behind", "behind, too"}));
}

TEST_F(ReportSinkTest, EachReportIsOneLine) {
  Collect();
  Report({Code::kCorruption, "page 3 of a\nb%s\x1b[2J: damaged"});
  Report(Status::Ok());
  EXPECT_EQ(lines_, (std::vector<std::string>{"page 3 of a\\nb%s\\x1b[2J: damaged"}));
}

TEST_F(ReportSinkTest, NobodyWaitsForAPipeThatIsFull) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  SendReportsTo(WithoutWaiting(ends[1]));
  constexpr int kLines = 5000;
  const std::string text(100, 'x');
  for (int i = 0; i < kLines; ++i) {
    Warn(text);
  }
  const std::string line = "reel: " + text + "\n";
  std::string got(1 << 20, '\0');
  ssize_t count = read(ends[0], got.data(), got.size());
  ASSERT_GT(count, 0);
  ASSERT_EQ(static_cast<size_t>(count) % line.size(), 0U);
  const auto lost = kLines - static_cast<size_t>(count) / line.size();
  EXPECT_GT(lost, 0U);
  Warn(std::string(10'000, 'y'));
  count = read(ends[0], got.data(), got.size());
  const std::string told = "reel: " + std::to_string(lost) + " lines are lost: nobody took them\n";
  ASSERT_GT(count, static_cast<ssize_t>(told.size()));
  EXPECT_EQ(got.substr(0, told.size()), told);
  EXPECT_EQ(got.substr(told.size(), 8), "reel: yy");
  EXPECT_EQ(static_cast<size_t>(count), told.size() + PIPE_BUF);
  EXPECT_EQ(got[static_cast<size_t>(count) - 1], '\n');
  close(ends[0]);
  close(ends[1]);
}

TEST_F(ReportSinkTest, LinesOfManyThreadsComeOneByOne) {
  Collect();
  constexpr int kThreads = 8;
  constexpr int kLines = 200;
  std::vector<std::thread> threads;
  std::set<std::string> expected;
  for (int thread = 0; thread < kThreads; ++thread) {
    for (int line = 0; line < kLines; ++line) {
      expected.insert(std::to_string(thread) + "/" + std::to_string(line));
    }
    threads.emplace_back([thread] {
      for (int line = 0; line < kLines; ++line) {
        Warn(std::to_string(thread) + "/" + std::to_string(line));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(lines_.size(), expected.size());
  EXPECT_EQ(std::set<std::string>(lines_.begin(), lines_.end()), expected);
}

}  // namespace
}  // namespace reel::cli

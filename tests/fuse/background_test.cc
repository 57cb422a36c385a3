#include "fuse/background.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <string>

namespace reel::mount {
namespace {

TEST(BackgroundTest, ReadyChildFreesTheParent) {
  auto sides = Background::Fork();
  ASSERT_TRUE(sides.ok());
  if (sides->is_child()) {
    const bool ok = sides->Ready() && getsid(0) == getpid();
    _exit(ok ? 0 : 3);
  }
  std::string error;
  EXPECT_EQ(sides->Wait("/proc", &error), 0);
  EXPECT_EQ(error, "");
}

TEST(BackgroundTest, ReadyWithoutMountIsAnError) {
  auto sides = Background::Fork();
  ASSERT_TRUE(sides.ok());
  if (sides->is_child()) {
    sides->Ready();
    _exit(0);
  }
  std::string error;
  EXPECT_EQ(sides->Wait("/nowhere", &error), 1);
  EXPECT_NE(error.find("/nowhere"), std::string::npos);
}

TEST(BackgroundTest, ExitStatusOfAChildThatFailedIsTheParents) {
  for (const int status : {1, 2}) {
    auto sides = Background::Fork();
    ASSERT_TRUE(sides.ok());
    if (sides->is_child()) {
      _exit(status);
    }
    std::string error;
    EXPECT_EQ(sides->Wait("/proc", &error), status);
    EXPECT_EQ(error, "") << "the child printed its own";
  }
}

TEST(BackgroundTest, KilledChildIsAnErrorWithALine) {
  auto sides = Background::Fork();
  ASSERT_TRUE(sides.ok());
  if (sides->is_child()) {
    kill(getpid(), SIGKILL);
    _exit(0);
  }
  std::string error;
  EXPECT_EQ(sides->Wait("/proc", &error), 1);
  EXPECT_NE(error.find("signal 9"), std::string::npos) << error;
}

TEST(BackgroundTest, ChildHearsThatItsParentIsGone) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t parent = fork();
  if (parent == 0) {
    const pid_t self = getpid();
    auto sides = Background::Fork();
    if (!sides.ok() || !sides->is_child()) {
      _exit(0);
    }
    for (int i = 0; i < 5000 && getppid() == self; ++i) {
      usleep(1000);
    }
    const char answer = sides->Ready() ? 'y' : 'n';
    _exit(write(ends[1], &answer, 1) == 1 ? 0 : 1);
  }
  close(ends[1]);
  char answer = 0;
  EXPECT_EQ(read(ends[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'n');
  close(ends[0]);
}

}  // namespace
}  // namespace reel::mount

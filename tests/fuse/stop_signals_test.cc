#include "fuse/stop_signals.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <ctime>
#include <thread>

namespace reel::mount {
namespace {

std::atomic<int> stops = 0;

void CountStop(void* by) {
  stops += *static_cast<int*>(by);
}

TEST(StopSignalsTest, EachSignalCallsOnceInItsThread) {
  int by = 10;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    stops = 0;
    const StopSignals signals(&CountStop, &by);
    raise(signal);
    EXPECT_EQ(stops, 10) << signal;
    raise(SIGPIPE);
  }
}

TEST(StopSignalsTest, WaitingThreadWakesWhicheverThreadIsHit) {
  int by = 1;
  stops = 0;
  const StopSignals signals(&CountStop, &by);
  const pthread_t self = pthread_self();
  std::thread other([self] {
    usleep(20000);
    EXPECT_EQ(pthread_equal(self, pthread_self()), 0);
    pthread_kill(pthread_self(), SIGTERM);
  });
  const timespec wait{20, 0};
  EXPECT_EQ(nanosleep(&wait, nullptr), -1);
  EXPECT_EQ(errno, EINTR);
  other.join();
  EXPECT_GE(stops, 1);
}

TEST(StopSignalsTest, HandlersOfTheProgramRestAndComeBack) {
  struct sigaction own {};
  own.sa_handler = [](int) { stops += 1000; };
  struct sigaction before {};
  sigaction(SIGTERM, &own, &before);
  int by = 1;
  stops = 0;
  {
    const StopSignals signals(&CountStop, &by);
    raise(SIGTERM);
    EXPECT_EQ(stops, 1);
  }
  raise(SIGTERM);
  EXPECT_EQ(stops, 1001);
  sigaction(SIGTERM, &before, nullptr);
}

TEST(StopSignalsTest, IgnoredStaysIgnored) {
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  struct sigaction before {};
  sigaction(SIGHUP, &ignore, &before);
  int by = 1;
  stops = 0;
  {
    const StopSignals signals(&CountStop, &by);
    raise(SIGHUP);
  }
  EXPECT_EQ(stops, 0);
  sigaction(SIGHUP, &before, nullptr);
}

}  // namespace
}  // namespace reel::mount

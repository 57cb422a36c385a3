// The threads of an owner: commands that run side by side, and that end before they are done.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/test_bytes.h"
#include "tests/tools/owner_fixture.h"

namespace reel::test {
namespace {

class OwnerConcurrencyTest : public OwnerTest {};

TEST_F(OwnerConcurrencyTest, SignalsInterruptTheCommand) {
  BeOwner();
  StoreSentinel();
  const std::string bytes = RandomBytes(30 * kMiB, 5);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    SCOPED_TRACE(strsignal(signal));
    const auto put = BeginPut("video:x", bytes);
    put->Signal(signal);
    const Outcome outcome = put->Wait();
    EXPECT_EQ(outcome.exit_status, 1);
    EXPECT_EQ(outcome.err, "reel: put video:x: interrupted (nothing was stored)\n");
    ExpectIntact();
  }
}

TEST_F(OwnerConcurrencyTest, AnInterruptedGetThatWaitsForItsReader) {
  BeOwner();
  ASSERT_EQ(Out({"put", File("v", RandomBytes(2 * kMiB, 8))}), "");
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  ProcessOptions options = Command({"get", "video:v"});
  options.output = "/proc/self/fd/" + std::to_string(ends[1]);
  Process get(options);
  std::string first(4096, '\0');
  ASSERT_GT(read(ends[0], first.data(), first.size()), 0);
  get.Signal(SIGINT);
  ASSERT_TRUE(WaitUntil([&] { return get.Ended(); }));
  const Outcome outcome = get.Wait();
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_EQ(outcome.err, "reel: get video:v: interrupted (the output is not complete)\n");
  close(ends[0]);
  close(ends[1]);
}

TEST_F(OwnerConcurrencyTest, AKilledClientLeavesNothing) {
  BeOwner();
  StoreSentinel();
  const auto put = BeginPut("video:x", RandomBytes(30 * kMiB, 6));
  put->Signal(SIGKILL);
  EXPECT_EQ(put->Wait().signal, SIGKILL);
  ASSERT_TRUE(WaitUntil([&] {
    const auto stats = owned_.store->Stats();
    return stats.ok() && stats->garbage_extents == 0;
  }));
  ExpectIntact();
}

TEST_F(OwnerConcurrencyTest, AnOwnerThatEndsInterruptsWhatRuns) {
  BeOwner();
  StoreSentinel();
  const auto put = BeginPut("video:x", RandomBytes(30 * kMiB, 6));
  EndOwner();
  const Outcome outcome = put->Wait();
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_EQ(outcome.err,
            "reel: put video:x: interrupted (nothing was stored)\n"
            "reel: put: the owner of the store ends (try again)\n");
  EXPECT_FALSE(std::filesystem::exists(Socket()));
  ExpectIntact();
}

TEST_F(OwnerConcurrencyTest, MoreCommandsThanCanRunAreRefused) {
  BeOwner();
  StoreSentinel();
  std::vector<std::unique_ptr<OddClient>> clients;
  for (size_t i = 0; i < cli::kCommandsMax; ++i) {
    clients.push_back(std::make_unique<OddClient>(store_));
  }
  ExpectRefused(Reel({"ls"}), 1, "64 commands run in the owner of the store (try again)");
  clients.clear();
  ASSERT_TRUE(WaitUntil([&] { return Reel({"ls"}).exit_status == 0; }));
}

TEST_F(OwnerConcurrencyTest, ManyToolsAtOnce) {
  BeOwner();
  constexpr int kTools = 4;
  std::vector<std::thread> tools;
  tools.reserve(kTools);
  for (int tool = 0; tool < kTools; ++tool) {
    tools.emplace_back([&, tool] {
      const std::string key = "video:" + std::to_string(tool);
      const std::string bytes = RandomBytes(kMiB + static_cast<size_t>(tool), 40 + tool);
      const std::string file = File("f" + std::to_string(tool), bytes);
      EXPECT_EQ(Out({"put", file, "--key", key}), "");
      ExpectSameBytes(Out({"get", key}), bytes);
      const auto put = BeginPut(key, bytes);
      put->Signal(SIGINT);
      EXPECT_EQ(put->Wait().exit_status, 1);
      ExpectSameBytes(Out({"get", key}), bytes);
    });
  }
  for (std::thread& tool : tools) {
    tool.join();
  }
  EXPECT_EQ(Out({"ls"}), "video:0\nvideo:1\nvideo:2\nvideo:3\n");
  const auto put = BeginPut("video:x", RandomBytes(kMiB, 50));
  EndOwner();
  EXPECT_EQ(put->Wait().exit_status, 1);
}

}  // namespace
}  // namespace reel::test

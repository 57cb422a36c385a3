// Ctrl-C, SIGTERM and kill -9 leave nothing half done.
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <regex>

#include "tests/support/test_bytes.h"
#include "tests/tools/cli_fixture.h"

namespace reel::test {
namespace {

namespace fs = std::filesystem;

class CliInterruptTest : public CliTest {
 protected:
  [[nodiscard]] ProcessOptions PutStandardInput() const {
    ProcessOptions options = Command({"put", "-", "--key", "video:x"});
    options.feed = true;
    return options;
  }

  [[nodiscard]] std::vector<std::string> TemporaryFiles() const {
    std::vector<std::string> found;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory_.path())) {
      if (entry.path().filename().string().starts_with(".reel-get-")) {
        found.push_back(entry.path());
      }
    }
    return found;
  }
};

TEST_F(CliInterruptTest, PutIsAbandoned) {
  StoreSentinel();
  const std::string bytes = RandomBytes(30 * kMiB, 5);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    SCOPED_TRACE(strsignal(signal));
    const uint64_t before = DiskBytes(store_);
    Process process(PutStandardInput());
    ASSERT_TRUE(process.WriteInput(bytes));
    process.Signal(signal);
    const Outcome outcome = process.Wait();
    EXPECT_EQ(outcome.exit_status, 1);
    EXPECT_EQ(outcome.err, "reel: put video:x: interrupted (nothing was stored)\n");
    ExpectIntact();
    EXPECT_LT(DiskBytes(store_), before + 2 * kMiB);
  }
}

TEST_F(CliInterruptTest, PutThatWaitsForItsFirstByte) {
  Process process(PutStandardInput());
  // It waits in poll once it hears signals, so a signal that comes now finds a handler.
  ASSERT_TRUE(WaitUntil([&] { return process.Catches(SIGINT); }));
  process.Signal(SIGINT);
  // The input stays open: only the signal can end it.
  ASSERT_TRUE(WaitUntil([&] { return process.Ended(); }));
  ExpectRefused(process.Wait(), 1, "interrupted (nothing was stored)");
  EXPECT_FALSE(fs::exists(store_));
}

// Batches that were stored stay, and the message counts them.
TEST_F(CliInterruptTest, BulkPutEndsBetweenBatches) {
  std::string text = "[";
  for (int i = 0; i < 20'000; ++i) {
    text += R"({"key":"k)" + std::to_string(i) + R"(","value":"v"},)";
  }
  ProcessOptions options = Command({"kv", "bulk", "put", "-"});
  options.feed = true;
  Process process(options);
  ASSERT_TRUE(process.WriteInput(text));
  process.Signal(SIGINT);
  const Outcome outcome = process.Wait();
  std::smatch found;
  ASSERT_TRUE(
      std::regex_match(outcome.err, found,
                       std::regex("reel: kv bulk put -: entries stored: (\\d+)000; interrupted\n")))
      << outcome.err;
  EXPECT_EQ(outcome.exit_status, 1);
  const std::string keys = Out({"kv", "list"});
  EXPECT_EQ(std::count(keys.begin(), keys.end(), '\n'), std::stoi(found[1]) * 1000);
}

TEST_F(CliInterruptTest, KilledPutLeavesNoBytesBehind) {
  // More than a table file holds, so that some were ingested.
  const std::string bytes = RandomBytes(300 * kMiB, 6);
  {
    Process process(PutStandardInput());
    ASSERT_TRUE(process.WriteInput(bytes));
    process.Signal(SIGKILL);
    EXPECT_EQ(process.Wait().signal, SIGKILL);
  }
  EXPECT_EQ(Out({"ls"}), "");

  const auto put_all = [&](const std::string& store) {
    ProcessOptions options = PutStandardInput();
    options.arguments[2] = store;
    Process process(options);
    EXPECT_TRUE(process.WriteInput(bytes));
    EXPECT_EQ(process.Wait().exit_status, 0);
  };
  put_all(store_);
  ExpectSameBytes(Out({"get", "video:x"}), bytes);
  const std::string fresh = directory_ / "fresh";
  put_all(fresh);
  EXPECT_LT(DiskBytes(store_), DiskBytes(fresh) + 4 * kMiB);
}

TEST_F(CliInterruptTest, GetRemovesItsTemporaryFile) {
  const std::string large = File("large", "");
  ASSERT_EQ(truncate(large.c_str(), 256 * kMiB), 0);
  ASSERT_EQ(Out({"put", large}), "");
  const std::string target = File("target", "precious");
  Process process(Command({"get", "video:large", "-o", target}));
  ASSERT_TRUE(WaitUntil([&] { return !TemporaryFiles().empty() || process.Ended(); }));
  process.Stop();
  ASSERT_EQ(TemporaryFiles().size(), 1U) << "it was too fast to be caught";
  EXPECT_EQ(ReadWholeFile(target), "precious");
  process.Signal(SIGINT);
  process.Signal(SIGCONT);
  ExpectRefused(process.Wait(), 1, "reel: get video:large: interrupted (nothing was written)");
  EXPECT_TRUE(TemporaryFiles().empty());
  EXPECT_EQ(ReadWholeFile(target), "precious");
}

TEST_F(CliInterruptTest, GetThatWaitsForItsReader) {
  ASSERT_EQ(Out({"put", File("v", RandomBytes(2 * kMiB, 8))}), "");
  const std::string fifo = directory_ / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const int reader = open(fifo.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  const int capacity = fcntl(reader, F_GETPIPE_SZ);
  ProcessOptions options = Command({"get", "video:v"});
  options.output = fifo;
  Process process(options);
  // A pipe that is full has its writer in the midst of a write.
  ASSERT_TRUE(WaitUntil([&] {
    int filled = 0;
    return (ioctl(reader, FIONREAD, &filled) == 0 && filled == capacity) || process.Ended();
  }));
  process.Signal(SIGTERM);
  ASSERT_TRUE(WaitUntil([&] { return process.Ended(); }));
  const Outcome outcome = process.Wait();
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_EQ(outcome.err, "reel: get video:v: interrupted (the output is not complete)\n");
  close(reader);
}

}  // namespace
}  // namespace reel::test

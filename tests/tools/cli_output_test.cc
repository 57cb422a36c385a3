// Where the bytes of get and the text of the others go, and what happens when they cannot.
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "tests/support/test_bytes.h"
#include "tests/tools/cli_fixture.h"
#include "tests/tools/private_mount.h"

namespace reel::test {
namespace {

namespace fs = std::filesystem;

class CliOutputTest : public CliTest {
 protected:
  void SetUp() override { StoreSentinel(); }
  void TearDown() override { ExpectIntact(); }

  [[nodiscard]] Outcome ReelTo(const std::string& output,
                               const std::vector<std::string>& arguments) const {
    ProcessOptions options = Command(arguments);
    options.output = output;
    return Process(options).Wait();
  }
};

TEST_F(CliOutputTest, AFullDiskIsNoticed) {
  const std::vector<std::vector<std::string>> commands = {
      {"get", "video:sentinel"},
      {"get", "video:sentinel", "-o", "-"},
      {"get", "video:sentinel", "-o", "/dev/full"},
      {"get", "video:sentinel", "--range", "0-0"},
      {"ls"},
      {"ls", "--long"},
      {"stat", "video:sentinel"},
      {"put", directory_ / "sentinel", "--json"},
      {"purge", "--tag", "none"},
      {"version", "show", "video:sentinel"},
      {"kv", "get", "video:sentinel"},
      {"kv", "list"},
      {"kv", "list", "--json"},
      {"kv", "bulk", "get", File("keys.json", R"(["video:sentinel"])")},
      {"kv", "bulk", "dump"},
      {"stats"},
      {"config"},
      {"config", "--json"},
      {"help"},
      {"--help"},
      {"--version"},
      {"help", "--man"},
  };
  for (const std::vector<std::string>& arguments : commands) {
    SCOPED_TRACE(::testing::PrintToString(arguments));
    ExpectRefused(ReelTo("/dev/full", arguments), 1, "No space left");
  }
}

TEST_F(CliOutputTest, AClosedOutputIsNotAFileOfTheStore) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"get", "video:sentinel"}, {"ls"}, {"stat", "video:sentinel"}}) {
    ProcessOptions options = Command(arguments);
    options.closed = {STDIN_FILENO, STDOUT_FILENO};
    ExpectRefused(Process(options).Wait(), 1, "cannot write to standard output");
    options.closed = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
    EXPECT_EQ(Process(options).Wait().exit_status, 1);
  }
}

TEST_F(CliOutputTest, AReaderThatWentAwayIsAnError) {
  ASSERT_EQ(Out({"put", File("v", RandomBytes(2 * kMiB, 8))}), "");
  const std::string fifo = directory_ / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const int reader = open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  ProcessOptions options = Command({"get", "video:v"});
  options.output = fifo;
  Process process(options);
  pollfd readable{reader, POLLIN, 0};
  ASSERT_EQ(poll(&readable, 1, 60'000), 1);
  close(reader);
  ExpectRefused(process.Wait(), 1, "Broken pipe");
  EXPECT_EQ(Out({"rm", "video:v"}), "");
}

TEST_F(CliOutputTest, ADashIsStandardOutput) {
  ExpectSameBytes(Out({"get", "video:sentinel", "-o", "-"}), sentinel_);
}

TEST_F(CliOutputTest, AFileIsReplacedWhenItIsWhole) {
  const std::string target = File("target", "old");
  ASSERT_EQ(chmod(target.c_str(), 0640), 0);
  EXPECT_EQ(Out({"get", "video:sentinel", "-o", target}), "");
  ExpectSameBytes(ReadWholeFile(target), sentinel_);
  EXPECT_EQ(fs::status(target).permissions(), fs::perms(0640));

  const std::string link = directory_ / "link";
  fs::create_symlink("target", link);
  EXPECT_EQ(Out({"get", "video:sentinel", "--range", "0-9", "-o", link}), "");
  EXPECT_TRUE(fs::is_symlink(link));
  ExpectSameBytes(ReadWholeFile(target), sentinel_.substr(0, 10));
}

TEST_F(CliOutputTest, ANameAsLongAsNamesCanBe) {
  const std::string target = directory_ / std::string(255, 'n');
  EXPECT_EQ(Out({"get", "video:sentinel", "-o", target}), "");
  ExpectSameBytes(ReadWholeFile(target), sentinel_);
}

TEST_F(CliOutputTest, WhatIsNoFileIsWrittenToAsItStands) {
  EXPECT_EQ(Out({"get", "video:sentinel", "-o", "/dev/null"}), "");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(CliOutputTest, FailuresLeaveTheOldFileAndNothingElse) {
  const std::string target = File("target", "precious");
  ExpectRefused(Reel({"get", "video:nothing", "-o", target}), 1, "video:nothing");
  ExpectRefused(Reel({"get", "video:sentinel", "--range", "100000-", "-o", target}), 1, "100000");
  EXPECT_EQ(ReadWholeFile(target), "precious");
  ExpectRefused(Reel({"get", "video:sentinel", "-o", directory_.path()}), 1, "Is a directory");
  ExpectRefused(Reel({"get", "video:sentinel", "-o", directory_ / "no/where"}), 1, "No such file");
  ExpectRefused(Reel({"get", "video:sentinel", "-o", target + "/v"}), 1, "Not a directory");
  for (const fs::directory_entry& entry : fs::directory_iterator(directory_.path())) {
    EXPECT_FALSE(entry.path().filename().string().starts_with(".reel")) << entry.path();
  }
}

TEST_F(CliOutputTest, AFullDiskLeavesTheOldFile) {
  const std::string mountpoint = directory_ / "small";
  fs::create_directory(mountpoint);
  const PrivateMount mount(mountpoint, "2m");
  if (!mount.ok()) {
    GTEST_SKIP() << "mounting is not permitted here";
  }
  ASSERT_EQ(Out({"put", File("v", RandomBytes(5 * kMiB, 9))}), "");
  WriteWholeFile(mountpoint + "/target", "precious");
  ExpectRefused(Reel({"get", "video:v", "-o", mountpoint + "/target"}), 1, "No space left");
  EXPECT_EQ(ReadWholeFile(mountpoint + "/target"), "precious");
  EXPECT_EQ(std::distance(fs::directory_iterator(mountpoint), fs::directory_iterator()), 1);
  EXPECT_EQ(Out({"rm", "video:v"}), "");
}

// Progress shows on a terminal when the work takes more than a second, and is erased at the end.
TEST_F(CliOutputTest, ProgressOnATerminal) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_GE(terminal, 0);
  std::array<char, 64> name{};
  ASSERT_TRUE(grantpt(terminal) == 0 && unlockpt(terminal) == 0 &&
              ptsname_r(terminal, name.data(), name.size()) == 0);
  ProcessOptions options = Command({"put", "-", "--key", "video:x"});
  options.feed = true;
  options.errors = name.data();
  Process process(options);
  std::string shown;
  const auto look = [&](int timeout_ms) {
    pollfd readable{terminal, POLLIN, 0};
    std::array<char, 4096> block{};
    if (poll(&readable, 1, timeout_ms) > 0) {
      const ssize_t count = read(terminal, block.data(), block.size());
      shown.append(block.data(), count > 0 ? static_cast<size_t>(count) : 0);
    }
  };
  ASSERT_TRUE(WaitUntil([&] {
    EXPECT_TRUE(process.WriteInput(std::string(4096, 'x')));
    look(10);
    return shown.find("iB/s") != std::string::npos;
  }));
  process.CloseInput();
  ASSERT_TRUE(WaitUntil([&] {
    look(10);
    return process.Ended();
  }));
  look(0);
  EXPECT_EQ(process.Wait().exit_status, 0);
  EXPECT_TRUE(shown.ends_with("\r\x1b[K")) << shown;
  close(terminal);
  EXPECT_EQ(Out({"rm", "video:x"}), "");
}

}  // namespace
}  // namespace reel::test

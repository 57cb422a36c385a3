// What put refuses to read, and what it must notice while it reads.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>

#include "tests/support/test_bytes.h"
#include "tests/tools/cli_fixture.h"

namespace reel::test {
namespace {

namespace fs = std::filesystem;

// How far process `pid` has read in the file `path`; absent when it does not have it open.
std::optional<uint64_t> ReadPosition(pid_t pid, const std::string& path) {
  const std::string base = "/proc/" + std::to_string(pid);
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(base + "/fd", error)) {
    if (fs::read_symlink(entry.path(), error) == fs::canonical(path)) {
      std::ifstream info(base + "/fdinfo/" + entry.path().filename().string());
      std::string word;
      uint64_t position = 0;
      if (info >> word >> position && word == "pos:") {
        return position;
      }
    }
  }
  return std::nullopt;
}

class CliSourceTest : public CliTest {
 protected:
  void SetUp() override { StoreSentinel(); }
  void TearDown() override { ExpectIntact(); }

  // Holds `put` in the midst of a large file, changes the file, and lets it go on.
  void ExpectChangeNoticed(const std::function<void(const std::string&)>& change) {
    constexpr uint64_t kSize = 256 * kMiB;
    const std::string file = File("large.mp4", "");
    ASSERT_EQ(truncate(file.c_str(), kSize), 0);
    Process process(Command({"put", file}));
    ASSERT_TRUE(WaitUntil(
        [&] { return ReadPosition(process.pid(), file).value_or(0) > 0 || process.Ended(); }));
    process.Stop();
    const auto position = ReadPosition(process.pid(), file);
    ASSERT_TRUE(position && *position > 0 && *position < kSize) << "it was too fast to be caught";
    change(file);
    process.Signal(SIGCONT);
    const Outcome outcome = process.Wait();
    ExpectRefused(outcome, 1, "reel: put video:large.mp4: " + file + " changed while it was read");
    EXPECT_NE(outcome.err.find("(try again when nobody writes to it)"), std::string::npos)
        << outcome.err;
  }
};

TEST_F(CliSourceTest, Missing) {
  ExpectRefused(Reel({"put", directory_ / "nowhere.mp4"}), 1, "nowhere.mp4: No such file");
  ExpectRefused(Reel({"put", ""}), 2, "");
}

TEST_F(CliSourceTest, BelowAFile) {
  ExpectRefused(Reel({"put", directory_ / "sentinel/v.mp4"}), 1, "Not a directory");
}

TEST_F(CliSourceTest, ADirectory) {
  ExpectRefused(Reel({"put", directory_.path()}), 1, "Is a directory");
  ExpectRefused(Reel({"put", directory_.path() + "/"}), 1, "Is a directory");
  ExpectRefused(Reel({"put", directory_.path(), "--key", "video:d"}), 1, "Is a directory");
}

TEST_F(CliSourceTest, AnEmptyFile) {
  ExpectRefused(Reel({"put", File("empty.mp4", "")}), 1, "empty.mp4 is empty");
}

TEST_F(CliSourceTest, EmptyStandardInput) {
  ExpectRefused(Reel({"put", "-", "--key", "video:x"}), 1, "standard input is empty");
  ProcessOptions options = Command({"put", "-", "--key", "video:x"});
  options.input = File("empty", "");
  ExpectRefused(Process(options).Wait(), 1, "standard input is empty");
  options.closed = {STDIN_FILENO};
  ExpectRefused(Process(options).Wait(), 1, "cannot read standard input");
}

TEST_F(CliSourceTest, NothingIsCreatedForWhatCannotBeStored) {
  const std::string fresh = directory_ / "fresh";
  const std::vector<std::vector<std::string>> refused = {
      {"put", "-", "--key", "video:x"},
      {"put", directory_ / "nowhere"},
      {"put", directory_ / "sentinel", "--key", ".."},
      {"put", directory_ / "sentinel", "--ttl", "5"},
  };
  for (std::vector<std::string> arguments : refused) {
    arguments.insert(arguments.end(), {"--store", fresh});
    EXPECT_NE(Reel(arguments).exit_status, 0);
    EXPECT_FALSE(fs::exists(fresh)) << ::testing::PrintToString(arguments);
  }
}

TEST_F(CliSourceTest, StandardInputIsReadFromWhereItStands) {
  const std::string bytes = RandomBytes(3 * kMiB + 5, 3);
  const std::string file = File("input", bytes);
  ProcessOptions options = Command({"put", "-", "--key", "video:x"});
  // The shell's `{ read -N; reel put -; }`, where the descriptor is shared.
  options.arguments = {"/bin/bash", "-c", "exec < " + file + "; IFS= read -r -N 1; exec \"$@\"",
                       "bash"};
  const ProcessOptions command = Command({"put", "-", "--key", "video:x"});
  options.arguments.insert(options.arguments.end(), command.arguments.begin(),
                           command.arguments.end());
  options.environment = {"LC_ALL=C"};
  const Outcome outcome = Process(options).Wait();
  EXPECT_EQ(outcome.exit_status, 0) << outcome.err;
  const std::string stored = Out({"get", "video:x"});
  ASSERT_LT(stored.size(), bytes.size());
  ExpectSameBytes(stored, std::string_view(bytes).substr(bytes.size() - stored.size()));
  EXPECT_EQ(Out({"rm", "video:x"}), "");
}

TEST_F(CliSourceTest, AFifoIsAStream) {
  const std::string fifo = directory_ / "pipe.webm";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const std::string bytes = RandomBytes(2 * kMiB + 1, 4);
  Process process(Command({"put", fifo}));
  const int fd = open(fifo.c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  for (std::string_view left = bytes; !left.empty();) {
    const ssize_t count = write(fd, left.data(), left.size());
    ASSERT_GT(count, 0);
    left.remove_prefix(static_cast<size_t>(count));
  }
  close(fd);
  EXPECT_EQ(process.Wait().exit_status, 0);
  ExpectSameBytes(Out({"get", "video:pipe.webm"}), bytes);
  EXPECT_EQ(Out({"rm", "video:pipe.webm"}), "");
}

TEST_F(CliSourceTest, AFileThatShrinks) {
  ExpectChangeNoticed([](const std::string& file) { EXPECT_EQ(truncate(file.c_str(), 1), 0); });
}

TEST_F(CliSourceTest, AFileThatGrows) {
  ExpectChangeNoticed([](const std::string& file) {
    std::ofstream(file, std::ios::app) << "more";
    EXPECT_GT(fs::file_size(file), 256 * kMiB);
  });
}

TEST_F(CliSourceTest, AFileThatIsWrittenTo) {
  ExpectChangeNoticed([](const std::string& file) {
    std::fstream(file, std::ios::in | std::ios::out | std::ios::binary) << "changed";
    EXPECT_EQ(fs::file_size(file), 256 * kMiB);
  });
}

}  // namespace
}  // namespace reel::test

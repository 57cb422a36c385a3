// Stores that cannot be used: one line that says why, and nothing of them is changed.
#include <reel/store.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "tests/support/test_bytes.h"
#include "tests/tools/cli_fixture.h"
#include "tests/tools/private_mount.h"

namespace reel::test {
namespace {

namespace fs = std::filesystem;

class CliStoreTest : public CliTest {
 protected:
  // Every command is refused by the store `store`.
  void ExpectAllRefused(const std::string& store, int exit_status, const std::string& words) {
    const std::string file = File("v.mp4", "bytes");
    const std::string mountpoint = directory_ / "mountpoint";
    fs::create_directory(mountpoint);
    std::vector<std::vector<std::string>> commands = ReadCommands();
    commands.push_back({"put", file});
    commands.push_back({"kv", "put", "k", file});
    commands.push_back({"kv", "bulk", "put", File("put.json", R"([{"key":"k","value":"v"}])")});
    for (std::vector<std::string> arguments : commands) {
      SCOPED_TRACE(::testing::PrintToString(arguments));
      arguments.insert(arguments.begin(), {"--store", store});
      ExpectRefused(Reel(arguments), exit_status, words);
    }
  }

  static std::vector<std::vector<std::string>> ReadCommands() {
    return {{"ls"},
            {"get", "video:v"},
            {"stat", "video:v"},
            {"rm", "video:v"},
            {"purge", "--prefix", "v"},
            {"touch", "video:v", "--ttl", "60"},
            {"version", "show", "video:v"},
            {"version", "bump", "video:v"},
            {"kv", "get", "video:v"},
            {"kv", "list"},
            {"kv", "delete", "video:v"},
            {"kv", "bulk", "dump"},
            {"stats"}};
  }
};

TEST_F(CliStoreTest, Missing) {
  const std::string store = directory_ / "nowhere";
  for (std::vector<std::string> arguments : ReadCommands()) {
    arguments.insert(arguments.end(), {"--store", store});
    ExpectRefused(Reel(arguments), 1, store);
    EXPECT_FALSE(fs::exists(store));
  }
  fs::create_directory(store);
  ExpectRefused(Reel({"ls", "--store", store}), 1, store);
  EXPECT_TRUE(fs::is_empty(store));
}

TEST_F(CliStoreTest, ADirectoryOfOtherThings) {
  const std::string store = directory_ / "photos";
  fs::create_directory(store);
  WriteWholeFile(store + "/precious.jpg", "precious");
  ExpectAllRefused(store, 2, store);
  EXPECT_EQ(std::distance(fs::directory_iterator(store), fs::directory_iterator()), 1);
}

TEST_F(CliStoreTest, AFile) {
  const std::string store = File("file", "precious");
  ExpectAllRefused(store, 2, store);
  EXPECT_EQ(ReadWholeFile(store), "precious");
}

TEST_F(CliStoreTest, BelowAFile) {
  ExpectRefused(Reel({"put", File("v.mp4", "bytes"), "--store", directory_ / "v.mp4/store"}), 1,
                "v.mp4/store");
}

TEST_F(CliStoreTest, ANewerFormat) {
  StoreSentinel();
  const std::string marker = ReadWholeFile(store_ + "/REEL");
  WriteWholeFile(store_ + "/REEL",
                 std::regex_replace(marker, std::regex("format \\d+"), "format 999"));
  ExpectAllRefused(store_, 1, "999");
  WriteWholeFile(store_ + "/REEL", marker);
  ExpectIntact();
}

TEST_F(CliStoreTest, ADamagedMarker) {
  StoreSentinel();
  const std::string marker = ReadWholeFile(store_ + "/REEL");
  WriteWholeFile(store_ + "/REEL", "");
  ExpectAllRefused(store_, 1, store_);
  WriteWholeFile(store_ + "/REEL", marker);
  ExpectIntact();
}

TEST_F(CliStoreTest, OwnedByAnotherProcess) {
  StoreSentinel();
  {
    StoreOptions options;
    options.path = store_;
    const auto store = Store::Open(options);
    ASSERT_TRUE(store.ok()) << store.status().message();
    ExpectAllRefused(store_, 1, std::to_string(getpid()));
  }
  ExpectIntact();
}

TEST_F(CliStoreTest, AReadOnlyFileSystem) {
  const std::string mountpoint = directory_ / "mount";
  fs::create_directory(mountpoint);
  const PrivateMount mount(mountpoint, "100m");
  if (!mount.ok()) {
    GTEST_SKIP() << "mounting is not permitted here";
  }
  store_ = mountpoint + "/store";
  StoreSentinel();
  ASSERT_TRUE(mount.MakeReadOnly());
  ExpectAllRefused(store_, 1, "Read-only");
  ExpectRefused(Reel({"put", File("v.mp4", "x"), "--store", mountpoint + "/other"}), 1,
                "Read-only");
}

TEST_F(CliStoreTest, AFullDisk) {
  const std::string mountpoint = directory_ / "mount";
  fs::create_directory(mountpoint);
  const PrivateMount mount(mountpoint, "56m");  // a quarter is left free
  if (!mount.ok()) {
    GTEST_SKIP() << "mounting is not permitted here";
  }
  store_ = mountpoint + "/store";
  StoreSentinel();
  const std::string large = File("large.mp4", RandomBytes(60 * kMiB, 13));
  for (int attempt = 0; attempt < 2; ++attempt) {
    ExpectRefused(Reel({"put", large}), 1, "reel: put video:large.mp4: ");
    ExpectIntact();
  }
  // The failures hold no space.
  ASSERT_EQ(Out({"put", File("fits.mp4", RandomBytes(12 * kMiB, 14))}), "");
  ASSERT_EQ(Out({"rm", "video:fits.mp4"}), "");
  ExpectIntact();
}

TEST_F(CliStoreTest, AnOverwriteThatFailsLeavesTheOldVideo) {
  StoreSentinel();
  ProcessOptions options = Command({"put", "-", "--key", "video:sentinel"});
  options.feed = true;
  Process process(options);
  ASSERT_TRUE(process.WriteInput(RandomBytes(25 * kMiB, 15)));
  process.Signal(SIGKILL);
  process.Wait();
  ExpectIntact();
}

}  // namespace
}  // namespace reel::test

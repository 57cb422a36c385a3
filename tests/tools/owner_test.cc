// Commands beside a process that owns their store: they work through it, and nobody sees a
// difference.
#include "tools/owner.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <reel/read_pool.h>
#include <reel/store.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <regex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/test_bytes.h"
#include "tests/tools/owner_fixture.h"
#include "tools/channel.h"
#include "tools/served_files.h"

namespace reel::test {
namespace {

namespace fs = std::filesystem;

struct Told {
  std::string command;
  int exit_status = 0;
  std::string out;
  std::string err;

  bool operator==(const Told&) const = default;
};

void PrintTo(const Told& told, std::ostream* out) {
  *out << told.command << ": " << told.exit_status << "\n" << told.out << told.err;
}

/// What differs from run to run: times, and where numbers are `counted`, bytes on disk and speeds.
std::string WithoutChance(std::string text, bool counted) {
  text = std::regex_replace(text, std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"), "TIME");
  text =
      std::regex_replace(text, std::regex(R"--("(created|expires|expiration)":\d+)--"), "\"$1\":N");
  // What was dropped leaves the disk a moment later.
  text = std::regex_replace(
      text, std::regex(R"( *\d+ +[0-9.]+ [KMG]?i?B  garbage\n|garbage: [^\n]*\n)"), "");
  return counted ? std::regex_replace(text, std::regex(R"( *\d[0-9.]*( ([KMG]i)?B)?)"), "N") : text;
}

using CommandLines = std::vector<std::vector<std::string>>;

class SameTest : public OwnerTest {
 protected:
  /// Runs the commands in this order in the directory of the test, by themselves and then, with a
  /// new store, through an owner; each has to do, print and return the same.
  void ExpectSame(const CommandLines& commands) {
    Give("file", TextBytes(150'000, 3));
    Give("input", R"([{"key":"piped","value":"x","odd":1}])");
    Give("settings.json", R"({"chunking": {"threshold": 50000, "chunkSize": 50000}})");
    Give("wrong.json", "{]");
    Give("bulk.json", R"([{"key":"bulk:a","value":"1"},{"key":"bulk:b","value":"2"}])");
    Give("keys.json", R"(["bulk:a","none"])");
    const std::vector<Told> alone = RunAll(commands);
    fs::remove_all(store_);
    BeOwner();
    const std::vector<Told> through = RunAll(commands);
    ASSERT_EQ(alone.size(), through.size());
    for (size_t i = 0; i < alone.size(); ++i) {
      EXPECT_EQ(alone[i], through[i]);
    }
  }

 private:
  std::vector<Told> RunAll(const CommandLines& commands) {
    std::vector<Told> told;
    for (const std::vector<std::string>& words : commands) {
      ProcessOptions options;
      // sh brings a working directory.
      options.arguments = {"/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", directory_.path(),
                           REEL_BINARY};
      options.arguments.insert(options.arguments.end(), words.begin(), words.end());
      options.environment = {"REEL_STORE=store"};
      options.input = directory_ / "input";
      Outcome outcome = Process(options).Wait();
      const bool counted = words[0] == "stats" || words[0] == "scrub";
      if (outcome.out.size() < kListingBytesMax) {
        outcome.out = WithoutChance(outcome.out, counted);
      }
      told.push_back({::testing::PrintToString(words), outcome.exit_status, outcome.out,
                      WithoutChance(outcome.err, counted)});
      const std::string out = directory_ / "out";
      if (fs::exists(out)) {
        told.push_back({"out", 0, ReadWholeFile(out), ""});
        fs::remove(out);
      }
    }
    return told;
  }

  /// What is longer is a value, of which every byte counts.
  static constexpr size_t kListingBytesMax = 10'000;
};

TEST_F(SameTest, StoringAndReadingVideos) {
  ExpectSame({
      {"put", "file"},
      {"put", "file", "--json", "--key", "video:b", "--tag", "t", "--ttl", "1d"},
      {"put", "-", "--key", "video:in", "--content-type", "video/mp4"},
      {"put", "nowhere"},
      {"put", "-"},
      {"put", "/"},
      {"--config", "settings.json", "put", "file", "--key", "video:chunked"},
      {"--config", "wrong.json", "ls"},
      {"stat", "video:chunked"},
      {"get", "video:chunked"},
      {"get", "video:in"},
      {"get", "video:b", "--range", "-10"},
      {"get", "video:b", "--range", "99999999-"},
      {"get", "video:b", "--range", "x"},
      {"get", "video:b", "-o", "out"},
      {"get", "video:b", "-o", "no/such/place"},
      {"get", "video:b", "-o", "/dev/full"},
      {"get", "video:b", "--log", "no/such/log"},
      {"get", "video:in", "--log", "log"},
      {"get", "video:none", "-o", "none"},
  });
  EXPECT_FALSE(fs::exists(directory_ / "none"));
}

TEST_F(SameTest, ListingAndKeepingVideos) {
  ExpectSame({
      {"put", "file", "--tag", "t"},
      {"--namespace", "other", "put", "file", "--width", "640"},
      {"ls", "video:f", "--json"},
      {"ls", "--long", "--tag", "t"},
      {"--namespace", "none", "ls"},
      {"stat", "video:none"},
      {"touch", "video:file", "--ttl", "3d"},
      {"version", "bump", "video:file", "--json"},
      {"version", "show", "video:file"},
      {"put", "file", "--key", "video:b", "--tag", "t"},
      {"rm", "video:file", "video:none"},
      {"purge", "--tag", "t", "--json"},
      {"purge", "--prefix", "video:f"},
      {"namespace", "list", "--json"},
      {"namespace", "rename", "other", "another"},
      {"namespace", "rename", "other", "another"},
      {"namespace", "drop", "another"},
      {"stats"},
      {"config"},
  });
}

TEST_F(SameTest, Entries) {
  ExpectSame({
      {"kv", "put", "k", "file", "--metadata", R"({"a":1})"},
      {"kv", "put", "k2", "-"},
      {"kv", "get", "k"},
      {"kv", "get", "none"},
      {"kv", "list", "--json", "--prefix", "k", "--limit", "1"},
      {"kv", "bulk", "put", "bulk.json"},
      {"kv", "bulk", "put", "-"},
      {"kv", "bulk", "put", "wrong.json"},
      {"kv", "bulk", "get", "keys.json"},
      {"kv", "bulk", "dump", "-o", "out", "--prefix", "bulk"},
      {"kv", "bulk", "delete", "keys.json"},
      {"kv", "delete", "k", "none"},
      {"kv", "list"},
  });
}

TEST_F(SameTest, Scrubs) {
  ExpectSame({
      {"put", "file"},
      {"stats", "--json"},
      {"scrub"},
      {"scrub", "--json"},
      {"scrub", "--key", "video:none"},
      {"scrub", "--repair-from", "nowhere"},
      {"scrub", "--repair-from", "."},
      {"scrub", "--repair-from", "store"},
      {"scrub", "--key", "video:file", "--repair-from", "file"},
      {"ls", "--damaged"},
  });
}

TEST_F(OwnerTest, LargeVideosPassThrough) {
  BeOwner();
  const std::string bytes = RandomBytes(26 * kMiB, 4);
  const auto put = BeginPut("video:piped", bytes);
  EXPECT_EQ(put->Wait().exit_status, 0);
  ExpectSameBytes(Out({"get", "video:piped"}), bytes);
  EXPECT_EQ(Out({"put", File("file", bytes)}), "");
  const std::string out = directory_ / "out";
  EXPECT_EQ(Out({"get", "video:file", "-o", out}), "");
  ExpectSameBytes(ReadWholeFile(out), bytes);
}

TEST_F(OwnerTest, AFifoIsASourceAndATarget) {
  BeOwner();
  const std::string bytes = RandomBytes(3 * kMiB, 5);
  const std::string fifo = directory_ / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  Process put(Command({"put", fifo, "--key", "video:v"}));
  std::thread writer([&] { WriteWholeFile(fifo, bytes); });
  EXPECT_EQ(put.Wait().exit_status, 0);
  writer.join();
  Process get(Command({"get", "video:v", "-o", fifo}));
  ExpectSameBytes(ReadWholeFile(fifo), bytes);
  EXPECT_EQ(get.Wait().exit_status, 0);
}

TEST_F(OwnerTest, FilesThatTheOwnerServesAreRefused) {
  StoreSentinel();
  Give("settings.json", "{}");
  // As if the directory of the test were its mount.
  owned_ = Own(store_, cli::DeviceMountedAt(directory_.path()));
  const std::string words = " is in the mount of the process that the command works through";
  const std::string sentinel = directory_ / "sentinel";
  ExpectRefused(Reel({"put", sentinel, "--key", "video:x"}), 1, sentinel + words);
  ExpectRefused(Reel({"--config", directory_ / "settings.json", "ls"}), 2,
                directory_ / "settings.json" + words);
  ExpectRefused(Reel({"scrub", "--key", "video:sentinel", "--repair-from", sentinel}), 2,
                sentinel + words);
  const std::string out = directory_ / "out";
  ExpectRefused(Reel({"get", "video:sentinel", "-o", out}), 1, out + words);
  ExpectRefused(Reel({"get", "video:sentinel", "--log", directory_ / "log"}), 1,
                directory_ / "log" + words);
  ProcessOptions redirected = Command({"put", "-", "--key", "video:x"});
  redirected.input = sentinel;
  ExpectRefused(Process(redirected).Wait(), 1, "standard input" + words);
  redirected = Command({"ls"});
  redirected.output = File("out", "");
  ExpectRefused(Process(redirected).Wait(), 1, "standard output" + words);
  EXPECT_EQ(ReadWholeFile(out), "");
  fs::remove(out);
  for (const auto& left : fs::directory_iterator(directory_.path())) {
    EXPECT_FALSE(left.path().filename().string().starts_with(".reel-get")) << left.path();
  }
  ExpectIntact();
}

TEST_F(OwnerTest, ManyArguments) {
  BeOwner();
  StoreSentinel();
  std::vector<std::string> arguments = {"kv", "delete"};
  for (int i = 0; i < 100'000; ++i) {
    arguments.push_back("k:" + std::to_string(i));
  }
  EXPECT_EQ(Out(arguments), "");
  arguments[1] = "get";
  ExpectRefused(Reel(arguments), 2, "\"k:1\" is too much");
}

/// A process that owns the store until it is killed.
class OtherOwner {
 public:
  explicit OtherOwner(const std::string& store) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    pid_ = fork();
    if (pid_ == 0) {
      const OwnedStore owned = Own(store);
      if (owned.owner != nullptr && write(ends[1], "x", 1) == 1) {
        pause();
      }
      _exit(1);
    }
    close(ends[1]);
    char byte = 0;
    EXPECT_EQ(read(ends[0], &byte, 1), 1);
    close(ends[0]);
  }
  ~OtherOwner() { Kill(); }
  OtherOwner(const OtherOwner&) = delete;
  OtherOwner& operator=(const OtherOwner&) = delete;

  void Kill() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(std::exchange(pid_, 0), nullptr, 0);
    }
  }

 private:
  pid_t pid_ = 0;
};

TEST_F(OwnerTest, AKilledOwnerFailsWhatRuns) {
  StoreSentinel();
  OtherOwner other(store_);
  const auto put = BeginPut("video:x", RandomBytes(30 * kMiB, 6));
  other.Kill();
  const Outcome outcome = put->Wait();
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_EQ(outcome.err, "reel: put: the process that owned the store ended (try again)\n");
  // The socket is still there, and nobody listens.
  EXPECT_TRUE(fs::exists(Socket()));
  ExpectIntact();
  BeOwner();
  ExpectIntact();
}

TEST_F(OwnerTest, TheStoreMayHaveALongPath) {
  store_ = directory_ / std::string(120, 'd') + "/" + std::string(120, 'e');
  BeOwner();
  StoreSentinel();
  ExpectIntact();
}

TEST_F(OwnerTest, TheSocketIsTheUsersAndNoneOfTheStoresBytes) {
  BeOwner();
  StoreSentinel();
  struct stat found {};
  ASSERT_EQ(lstat(Socket().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode, S_IFSOCK | 0600U);
  EXPECT_TRUE(Out({"scrub"}).starts_with("clean: nothing is damaged\n"));
}

TEST_F(OwnerTest, AnotherUserIsRefused) {
  if (geteuid() != 0 || !fs::exists("/usr/bin/setpriv")) {
    GTEST_SKIP() << "only root can become another user";
  }
  BeOwner();
  StoreSentinel();
  const auto as_nobody = [&] {
    ProcessOptions options = Command({"get", "video:sentinel"});
    const std::vector<std::string> user = {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534",
                                           "--clear-groups"};
    options.arguments.insert(options.arguments.begin(), user.begin(), user.end());
    return Process(options).Wait();
  };
  fs::permissions(directory_.path(), fs::perms(0755));
  ExpectRefused(as_nobody(), 1, "it cannot be written to");
  // Whoever gets past the socket's mode is refused by who he is.
  fs::permissions(Socket(), fs::perms(0666));
  ExpectRefused(as_nobody(), 1, "is another user's (become that user, or root)");
}

TEST_F(OwnerTest, OddClientsAreRefused) {
  BeOwner();
  StoreSentinel();
  {
    const OddClient newer(store_);
    ASSERT_TRUE(newer.channel().Send(cli::FrameKind::kHello, {"999", "whatever"}).ok());
    EXPECT_NE(newer.Refusal().find("another version (start it again)"), std::string::npos);
  }
  const std::vector<std::vector<std::string>> no_commands = {
      {},
      {"1"},
      {"1", "/"},
      {"1", "/", "x"},
      {"1", "/", "1"},
      {"1", "/", "18446744073709551615", "ls"},
      {"1", "/", "0", "ls"},  // without descriptors
  };
  for (const std::vector<std::string>& fields : no_commands) {
    SCOPED_TRACE(::testing::PrintToString(fields));
    const OddClient odd(store_);
    ASSERT_TRUE(odd.channel().Send(cli::FrameKind::kHello, fields).ok());
    EXPECT_NE(odd.Refusal().find("makes no sense"), std::string::npos);
  }
  for (const std::string command : {"mount", "config", "help", "nonsense"}) {
    const OddClient odd(store_);
    ASSERT_TRUE(
        odd.channel().Send(cli::FrameKind::kHello, {"1", "/", "0", command, "x"}, {0, 1, 2}).ok());
    EXPECT_NE(odd.Refusal(), "it was not refused") << command;
  }
  {
    const OddClient garbage(store_);
    const std::string bytes(100, '\xFF');
    ASSERT_EQ(write(garbage.channel().descriptor(), bytes.data(), bytes.size()), 100);
    EXPECT_NE(garbage.Refusal(), "it was not refused");
  }
  // One that says nothing does not keep the owner from ending.
  const OddClient silent(store_);
  ExpectIntact();
  EndOwner();
}

TEST_F(OwnerTest, WithoutASocketTheOwnerGoesOn) {
  const auto store = Store::Open({.path = store_, .create_if_missing = true});
  ASSERT_TRUE(store.ok());
  fs::create_directory(Socket());
  Give("store/owner.sock/precious", "x");
  const auto owner = cli::Owner::Listen({store->get(), store_, std::make_shared<ReadPool>()});
  ASSERT_FALSE(owner.ok());
  EXPECT_NE(owner.status().message().find("owner.sock"), std::string::npos);
  ExpectRefused(Reel({"ls"}), 1, "in use by process " + std::to_string(getpid()));
}

}  // namespace
}  // namespace reel::test

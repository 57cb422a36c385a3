// reel scrub --repair-from: damaged bytes come back from another copy, and from nothing else.
#include <filesystem>

#include "tests/support/bit_rot.h"
#include "tests/support/test_bytes.h"
#include "tests/tools/cli_fixture.h"

namespace reel::test {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFirstDamage = 6 * kMiB + 99;
constexpr size_t kSecondDamage = 17 * kMiB + 4321;

class CliRepairTest : public CliTest {
 protected:
  // That the copy does not help, why each finding says so, and that nothing was changed by it.
  void ExpectNotRepaired(const std::string& copy, const std::string& why) const {
    SCOPED_TRACE(copy);
    const Outcome outcome = Reel({"scrub", "--key", "video:v", "--repair-from", copy});
    EXPECT_EQ(outcome.exit_status, 1);
    EXPECT_EQ(outcome.err, "");
    EXPECT_NE(outcome.out.find(", 0 repaired, "), std::string::npos) << outcome.out;
    EXPECT_NE(outcome.out.find("; it was not repaired: "), std::string::npos) << outcome.out;
    EXPECT_NE(outcome.out.find(why), std::string::npos) << outcome.out;
    EXPECT_EQ(Reel({"get", "video:v", "-o", directory_ / "got"}).exit_status, 1);
  }

  void ExpectRepaired(const std::vector<std::string>& arguments) const {
    std::vector<std::string> command = {"scrub", "--repair-from"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const std::string out = Out(command);
    EXPECT_TRUE(out.starts_with("repaired: page, videos:video:v, ")) << out;
    EXPECT_EQ(out.find("damaged: "), std::string::npos) << out;
    EXPECT_NE(out.find(", all repaired\n"), std::string::npos) << out;
    ExpectSameBytes(Out({"get", "video:v"}), bytes_);
    EXPECT_EQ(Out({"ls", "--damaged"}), "");
    EXPECT_TRUE(Out({"scrub"}).starts_with("clean: nothing is damaged\n"));
  }

  // A directory with one file.
  [[nodiscard]] std::string Tree(const std::string& name, const std::string& file,
                                 const std::string& bytes) const {
    const fs::path path = fs::path(directory_ / name) / file;
    fs::create_directories(path.parent_path());
    WriteWholeFile(path, bytes);
    return directory_ / name;
  }

  // Another store with these bytes as video:v.
  [[nodiscard]] std::string OtherStore(const std::string& name, const std::string& bytes) const {
    ProcessOptions put = Command({"put", Tree(name + ".d", "v", bytes) + "/v"});
    put.arguments[2] = directory_ / name;
    EXPECT_EQ(Process(put).Wait().exit_status, 0);
    return directory_ / name;
  }
};

TEST_F(CliRepairTest, FromAFile) {
  StoreDamaged(21 * kMiB, {kFirstDamage, kSecondDamage});
  ExpectNotRepaired(File("wrong", RandomBytes(21 * kMiB, 13)),
                    "these are not the bytes that were stored");
  ExpectNotRepaired(File("short", bytes_.substr(0, 6 * kMiB)), "ends at byte 6291456 already");
  ExpectRepaired({directory_ / "v", "--key", "video:v"});
}

TEST_F(CliRepairTest, ACopyThatHasSomeOfTheChunks) {
  StoreDamaged(21 * kMiB, {kFirstDamage, kSecondDamage});
  const Outcome outcome = Reel(
      {"scrub", "--key", "video:v", "--repair-from", File("short", bytes_.substr(0, 16 * kMiB))});
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_NE(outcome.out.find("repaired: page, videos:video:v, chunk 1, "), std::string::npos)
      << outcome.out;
  EXPECT_NE(outcome.out.find("damaged: page, videos:video:v, chunk 3, "), std::string::npos)
      << outcome.out;
  EXPECT_NE(outcome.out.find("damaged: 2 findings, 1 repaired, 1 remains\n"), std::string::npos)
      << outcome.out;
  const size_t page = kSecondDamage / 16384 * 16384;
  EXPECT_EQ(Out({"ls", "--damaged"}),
            "video:v  " + std::to_string(page) + "-" + std::to_string(page + 16383) + "\n");
  ExpectSameBytes(Out({"get", "video:v", "--range", "0-16777215"}), bytes_.substr(0, 16 * kMiB));
}

TEST_F(CliRepairTest, FromAnotherStore) {
  StoreDamaged(21 * kMiB, {kFirstDamage, kSecondDamage});
  ExpectNotRepaired(OtherStore("wrong", RandomBytes(21 * kMiB, 13)),
                    "these are not the bytes that were stored");
  const std::string rotten = OtherStore("rotten", bytes_);
  for (const size_t at : {kFirstDamage, kSecondDamage}) {
    ASSERT_TRUE(FlipABit(rotten, std::string_view(bytes_).substr(at, 64)));
  }
  ExpectNotRepaired(rotten, "it was not repaired: ");
  ExpectRepaired({OtherStore("good", bytes_)});
}

TEST_F(CliRepairTest, FromADirectory) {
  StoreDamaged(2 * kMiB, {kMiB});
  ExpectNotRepaired(Tree("other", "w", bytes_), "has no file v");
  ExpectNotRepaired(Tree("wrong", "v", RandomBytes(2 * kMiB, 13)),
                    "these are not the bytes that were stored");
  ExpectRepaired({Tree("tree", "v", bytes_)});
}

// Files lie where a mount shows them, or at the key as a path; never outside of the directory.
TEST_F(CliRepairTest, WhereADirectoryHasItsFiles) {
  struct Case {
    std::string key;
    std::string file;
    bool found;
  };
  const std::vector<Case> cases = {
      {"video:a/b.mp4:w=640", "a/b:w=640.mp4", true},
      {"video:a/b.mp4:w=641", "a/b.mp4:w=641", true},
      {"video:c", "c%file", true},
      {"video:per%cent", "per%25cent", true},
      {"plain/x.bin", "plain/x.bin", true},
      {"video:absolute", "/absolute", true},
      {"../outside", "../outside", false},
      {"video:../outside", "../outside", false},
      {"video:link", "link", false},
  };
  const std::string tree = directory_ / "tree";
  fs::create_directories(tree);
  for (size_t i = 0; i < cases.size(); ++i) {
    const Case& test = cases[i];
    SCOPED_TRACE(test.key);
    const std::string bytes = RandomBytes(kMiB, 20 + i);
    const std::string source = File("source" + std::to_string(i), bytes);
    ASSERT_EQ(Out({"put", source, "--key", test.key}), "");
    ASSERT_TRUE(FlipABit(store_, std::string_view(bytes).substr(kMiB / 2, 64)));
    const std::string path = tree + "/" + test.file;
    fs::create_directories(fs::path(path).parent_path());
    if (test.file == "link") {
      fs::create_symlink(source, path);
    } else {
      WriteWholeFile(path, bytes);
    }
  }
  const Outcome outcome = Reel({"scrub", "--repair-from", tree});
  EXPECT_EQ(outcome.exit_status, 1);
  for (const Case& test : cases) {
    const std::string line =
        (test.found ? "repaired: page, videos:" : "damaged: page, videos:") + test.key + ", ";
    EXPECT_NE(("\n" + outcome.out).find("\n" + line), std::string::npos) << line << " is not in\n"
                                                                         << outcome.out;
  }
}

}  // namespace
}  // namespace reel::test

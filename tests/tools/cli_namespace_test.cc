// reel namespace: the names in a store, and that versions go with their namespace.
#include <regex>

#include "tests/support/test_bytes.h"
#include "tests/tools/cli_fixture.h"

namespace reel::test {
namespace {

class CliNamespaceTest : public CliTest {
 protected:
  void Put(const std::string& name, const std::string& bytes = "bytes") const {
    EXPECT_EQ(Out({"put", File("v", bytes), "--key", "v", "--namespace", name}), "");
  }
  void Bump(const std::string& name) const {
    EXPECT_EQ(Out({"version", "bump", "v", "--namespace", name}), "2\n");
  }
  [[nodiscard]] std::string Names() const { return Out({"namespace", "list"}); }
};

TEST_F(CliNamespaceTest, List) {
  ExpectRefused(Reel({"namespace", "list"}), 1, "reel: namespace list: ");
  Put("videos");
  Put("b\n");
  Bump("videos");
  EXPECT_EQ(Names(), "b\\n\nvideos\nvideos.versions\n");
  EXPECT_EQ(Out({"namespace", "list", "--json"}),
            "{\"name\":\"b\\n\"}\n{\"name\":\"videos\"}\n{\"name\":\"videos.versions\"}\n");
}

TEST_F(CliNamespaceTest, RenameTakesVersionsAlong) {
  const std::string large = RandomBytes(21 * kMiB, 1);
  Put("plain", large);
  Put("bumped");
  Bump("bumped");
  EXPECT_EQ(Out({"namespace", "rename", "plain", "new plain"}), "");
  EXPECT_EQ(Out({"namespace", "rename", "bumped", "new"}), "");
  EXPECT_EQ(Names(), "new\nnew plain\nnew.versions\n");
  ExpectSameBytes(Out({"get", "v", "--namespace", "new plain"}), large);
  ExpectRefused(Reel({"get", "v", "--namespace", "new"}), 1, "older version");
  EXPECT_EQ(Out({"version", "show", "v", "--namespace", "new"}), "2\n");
  ExpectRefused(Reel({"get", "v", "--namespace", "plain"}), 1, "\"plain\"");
  EXPECT_EQ(Out({"namespace", "rename", "new", "new"}), "");
  // By its own name it goes alone.
  EXPECT_EQ(Out({"namespace", "rename", "new.versions", "old.versions"}), "");
  EXPECT_EQ(Out({"get", "v", "--namespace", "new"}), "bytes");
}

TEST_F(CliNamespaceTest, DropTakesVersionsAlong) {
  const std::string large = RandomBytes(21 * kMiB, 2);
  Put("stays");
  Put("gone", large);
  Bump("gone");
  EXPECT_EQ(Out({"namespace", "drop", "gone"}), "");
  EXPECT_EQ(Names(), "stays\n");
  std::smatch disk;
  const std::string stats = Out({"stats", "--json"});
  ASSERT_TRUE(std::regex_search(stats, disk, std::regex("\"diskBytes\":(\\d+)"))) << stats;
  EXPECT_LT(std::stoull(disk[1]), 10 * kMiB);
  Put("gone", "new");
  EXPECT_EQ(Out({"get", "v", "--namespace", "gone"}), "new");
  EXPECT_EQ(Out({"version", "show", "v", "--namespace", "gone"}), "1\n");
  EXPECT_EQ(Out({"get", "v", "--namespace", "stays"}), "bytes");
  EXPECT_EQ(Out({"namespace", "drop", "gone"}), "");
}

TEST_F(CliNamespaceTest, Refusals) {
  Put("a");
  Bump("a");
  Put("b");
  Put("c.versions");
  const std::string too_long(513, 'n');
  const std::string long_name(510, 'n');
  struct Case {
    std::vector<std::string> arguments;
    int exit_status;
    std::string words;
  };
  const Case cases[] = {
      {{"drop", "none"}, 1, "reel: namespace drop none: there is no namespace \"none\""},
      {{"rename", "none", "x"}, 1, "reel: namespace rename none: there is no namespace \"none\""},
      {{"rename", "a", "b"}, 1, "\"b\" already"},
      {{"rename", "a", "c"}, 1, "\"c.versions\" already"},
      {{"rename", "b", "c"}, 1, "\"c.versions\" already"},
      {{"rename", "a", ""}, 2, "no name"},
      {{"rename", "b", too_long}, 2, "no name"},
      {{"rename", "a", long_name}, 2, "no name"},
      {{"drop", ""}, 2, "no name"},
      {{"drop"}, 2, "NAME is missing"},
      {{"rename", "a"}, 2, "FROM TO"},
      {{"list", "x"}, 2, "too much"},
      {{}, 2, "list, rename, drop"},
  };
  for (const Case& test : cases) {
    std::vector<std::string> arguments = {"namespace"};
    arguments.insert(arguments.end(), test.arguments.begin(), test.arguments.end());
    ExpectRefused(Reel(arguments), test.exit_status, test.words);
    EXPECT_EQ(Names(), "a\na.versions\nb\nc.versions\n");
  }
  EXPECT_EQ(Out({"namespace", "rename", "b", long_name}), "");
  EXPECT_EQ(Out({"get", "v", "--namespace", long_name}), "bytes");
  EXPECT_EQ(Out({"namespace", "drop", long_name}), "");
}

}  // namespace
}  // namespace reel::test

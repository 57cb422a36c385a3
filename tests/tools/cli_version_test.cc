// reel version: a bump makes a video stale for every command, a new put makes it current.
#include "tests/tools/cli_fixture.h"

namespace reel::test {
namespace {

class CliVersionTest : public CliTest {
 protected:
  void Put(const std::string& key, const std::string& bytes) const {
    EXPECT_EQ(Out({"put", File("v", bytes), "--key", key}), "");
  }
};

TEST_F(CliVersionTest, ABumpMakesTheVideoStale) {
  Put("v", "old");
  Put("other", "stays");
  EXPECT_EQ(Out({"version", "show", "v"}), "1\n");
  EXPECT_EQ(Out({"kv", "list", "--namespace", "videos"}), "other\nv\n");
  ExpectRefused(Reel({"ls", "--namespace", "videos.versions"}), 1, "videos.versions");

  EXPECT_EQ(Out({"version", "bump", "v"}), "2\n");
  EXPECT_EQ(Out({"version", "show", "v"}), "2\n");
  ExpectRefused(Reel({"get", "v"}), 1, "reel: get v: ");
  ExpectRefused(Reel({"stat", "v"}), 1, "reel: stat v: ");
  ExpectRefused(Reel({"touch", "v", "--ttl", "60"}), 1, "reel: touch v: ");
  EXPECT_EQ(Out({"ls"}), "other\n");
  EXPECT_EQ(Out({"get", "other"}), "stays");

  Put("v", "new");
  EXPECT_EQ(Out({"get", "v"}), "new");
  EXPECT_EQ(Out({"ls"}), "other\nv\n");
  EXPECT_NE(Out({"stat", "v", "--json"}).find(",\"version\":2,"), std::string::npos);
  EXPECT_NE(Out({"stat", "other", "--json"}).find(",\"version\":1,"), std::string::npos);
}

TEST_F(CliVersionTest, AsJson) {
  Put("v", "x");
  EXPECT_EQ(Out({"version", "show", "--json", "v"}), R"({"key":"v","version":1})"
                                                     "\n");
  EXPECT_EQ(Out({"version", "bump", "v", "--json"}), R"({"key":"v","version":2})"
                                                     "\n");
  EXPECT_EQ(Out({"version", "bump", "v", "--json"}), R"({"key":"v","version":3})"
                                                     "\n");
}

TEST_F(CliVersionTest, AKeyHasAVersionWithoutAVideo) {
  Put("v", "x");
  EXPECT_EQ(Out({"version", "show", "missing"}), "1\n");
  EXPECT_EQ(Out({"version", "bump", "missing"}), "2\n");
  Put("missing", "y");
  EXPECT_EQ(Out({"get", "missing"}), "y");
  EXPECT_EQ(Out({"ls"}), "missing\nv\n");
}

TEST_F(CliVersionTest, NamespacesHaveVersionsOfTheirOwn) {
  Put("v", "x");
  EXPECT_EQ(Out({"put", File("v", "y"), "--key", "v", "--namespace", "other"}), "");
  EXPECT_EQ(Out({"version", "bump", "v", "--namespace", "other"}), "2\n");
  EXPECT_EQ(Out({"get", "v"}), "x");
  ExpectRefused(Reel({"get", "v", "--namespace", "other"}), 1, "v");
  EXPECT_EQ(Out({"kv", "get", "v", "--namespace", "other.versions"}), "2");
}

// ".versions" does not fit behind a name of the longest sort.
TEST_F(CliVersionTest, ANamespaceWhoseNameIsTooLongHasNone) {
  const std::string name(510, 'n');
  EXPECT_EQ(Out({"put", File("v", "x"), "--key", "v", "--namespace", name}), "");
  EXPECT_EQ(Out({"get", "v", "--namespace", name}), "x");
  EXPECT_EQ(Out({"version", "show", "v", "--namespace", name}), "1\n");
  ExpectRefused(Reel({"version", "bump", "v", "--namespace", name}), 2, "");
}

TEST_F(CliVersionTest, Refusals) {
  StoreSentinel();
  ExpectRefused(Reel({"version", "show", ""}), 2, "reel: version show : ");
  ExpectRefused(Reel({"version", "bump", std::string(513, 'k')}), 2, "513");
  ExpectRefused(Reel({"version", "bump"}), 2, "KEY is missing");
  ExpectRefused(Reel({"version"}), 2, "show, bump");
  ExpectRefused(Reel({"version", "bump", "v", "--namespace", "none"}), 1, "\"none\"");
  EXPECT_EQ(Out({"kv", "list"}), "video:sentinel\n");
  ExpectIntact();
}

}  // namespace
}  // namespace reel::test

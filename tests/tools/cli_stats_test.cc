// reel stats: what a store holds.
#include <regex>

#include "tests/support/test_bytes.h"
#include "tests/tools/cli_fixture.h"

namespace reel::test {
namespace {

using CliStatsTest = CliTest;

TEST_F(CliStatsTest, CountsEveryNamespace) {
  EXPECT_EQ(Out({"put", File("large", RandomBytes(21 * kMiB, 1))}), "");
  EXPECT_EQ(Out({"put", File("small", "12345")}), "");
  EXPECT_EQ(Out({"kv", "put", "k", File("v", "123"), "--namespace", "a \x1b[2J"}), "");
  const std::string record = Out({"stats", "--json"});
  const std::string manifest = Out({"kv", "get", "video:large"});
  std::smatch found;
  const std::regex disk(R"(,"garbageExtents":0,"garbageBytes":0,"diskBytes":(\d+)\}\n$)");
  ASSERT_TRUE(std::regex_search(record, found, disk)) << record;
  const std::string none = R"("expired":{"keys":0,"videos":0,"bytes":0})";
  EXPECT_EQ(found.prefix(),
            R"({"namespaces":[{"name":"a \u001b[2J","keys":1,"videos":1,"bytes":3,)" + none +
                R"(},{"name":"videos","keys":7,"videos":2,"bytes":)" +
                std::to_string(21 * kMiB + 5 + manifest.size()) + "," + none + "}]");
  const uint64_t disk_bytes = std::stoull(found[1]);
  EXPECT_GT(disk_bytes, 21 * kMiB);
  EXPECT_LT(disk_bytes, 30 * kMiB);
}

TEST_F(CliStatsTest, ForPeople) {
  EXPECT_EQ(Out({"put", File("small", RandomBytes(2048, 1))}), "");
  EXPECT_EQ(Out({"kv", "put", "k", File("v", "123"), "--namespace", "a \x1b[2J"}), "");
  const std::string lines = Out({"stats"});
  EXPECT_TRUE(std::regex_match(
      lines, std::regex("namespace:   a \\\\x1b\\[2J\nkeys:        1\nvideos:      1\n"
                        "bytes:       3\nexpired:     0 keys, 0 videos, 0 B\n\n"
                        "namespace:   videos\nkeys:        1\nvideos:      1\n"
                        "bytes:       2048 \\(2.0 KiB\\)\nexpired:     0 keys, 0 videos, 0 B\n\n"
                        "on disk:     \\d+ \\(\\d+\\.\\d .iB\\)\ngarbage:     0 extents, 0 B\n")))
      << lines;
}

TEST_F(CliStatsTest, Refusals) {
  ExpectRefused(Reel({"stats"}), 1, store_);
  ExpectRefused(Reel({"stats", "videos"}), 2, "\"videos\" is too much");
}

}  // namespace
}  // namespace reel::test

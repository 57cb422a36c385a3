// Command lines that are wrong: one line, the right exit status, and a store that stays as it was.
#include <string>

#include "tests/tools/cli_fixture.h"

namespace reel::test {
namespace {

class CliRefusalsTest : public CliTest {
 protected:
  void SetUp() override { StoreSentinel(); }
  void TearDown() override { ExpectIntact(); }
};

TEST_F(CliRefusalsTest, Keys) {
  const std::string file = File("v.mp4", "bytes");
  for (const std::string& key :
       {std::string(), std::string(513, 'k'), std::string("."), std::string(".."),
        std::string("video:\xff.mp4"), std::string("video:\xed\xa0\x80")}) {
    SCOPED_TRACE(key.substr(0, 20));
    ExpectRefused(Reel({"put", file, "--key", key}), 2, "");
    ExpectRefused(Reel({"get", key}), 2, "");
    ExpectRefused(Reel({"stat", key}), 2, "");
    ExpectRefused(Reel({"rm", "video:sentinel", key}), 2, "");
  }
  ExpectRefused(Reel({"put", File("\xff.mp4", "bytes")}), 2, "\\xff.mp4");
  ExpectRefused(Reel({"put", "-"}), 2, "--key");
}

TEST_F(CliRefusalsTest, ALongestKeyIsNotRefused) {
  const std::string key = "video:" + std::string(506, 'k');
  EXPECT_EQ(Out({"put", directory_ / "sentinel", "--key", key}), "");
  ExpectSameBytes(Out({"get", key}), sentinel_);
  EXPECT_EQ(Out({"rm", key}), "");
}

TEST_F(CliRefusalsTest, Ranges) {
  for (const char* range : {"100000-", "100000-100001", "5-4", "-0"}) {
    ExpectRefused(Reel({"get", "video:sentinel", "--range", range}), 1, "100000 bytes");
  }
  for (const char* range :
       {"", "-", "5", "a-b", "1-2,4-5", "bytes=0-1", "0-99999999999999999999"}) {
    ExpectRefused(Reel({"get", "video:sentinel", "--range", range}), 2, "is not a range");
  }
}

TEST_F(CliRefusalsTest, WrongSettings) {
  const std::string file = directory_ / "sentinel";
  ExpectRefused(Reel({}), 2, "put, get, ls, stat, rm, purge");
  ExpectRefused(Reel({"scrap", "--tag", "x"}), 2, "\"scrap\"");
  ExpectRefused(Reel({"help", "scrap"}), 2, "\"scrap\"");
  ExpectRefused(Reel({"put", file, "--nonsense"}), 2, "\"--nonsense\"");
  ExpectRefused(Reel({"put", file, "--ttl", "59"}), 2, "--ttl");
  ExpectRefused(Reel({"put", file, "--ttl", "soon"}), 2, "--ttl");
  ExpectRefused(Reel({"put", file, "--width", "wide"}), 2, "--width");
  ExpectRefused(Reel({"put", file, "--mode", "film"}), 2, "\"film\"");
  ExpectRefused(Reel({"put", file, "--cols", "2"}), 2, "cols");
  ExpectRefused(Reel({"put", file, "--derivative", "a", "--width", "2"}), 2, "derivative");
  ExpectRefused(Reel({"put", file, "--format", "a:b"}), 2, "\"a:b\"");
  ExpectRefused(Reel({"put", file, "--key", "video:x", "--width", "2"}), 2, "--key");
  ExpectRefused(Reel({"put", file, "--tag", ""}), 2, "tag");
  ExpectRefused(Reel({"put", file, "--store", ""}), 2, "--store");
  ExpectRefused(Reel({"ls", "--namespace", ""}), 2, "namespace");
}

TEST_F(CliRefusalsTest, AControlCharacterDoesNotReachTheTerminal) {
  ExpectRefused(Reel({"get", "video:\x1b[2J\n"}), 1, "get video:\\x1b[2J\\n: ");
}

}  // namespace
}  // namespace reel::test

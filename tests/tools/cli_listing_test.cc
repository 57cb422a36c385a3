// What ls, stat and rm print and do, and which store and namespace the commands mean.
#include <reel/store.h>
#include <reel/video.h>

#include <filesystem>
#include <regex>

#include "tests/tools/cli_fixture.h"

namespace reel::test {
namespace {

namespace fs = std::filesystem;

class CliListingTest : public CliTest {
 protected:
  void Put(const std::vector<std::string>& arguments) {
    std::vector<std::string> all = {"put", File("v.mp4", "bytes of a video")};
    all.insert(all.end(), arguments.begin(), arguments.end());
    EXPECT_EQ(Out(all), "");
  }
};

TEST_F(CliListingTest, KeysOfVariants) {
  Put({});
  Put({"--width", "1280", "--height", "0720", "--quality", "high"});
  Put({"--derivative", "mobile"});
  Put({"--mode", "frame", "--time", "5s", "--format", "jpg"});
  Put({"--mode=spritesheet", "--cols=5", "--rows=4", "--interval=2", "--duration=40s",
       "--time=0s"});
  Put({"--mode", "audio", "--duration", "10s"});
  EXPECT_EQ(Out({"ls"}),
            "audio:v.mp4:duration=10s\n"
            "frame:v.mp4:t=5s:f=jpg\n"
            "spritesheet:v.mp4:t=0s:duration=40s:cols=5:rows=4:interval=2\n"
            "video:v.mp4\n"
            "video:v.mp4:derivative=mobile\n"
            "video:v.mp4:w=1280:h=720:q=high\n");
  EXPECT_EQ(Out({"ls", "frame:"}), "frame:v.mp4:t=5s:f=jpg\n");
  EXPECT_EQ(Out({"ls", "nothing"}), "");
}

TEST_F(CliListingTest, Tags) {
  Put({"--key", "a", "--tag", "x", "--tag", "y"});
  Put({"--key", "b", "--tag", "y"});
  Put({"--key", "c"});
  EXPECT_EQ(Out({"ls", "--tag", "y"}), "a\nb\n");
  EXPECT_EQ(Out({"ls", "--tag", "y", "--tag", "x"}), "a\n");
  EXPECT_EQ(Out({"ls", "b", "--tag", "x"}), "");
}

TEST_F(CliListingTest, JsonHasTheFieldsOfTheContract) {
  Put({"--ttl", "2h", "--tag", "x"});
  const std::string record = Out({"stat", "video:v.mp4", "--json"});
  const std::regex expected(
      R"re(\{"key":"video:v\.mp4","size":16,"chunked":false,"chunkCount":0,"chunkSize":0,)re"
      R"re("contentType":"video/mp4","xxh3":"[0-9a-f]{32}","tags":\["x","video-path:v.mp4","video-mode:video"\],"created":(\d+),)re"
      R"re("expires":(\d+),"version":1,"metadata":\{.*\}\}\n)re");
  std::smatch found;
  ASSERT_TRUE(std::regex_match(record, found, expected)) << record;
  EXPECT_EQ(std::stoll(found[2]) - std::stoll(found[1]), 7200);
  EXPECT_EQ(Out({"ls", "--json"}), record);

  Put({});
  EXPECT_NE(Out({"stat", "--json", "video:v.mp4"}).find(",\"expires\":null,"), std::string::npos);
}

TEST_F(CliListingTest, ContentTypes) {
  Put({"--content-type", "video/x-own"});
  EXPECT_NE(Out({"stat", "video:v.mp4", "--json"}).find("\"video/x-own\""), std::string::npos);
  ProcessOptions options = Command({"put", "-", "--key", "video:a/b.webm:w=5"});
  options.input = directory_ / "v.mp4";
  EXPECT_EQ(Process(options).Wait().exit_status, 0);
  EXPECT_NE(Out({"stat", "video:a/b.webm:w=5", "--json"}).find("\"video/webm\""),
            std::string::npos);
}

TEST_F(CliListingTest, ForPeople) {
  Put({"--tag", "x", "--tag", "y"});
  const std::string lines = Out({"stat", "video:v.mp4"});
  EXPECT_TRUE(std::regex_match(
      lines,
      std::regex("key:         video:v\\.mp4\nsize:        16\nchunked:     no\n"
                 "contentType: video/mp4\nxxh3:        [0-9a-f]{32}\ntags:        x, y, "
                 "video-path:v\\.mp4, video-mode:video\n"
                 "created:     \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ\nexpires:     never\n"
                 "version:     1\nmetadata:    .*\n")))
      << lines;
  const std::string row = Out({"ls", "--long"});
  EXPECT_TRUE(std::regex_match(
      row, std::regex("      16 B      0  never                 \\d{4}-[-0-9]{5}T[:0-9]{8}Z  "
                      "video:v\\.mp4\n")))
      << row;
}

TEST_F(CliListingTest, ALineIsOneKey) {
  Put({"--key", "video:a\nvideo:b\x1b[2J"});
  EXPECT_EQ(Out({"ls"}), "video:a\\nvideo:b\\x1b[2J\n");
  EXPECT_NE(Out({"ls", "--long"}).find("  video:a\\nvideo:b\\x1b[2J\n"), std::string::npos);
  EXPECT_NE(Out({"ls", "--json"}).find(R"("key":"video:a\nvideo:b\u001b[2J")"), std::string::npos);
}

TEST_F(CliListingTest, ListingsGoOnBeyondAPage) {
  constexpr int kCount = 1100;
  {
    StoreOptions options;
    options.path = store_;
    options.create_if_missing = true;
    auto store = Store::Open(options);
    ASSERT_TRUE(store.ok());
    VideoLibrary library(*(*store)->Namespace("videos", true));
    for (int i = 0; i < kCount; ++i) {
      auto writer = library.NewWriter("video:" + std::to_string(i), VideoAttributes());
      ASSERT_TRUE(writer.ok() && (*writer)->Append("x").ok() && (*writer)->Commit().ok());
    }
  }
  const std::string listing = Out({"ls"});
  EXPECT_EQ(std::count(listing.begin(), listing.end(), '\n'), kCount);
}

TEST_F(CliListingTest, RmRemovesWhatThereIs) {
  Put({"--key", "a"});
  Put({"--key", "b"});
  Put({"--key", "c"});
  const Outcome outcome = Reel({"rm", "a", "missing", "c", "gone"});
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_TRUE(
      std::regex_match(outcome.err, std::regex("reel: rm missing: .*\nreel: rm gone: .*\n")))
      << outcome.err;
  EXPECT_EQ(Out({"ls"}), "b\n");
  EXPECT_EQ(Out({"rm", "b"}), "");
  EXPECT_EQ(Out({"ls"}), "");
}

TEST_F(CliListingTest, NotFound) {
  Put({"--key", "a"});
  ExpectRefused(Reel({"get", "b"}), 1, "reel: get b: ");
  ExpectRefused(Reel({"stat", "b"}), 1, "reel: stat b: ");
  ExpectRefused(Reel({"rm", "b"}), 1, "reel: rm b: ");
}

TEST_F(CliListingTest, NamespacesAreApart) {
  Put({"--key", "a"});
  Put({"--key", "b", "--namespace", "other"});
  EXPECT_EQ(Out({"ls"}), "a\n");
  EXPECT_EQ(Out({"ls", "--namespace", "videos"}), "a\n");
  EXPECT_EQ(Out({"--namespace=other", "ls"}), "b\n");
  ExpectRefused(Reel({"ls", "--namespace", "third"}), 1, "\"third\"");
  ExpectRefused(Reel({"get", "a", "--namespace", "other"}), 1, "a");
  EXPECT_EQ(Out({"ls", "--namespace", "other"}), "b\n");
}

TEST_F(CliListingTest, TheStoreThatIsMeant) {
  const std::string file = File("v.mp4", "bytes");
  const std::string home = directory_ / "home";
  const std::string data = directory_ / "data";
  const std::string own = directory_ / "own";
  struct Case {
    std::vector<std::string> environment;
    std::string store;
  };
  const std::vector<Case> cases = {
      {{"HOME=" + home}, home + "/.local/share/reel"},
      {{"HOME=" + home, "XDG_DATA_HOME=relative"}, home + "/.local/share/reel"},
      {{"HOME=" + home, "XDG_DATA_HOME=" + data}, data + "/reel"},
      {{"HOME=" + home, "XDG_DATA_HOME=" + data, "REEL_STORE=" + own}, own},
  };
  for (const Case& test : cases) {
    ProcessOptions options;
    options.arguments = {REEL_BINARY, "put", file};
    options.environment = test.environment;
    EXPECT_EQ(Process(options).Wait().exit_status, 0);
    EXPECT_TRUE(fs::exists(test.store + "/REEL")) << test.store;
    fs::remove_all(test.store);
  }
  ProcessOptions options;
  options.arguments = {REEL_BINARY, "ls"};
  ExpectRefused(Process(options).Wait(), 2, "--store");
}

TEST_F(CliListingTest, HelpAndVersion) {
  EXPECT_TRUE(std::regex_match(Out({"--version"}), std::regex("reel \\d+\\.\\d+\\.\\d+\n")));
  EXPECT_EQ(Out({"--help"}), Out({"help"}));
  EXPECT_EQ(Out({"put", "--help"}), Out({"help", "put"}));
  EXPECT_FALSE(fs::exists(store_));
}

}  // namespace
}  // namespace reel::test

#include <algorithm>
#include <cerrno>
#include <numeric>
#include <random>
#include <set>

#include "tests/fuse/filesystem_fixture.h"

namespace reel::mount {
namespace {

using FilesystemListingTest = OnBothBackends<FilesystemFixture>;

INSTANTIATE_TEST_SUITE_P(, FilesystemListingTest, BothBackends(), test::BackendName);

std::vector<std::string> NamesOf(const auto& entries) {
  std::vector<std::string> names;
  for (const auto& entry : entries) {
    names.push_back(entry.name);
  }
  return names;
}

TEST_P(FilesystemListingTest, WalkFindsEveryVideoAndNothingElse) {
  const std::string base(250, 'n');
  const std::map<std::string, std::string> paths = {
      {"plain.mp4", "plain.mp4"},
      {"path/to/video.mp4", "path/to/video.mp4"},
      {"path/to/video.mp4:w=1280:h=720", "path/to/video:w=1280:h=720.mp4"},
      {"path/to/video.mp4:derivative=mobile", "path/to/video:derivative=mobile.mp4"},
      {"a", "a%file"},
      {"a/b", "a/b%file"},
      {"a/b/c", "a/b/c"},
      {"a-b", "a-b"},
      {"a.b", "a.b"},
      {"", "%2F%file"},
      {"/", "%2F/%2F"},
      {"/x", "%2F/x"},
      {"a/", "a/%2F"},
      {"..", "%2E%2E"},
      {"../up", "%2E%2E/up"},
      {".reel", "%2Ereel"},
      {".reel/x", "%2Ereel/x"},
      {"new\nline", "new%0Aline"},
      {"video:w=1.mp4", "video%3Aw=1.mp4"},
      {base + "1234567", base + "%more/1234567"},
      {base + "1234568", base + "%more/1234568"},
      {base + "5", base + "5"},
      {base + "7654321", base + "%more/7654321"},
      {base + "7654321/in", base + "%more/7654321/in"},
  };
  std::map<std::string, std::string> expected;
  uint64_t seed = 0;
  for (const auto& [tail, path] : paths) {
    ++seed;
    const std::string content = test::RandomBytes(seed % 3 == 0 ? 9000 + seed : 100 + seed, seed);
    Put("video:" + tail, content);
    const bool beside = std::any_of(paths.begin(), paths.end(), [&tail = tail](const auto& other) {
      return other.first.starts_with(tail + "/");
    });
    expected[beside ? KeyToPath(tail, true) : path] = content;
  }
  Put("audio:plain.mp3", "not shown");
  EXPECT_EQ(Walk(), expected);
  EXPECT_TRUE(expected.contains("a%file"));
  EXPECT_TRUE(expected.contains("%2E%2E%file"));
  EXPECT_TRUE(reported_.empty());
}

TEST_P(FilesystemListingTest, ChunksDoNotShow) {
  Put("video:big.mp4", test::RandomBytes(9500, 1));
  Put("video:small.mp4", test::RandomBytes(10, 2));
  EXPECT_EQ(NamesOf(List(InodeTable::kRoot)), (std::vector<std::string>{"big.mp4", "small.mp4"}));
  EXPECT_EQ(ErrorOf("big.mp4_chunk_0"), ENOENT);
}

TEST_P(FilesystemListingTest, FileGivesUpItsNameToADirectory) {
  Put("video:a", "file");
  EXPECT_EQ(ReadAll(InodeOf("a")), "file");
  EXPECT_EQ(ErrorOf("a%file"), ENOENT);
  const uint64_t inode = InodeOf("a");
  Put("video:a/b", "below");
  EXPECT_EQ(ReadAll(InodeOf("a%file")), "file");
  EXPECT_EQ(InodeOf("a%file"), inode) << "the same bytes under another name";
  EXPECT_EQ(ReadAll(InodeOf("a/b")), "below");
  ASSERT_TRUE(library_.Remove("video:a/b").ok());
  EXPECT_EQ(ReadAll(InodeOf("a")), "file");
  EXPECT_EQ(ErrorOf("a%file"), ENOENT);
}

TEST_P(FilesystemListingTest, LargeDirectoryIsCompleteAndResumesEverywhere) {
  // More than three pages, and directories that come a page later than the file of their key.
  std::set<std::string> expected;
  for (int i = 0; i < 2000; ++i) {
    const std::string name = "d/clip-" + std::to_string(i);
    Put("video:" + name, name);
    expected.insert(name.substr(2));
  }
  for (int i = 0; i < 700; ++i) {
    Put("video:d/x-" + std::to_string(i) + "/y", "y");
    expected.insert("x-" + std::to_string(i));
  }
  Put("video:d/clip", "clip");
  Put("video:d/clip/in", "in");
  expected.insert({"clip", "clip%file"});
  const uint64_t inode = InodeOf("d");

  const auto all = List(inode);
  const auto names = NamesOf(all);
  EXPECT_EQ(names.size(), expected.size());
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()), expected);

  OpenDirectory* directory = nullptr;
  ASSERT_EQ(filesystem_.OpenDir(inode, &directory), 0);
  auto whole = ReadSome(directory, 0, 1'000'000);
  ASSERT_EQ(whole.size(), expected.size() + 2);
  EXPECT_EQ(whole[0].name, ".");
  EXPECT_EQ(whole[1].name, "..");
  std::vector<size_t> places(whole.size());
  std::iota(places.begin(), places.end(), 0);
  for (size_t i = 0; i < 200; ++i) {
    places.push_back(i * 1013 % whole.size());
  }
  for (const size_t at : places) {
    const auto next = ReadSome(directory, at == 0 ? 0 : whole[at - 1].next_offset, 3);
    ASSERT_EQ(next.size(), std::min<size_t>(3, whole.size() - at));
    for (size_t j = 0; j < next.size(); ++j) {
      ASSERT_EQ(next[j].name, whole[at + j].name) << at;
      ASSERT_EQ(next[j].inode, whole[at + j].inode) << at;
    }
  }
  EXPECT_TRUE(ReadSome(directory, whole.back().next_offset, 3).empty());
  filesystem_.ReleaseDir(directory);
}

TEST_P(FilesystemListingTest, NamesThatStayAreShownOnceWhateverElseChanges) {
  std::set<std::string> staying;
  for (int i = 0; i < 2500; ++i) {
    const std::string name = "k" + std::to_string(10000 + i * 2);
    Put("video:" + name, "x");
    staying.insert(name);
  }
  OpenDirectory* directory = nullptr;
  ASSERT_EQ(filesystem_.OpenDir(InodeTable::kRoot, &directory), 0);
  std::map<std::string, int> seen;
  uint64_t offset = 0;
  std::mt19937_64 random(7);
  for (int round = 0;; ++round) {
    const auto some = ReadSome(directory, offset, 100);
    if (some.empty()) {
      break;
    }
    offset = some.back().next_offset;
    for (const Listed& entry : some) {
      ++seen[entry.name];
    }
    const std::string passing = "k" + std::to_string(10001 + random() % 2500 * 2);
    Put("video:" + passing, "y");
    const std::string leaving = "k" + std::to_string(10000 + random() % 2500 * 2);
    (void)library_.Remove("video:" + leaving);
    staying.erase(leaving);
  }
  filesystem_.ReleaseDir(directory);
  for (const std::string& name : staying) {
    EXPECT_EQ(seen[name], 1) << name;
  }
  for (const auto& [name, count] : seen) {
    EXPECT_LE(count, 1) << name;
  }
}

TEST_P(FilesystemListingTest, OffsetZeroShowsWhatIsThereNow) {
  Put("video:a", "1");
  OpenDirectory* directory = nullptr;
  ASSERT_EQ(filesystem_.OpenDir(InodeTable::kRoot, &directory), 0);
  EXPECT_EQ(ReadSome(directory, 0, 100).size(), 3U);
  Put("video:b", "2");
  EXPECT_EQ(ReadSome(directory, 0, 100).size(), 4U);
  filesystem_.ReleaseDir(directory);
}

TEST_P(FilesystemListingTest, ListingsWithAttributesCountAsLookups) {
  Put("video:a", "1");
  Put("video:b/c", "2");
  Put("video:d", "3");
  OpenDirectory* directory = nullptr;
  ASSERT_EQ(filesystem_.OpenDir(InodeTable::kRoot, &directory), 0);
  const auto some = ReadSome(directory, 0, 4, true);
  EXPECT_EQ(NamesOf(some), (std::vector<std::string>{".", "..", "a", "b"}));
  EXPECT_EQ(filesystem_.inode_count(), 3U) << "the refused entry and the dots are no lookups";
  filesystem_.Forget(some[2].inode, 1);
  filesystem_.Forget(some[3].inode, 1);
  EXPECT_EQ(filesystem_.inode_count(), 1U);
  EXPECT_EQ(ReadSome(directory, 0, 100, false).size(), 5U);
  EXPECT_EQ(filesystem_.inode_count(), 1U);
  filesystem_.ReleaseDir(directory);
}

TEST_P(FilesystemListingTest, LongNamesThatBeginAlikeShareOneDirectory) {
  // Short and long names take turns, and pieces of two lengths stand for the same first bytes.
  const std::string base(249, 'n');
  std::map<std::string, std::string> expected;
  std::vector<std::string> tails;
  for (int i = 0; i < 1500; ++i) {
    const std::string number = std::to_string(i);
    tails.push_back(base + number);                              // fits
    tails.push_back(base + number + "-and-much-longer");         // cut behind 250 bytes
    tails.push_back(base + "\xc3\xbc" + number + "-is-longer");  // cut behind 249
  }
  for (const std::string& tail : tails) {
    Put("video:" + tail, tail);
    expected[KeyToPath(tail, false)] = tail;
  }
  EXPECT_EQ(Walk(), expected);
}

/// Paths and contents of the files that a tree of these tails and contents has.
std::map<std::string, std::string> TreeOf(const std::map<std::string, std::string>& model) {
  std::map<std::string, std::string> files;
  for (const auto& [tail, content] : model) {
    const auto below = model.lower_bound(tail + "/");
    const bool also_directory = below != model.end() && below->first.starts_with(tail + "/");
    files[KeyToPath(tail, also_directory)] = content;
  }
  return files;
}

TEST_P(FilesystemListingTest, RandomTreesMatchTheModel) {
  const uint64_t seed = test::TestSeed();
  std::mt19937_64 random(seed);
  const std::vector<std::string> atoms = {"a",
                                          "b",
                                          "/",
                                          "//",
                                          "..",
                                          ".",
                                          "%",
                                          ":w=1",
                                          ".mp4",
                                          "%file",
                                          "%more",
                                          "\n",
                                          ".reel",
                                          "-",
                                          "\xc3\xbc",
                                          "0",
                                          ":",
                                          std::string(100, 'l'),
                                          std::string(130, '%')};
  std::map<std::string, std::string> model;
  for (int i = 0; i < 3000; ++i) {
    std::string tail;
    const size_t parts = random() % 8;
    for (size_t j = 0; j < parts; ++j) {
      const std::string& atom = atoms[random() % atoms.size()];
      if (tail.size() + atom.size() <= 480) {
        tail += atom;
      }
    }
    model[tail] = "content of " + tail;
    Put("video:" + tail, model[tail]);
  }
  const auto expected = TreeOf(model);
  ASSERT_EQ(expected.size(), model.size());
  EXPECT_EQ(Walk(), expected);

  std::map<std::string, std::string> tagged;
  std::map<std::string, std::string> expiring;
  for (const auto& [tail, content] : model) {
    if (random() % 3 == 0) {
      ASSERT_TRUE(library_.Update("video:" + tail, {.tags = {{"t"}}}).ok());
      tagged[tail] = content;
    }
    if (random() % 2 == 0) {
      const int64_t ttl = 3000 + static_cast<int64_t>(random() % 1000);
      ASSERT_TRUE(library_.Touch("video:" + tail, ttl).ok());
      if (ttl <= 3600) {
        expiring[tail] = content;
      }
    }
  }
  EXPECT_EQ(Walk(InodeOf(".reel/by-tag/t")), TreeOf(tagged));
  EXPECT_EQ(Walk(InodeOf(".reel/expiring/1h")), TreeOf(expiring));
}

class OtherPrefixTest : public FilesystemFixture {
 protected:
  OtherPrefixTest() : FilesystemFixture(test::Backend::kMemory, "video:films/19") {}
};

TEST_F(OtherPrefixTest, PrefixNeedNotEndAtADirectory) {
  Put("video:films/1999/matrix.mp4", "1");
  Put("video:films/19", "2");
  Put("video:films/2001.mp4", "3");
  EXPECT_EQ(Walk(), (std::map<std::string, std::string>{{"99/matrix.mp4", "1"}, {"%2F", "2"}}));
}

}  // namespace
}  // namespace reel::mount

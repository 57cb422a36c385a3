#include "fuse/path_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tests/support/test_bytes.h"

namespace reel::mount {
namespace {

struct Case {
  std::string_view tail;
  std::string_view path;
};

TEST(PathMapTest, FilesHaveTheirDocumentedPaths) {
  const std::vector<Case> cases = {
      {"video.mp4", "video.mp4"},
      {"path/to/video.mp4", "path/to/video.mp4"},
      {"path/to/video.mp4:w=1280:h=720", "path/to/video:w=1280:h=720.mp4"},
      {"video.mp4:derivative=mobile", "video:derivative=mobile.mp4"},
      {"a.b.mp4:w=1", "a.b:w=1.mp4"},
      // No extension, a long one, or nothing before it: nothing to swap.
      {"video:w=1280", "video:w=1280"},
      {"video.extension9:w=1", "video.extension9:w=1"},
      {".mp4:w=1", ".mp4:w=1"},
      {"dir.mp4:w=1/file", "dir.mp4:w=1/file"},
      // A name that is no parameter stays where it is.
      {"video.mp4:nonsense=1", "video.mp4:nonsense=1"},
      {"12:30 news.mp4", "12:30 news.mp4"},
      // A name that would be read as a swapped one.
      {"video:w=1280.mp4", "video%3Aw=1280.mp4"},
      {"video:w=1.mp4:h=2", "video%3Aw=1.mp4%3Ah=2"},
      {"video:w=1/file.mp4", "video:w=1/file.mp4"},
      {"video:w=1.mp4/file", "video%3Aw=1.mp4/file"},
      {"100%.mp4", "100%25.mp4"},
      {"a%2Fb", "a%252Fb"},
      {"a%more/b%file", "a%25more/b%25file"},
      {"", "%2F"},
      {"/", "%2F/%2F"},
      {"/a", "%2F/a"},
      {"a/", "a/%2F"},
      {"a//b", "a/%2F/b"},
      {".", "%2E"},
      {"..", "%2E%2E"},
      {"a/../b", "a/%2E%2E/b"},
      {"...", "..."},
      {".hidden", ".hidden"},
      {".reel", "%2Ereel"},
      {".reel/a", "%2Ereel/a"},
      {"a/.reel", "a/.reel"},
      {std::string_view("nul\0.mp4", 8), "nul%00.mp4"},
      {"line\nfeed\x7f", "line%0Afeed%7F"},
      {"gr\xc3\xbc\xc3\x9f e.mp4", "gr\xc3\xbc\xc3\x9f e.mp4"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(KeyToPath(c.tail, false), c.path);
    EXPECT_EQ(PathToKey(c.path), (FilePath{std::string(c.tail), false})) << c.path;
  }
}

TEST(PathMapTest, FileBesideItsDirectoryIsMarked) {
  const std::vector<Case> cases = {
      {"a", "a%file"},       {"", "%2F%file"},          {"a.mp4:w=1", "a:w=1.mp4%file"},
      {"..", "%2E%2E%file"}, {".reel", "%2Ereel%file"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(KeyToPath(c.tail, true), c.path);
    EXPECT_EQ(PathToKey(c.path), (FilePath{std::string(c.tail), true})) << c.path;
    EXPECT_FALSE(PathToDirectory(c.path)) << c.path;
  }
}

TEST(PathMapTest, AnyTextIsOneComponent) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"trip", "trip"},
      {"a b, c", "a b, c"},
      {".hidden", ".hidden"},
      {".", "%2E"},
      {"..", "%2E%2E"},
      {"...", "..."},
      {"/", "%2F"},
      {"a/../b", "a%2F..%2Fb"},
      {"100%", "100%25"},
      {"%2F", "%252F"},
      {"line\nfeed\x7f", "line%0Afeed%7F"},
      {std::string("nul\0", 4), "nul%00"},
      {"日本", "日本"},
  };
  for (const auto& [text, name] : cases) {
    EXPECT_EQ(EscapeName(text), name);
    EXPECT_EQ(UnescapeName(name), text);
  }
  for (const char* name : {".", "..", "a/b", "%", "a%2", "%2f", "%41", "a%2E", "a\nb"}) {
    EXPECT_FALSE(UnescapeName(name)) << name;
  }
}

TEST(PathMapTest, PathsThatNoKeyMakesNameNothing) {
  const std::vector<std::string> paths = {"/",
                                          "/a",
                                          "a/",
                                          "a//b",
                                          ".",
                                          "..",
                                          "a/..",
                                          ".reel",
                                          ".reel/x",
                                          "%",
                                          "a%",
                                          "a%2",
                                          "a%2f",
                                          "%2e",
                                          "%41",
                                          "%2Fa",
                                          "a%2Fb",
                                          "a%3Ab",
                                          "%file",
                                          "a%file/b",
                                          "a%more",
                                          "a%more/b",
                                          "a%file%file",
                                          "video.mp4:w=1",
                                          "a\nb",
                                          std::string(256, 'a'),
                                          std::string(250, 'a') + "%more",
                                          std::string(250, 'a') + "%more/b"};
  for (const std::string& path : paths) {
    EXPECT_FALSE(PathToKey(path)) << path;
  }
  EXPECT_FALSE(PathToDirectory(".reel"));
  EXPECT_FALSE(PathToDirectory("a%more"));
  EXPECT_FALSE(PathToDirectory("a/"));
  EXPECT_FALSE(PathToDirectory("a:w=1.mp4"));
  EXPECT_EQ(PathToDirectory(""), Directory{});
  EXPECT_EQ(PathToDirectory("a/%2F"), (Directory{"a/%2F", "a//"}));
  EXPECT_EQ(PathToDirectory("a.mp4:w=1"), (Directory{"a.mp4:w=1", "a.mp4:w=1/"}));
}

TEST(PathMapTest, LongNamesAreCutIntoDirectories) {
  const std::string fits(255, 'a');
  EXPECT_EQ(KeyToPath(fits, false), fits);
  EXPECT_EQ(KeyToPath(fits, true), std::string(250, 'a') + "%more/aaaaa%file");

  const std::string over(256, 'a');
  const std::string cut = std::string(250, 'a') + "%more/aaaaaa";
  EXPECT_EQ(KeyToPath(over, false), cut);
  EXPECT_EQ(PathToKey(cut), (FilePath{over, false}));
  EXPECT_EQ(DirectoryOf(over), (Directory{cut, over + "/"}));
  EXPECT_EQ(PathToDirectory(std::string(250, 'a') + "%more"),
            (Directory{std::string(250, 'a') + "%more", std::string(250, 'a')}));

  // Never inside a character or an escape.
  std::string umlauts = "x";
  for (int i = 0; i < 200; ++i) {
    umlauts += "\xc3\xbc";
  }
  EXPECT_EQ(KeyToPath(umlauts, false), umlauts.substr(0, 249) + "%more/" + umlauts.substr(249));
  const std::string percents(100, '%');
  std::string escaped;
  for (int i = 0; i < 100; ++i) {
    escaped += "%25";
  }
  EXPECT_EQ(KeyToPath(percents, false), escaped.substr(0, 249) + "%more/" + escaped.substr(249));

  // Cut names keep the key's order, so that a piece stands for the key's first bytes.
  const std::string variant = std::string(250, 'a') + ".mp4:w=1280";
  EXPECT_EQ(KeyToPath(variant, false), std::string(250, 'a') + "%more/.mp4:w=1280");
}

TEST(PathMapTest, ChildrenAreFoundThroughPieces) {
  const std::string base(250, 'a');
  const Directory root;
  const auto first = ChildOf(root, base + "bcdefgh", false);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->kind, Child::Kind::kLongName);
  EXPECT_EQ(first->name, base + "%more");
  const auto piece = PathToDirectory(first->name);
  ASSERT_TRUE(piece);
  const auto last = ChildOf(*piece, base + "bcdefgh", false);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->kind, Child::Kind::kFile);
  EXPECT_EQ(last->name, "bcdefgh");
  const auto directory = ChildDirectoryOf(*piece, base + "bcdefgh");
  ASSERT_TRUE(directory);
  EXPECT_EQ(directory->kind, Child::Kind::kDirectory);
  // Begins with the same bytes, but its name fits one component.
  EXPECT_FALSE(ChildOf(*piece, base + "b", false));
  EXPECT_FALSE(ChildOf(*piece, base, false));
}

class KeyMaker {
 public:
  explicit KeyMaker(uint64_t seed) : random_(seed) {}

  /// UTF-8, 0 to 512 bytes.
  std::string Next() {
    std::string key;
    const size_t parts = Below(2) == 0 ? Below(6) : Below(40);
    for (size_t i = 0; i < parts; ++i) {
      const std::string_view atom = kAtoms[Below(kAtoms.size())];
      const size_t repeat = Below(30) == 0 ? 1 + Below(300) : 1;
      for (size_t j = 0; j < repeat && key.size() + atom.size() <= 512; ++j) {
        key += atom;
      }
    }
    return key;
  }

  size_t Below(size_t bound) {
    return std::uniform_int_distribution<size_t>(0, bound - 1)(random_);
  }

 private:
  static constexpr std::array<std::string_view, 44> kAtoms = {"a",
                                                              "b",
                                                              "B",
                                                              "0",
                                                              "/",
                                                              "//",
                                                              ".",
                                                              "..",
                                                              "./",
                                                              "../",
                                                              ".reel",
                                                              ".reel/",
                                                              "%",
                                                              "%2F",
                                                              "%2E",
                                                              "%3A",
                                                              "%25",
                                                              "%more",
                                                              "%file",
                                                              "%more/",
                                                              "%file/",
                                                              ":",
                                                              "=",
                                                              ":w=1",
                                                              ":h=720",
                                                              ":w=1.mp4",
                                                              ".mp4",
                                                              ".mp4:w=1",
                                                              ":quality=high",
                                                              ":derivative=a",
                                                              ":time=1.5",
                                                              ".webm",
                                                              "video",
                                                              " ",
                                                              "\n",
                                                              "\x01",
                                                              "\x7f",
                                                              "\xc3\xbc",
                                                              "\xe2\x82\xac",
                                                              "\xf0\x9f\x8e\xac",
                                                              ",",
                                                              "\\",
                                                              "w",
                                                              std::string_view("\0", 1)};

  std::mt19937_64 random_;
};

std::vector<std::string> Components(const std::string& path) {
  std::vector<std::string> out;
  size_t start = 0;
  for (size_t slash = 0; (slash = path.find('/', start)) != std::string::npos; start = slash + 1) {
    out.push_back(path.substr(start, slash - start));
  }
  out.push_back(path.substr(start));
  return out;
}

bool IsLegalName(const std::string& name) {
  return !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
         std::none_of(name.begin(), name.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte < 0x20 || byte == 0x7f;
         });
}

TEST(PathMapTest, EveryKeyHasOneLegalPathAndBack) {
  const uint64_t seed = test::TestSeed();
  KeyMaker maker(seed);
  std::unordered_map<std::string, std::string> owners;
  const auto claim = [&](const std::string& path, const std::string& owner) {
    const auto [it, fresh] = owners.emplace(path, owner);
    ASSERT_TRUE(fresh || it->second == owner)
        << path << " belongs to " << it->second << " and to " << owner;
    for (const std::string& name : Components(path)) {
      ASSERT_TRUE(IsLegalName(name)) << name << " of " << owner;
    }
    ASSERT_NE(Components(path).front(), ".reel") << owner;
  };
  for (int i = 0; i < 60000; ++i) {
    const std::string tail = maker.Next();
    const std::string file = KeyToPath(tail, false);
    const std::string beside = KeyToPath(tail, true);
    const Directory directory = DirectoryOf(tail);
    claim(file, "file " + tail);
    claim(beside, "file beside " + tail);
    // A file may bear the name of its own directory; nothing else may.
    if (directory.path != file) {
      claim(directory.path, "directory " + tail);
    }
    ASSERT_EQ(PathToKey(file), (FilePath{tail, false})) << "path " << file;
    ASSERT_EQ(PathToKey(beside), (FilePath{tail, true})) << "path " << beside;
    ASSERT_EQ(PathToDirectory(directory.path), directory) << "path " << directory.path;
  }
}

TEST(PathMapTest, EveryFileIsReachedNameByName) {
  const uint64_t seed = test::TestSeed();
  KeyMaker maker(seed);
  for (int i = 0; i < 8000; ++i) {
    const std::string tail = maker.Next();
    const bool also_directory = maker.Below(2) == 0;
    const std::string path = KeyToPath(tail, also_directory);
    Directory at;
    for (const std::string& name : Components(path)) {
      ASSERT_TRUE(tail.starts_with(at.tail_prefix)) << tail << " at " << at.path;
      const std::string next = JoinPath(at.path, name);
      // What a listing of `at` would show for this tail: the key, or the part up to the next slash.
      const size_t slash = tail.find('/', at.tail_prefix.size());
      const auto child = slash == std::string::npos ? ChildOf(at, tail, also_directory)
                                                    : ChildDirectoryOf(at, tail.substr(0, slash));
      ASSERT_TRUE(child) << tail << " at " << at.path;
      ASSERT_EQ(child->name, name) << tail << " at " << at.path;
      if (next == path) {
        ASSERT_EQ(child->kind, Child::Kind::kFile);
        break;
      }
      ASSERT_NE(child->kind, Child::Kind::kFile);
      const auto directory = PathToDirectory(next);
      ASSERT_TRUE(directory) << next;
      at = *directory;
    }
  }
}

TEST(PathMapTest, AnyTextIsEitherCanonicalOrNothing) {
  const uint64_t seed = test::TestSeed();
  KeyMaker maker(seed);
  for (int i = 0; i < 100000; ++i) {
    const std::string path = maker.Next();
    if (const auto file = PathToKey(path)) {
      ASSERT_EQ(KeyToPath(file->tail, file->also_directory), path);
    }
    if (const auto directory = PathToDirectory(path); directory && !path.ends_with("%more")) {
      ASSERT_EQ(directory->path, path);
    }
  }
}

}  // namespace
}  // namespace reel::mount

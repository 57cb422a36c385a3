// What docs quote is the code that was compiled and run.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace {

std::string ReadFile(const std::string& name) {
  std::ifstream file(std::string(REEL_SOURCE_DIRECTORY) + "/" + name);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

// Every block of `language` in `document` stands in `example`; their number.
int Quotes(const std::string& document, const std::string& language,
           const std::string& example_file) {
  const std::string doc = ReadFile(document);
  const std::string example = ReadFile(example_file);
  const std::string fence = "```" + language + "\n";
  int quotes = 0;
  for (size_t at = doc.find(fence); at != doc.npos; at = doc.find(fence, at)) {
    at += fence.size();
    const std::string quote = doc.substr(at, doc.find("```", at) - at);
    EXPECT_NE(example.find(quote), example.npos) << quote;
    ++quotes;
  }
  return quotes;
}

TEST(Quotes, AreToTheLetter) {
  EXPECT_GE(Quotes("docs/faults.md", "cpp", "tests/examples/fault_example.cc"), 3);
  EXPECT_EQ(Quotes("docs/workers.md", "capnp", "tests/examples/worker/config.capnp"), 1);
}

}  // namespace

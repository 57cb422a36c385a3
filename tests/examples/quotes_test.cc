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

TEST(Quotes, TheFaultExampleIsQuotedToTheLetter) {
  const std::string doc = ReadFile("docs/faults.md");
  const std::string example = ReadFile("tests/examples/fault_example.cc");
  const std::string fence = "```cpp\n";
  int quotes = 0;
  for (size_t at = doc.find(fence); at != doc.npos; at = doc.find(fence, at)) {
    at += fence.size();
    const std::string quote = doc.substr(at, doc.find("```", at) - at);
    EXPECT_NE(example.find(quote), example.npos) << quote;
    ++quotes;
  }
  EXPECT_GE(quotes, 3);
}

}  // namespace

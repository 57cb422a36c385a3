#include "tests/tools/cli_fixture.h"

#include <algorithm>

#include "tests/support/bit_rot.h"
#include "tests/support/test_bytes.h"

namespace reel::test {

ProcessOptions CliTest::Command(const std::vector<std::string>& arguments) const {
  ProcessOptions options;
  options.arguments = {REEL_BINARY, "--store", store_};
  options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
  return options;
}

Outcome CliTest::Reel(const std::vector<std::string>& arguments) const {
  return Process(Command(arguments)).Wait();
}

std::string CliTest::Out(const std::vector<std::string>& arguments) const {
  const Outcome outcome = Reel(arguments);
  EXPECT_EQ(outcome.exit_status, 0) << ::testing::PrintToString(arguments);
  EXPECT_EQ(outcome.err, "");
  return outcome.out;
}

std::string CliTest::File(const std::string& name, const std::string& bytes) const {
  const std::string path = directory_ / name;
  WriteWholeFile(path, bytes);
  return path;
}

void CliTest::StoreSentinel() {
  sentinel_ = RandomBytes(100'000, 7);
  EXPECT_EQ(Out({"put", File("sentinel", sentinel_)}), "");
}

void CliTest::ExpectIntact() const {
  EXPECT_EQ(Out({"ls"}), "video:sentinel\n");
  ExpectSameBytes(Out({"get", "video:sentinel"}), sentinel_);
}

void CliTest::StoreDamaged(size_t size, const std::vector<size_t>& damage) {
  bytes_ = RandomBytes(size, 12);
  ASSERT_EQ(Out({"put", File("v", bytes_)}), "");
  for (const size_t at : damage) {
    ASSERT_TRUE(FlipABit(store_, std::string_view(bytes_).substr(at, 64))) << at;
  }
}

void ExpectRefused(const Outcome& outcome, int exit_status, std::string_view words) {
  EXPECT_EQ(outcome.exit_status, exit_status) << outcome.err;
  EXPECT_EQ(outcome.signal, 0);
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(outcome.err.starts_with("reel: ")) << outcome.err;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_TRUE(outcome.err.ends_with('\n')) << outcome.err;
  EXPECT_NE(outcome.err.find(words), std::string::npos)
      << outcome.err << "lacks \"" << words << "\"";
}

void ExpectSameBytes(const std::string& found, std::string_view expected) {
  ASSERT_EQ(found.size(), expected.size());
  const auto [at, unused] = std::mismatch(found.begin(), found.end(), expected.begin());
  EXPECT_TRUE(at == found.end()) << "they differ at byte " << at - found.begin();
}

}  // namespace reel::test

// A byte that rots in the store never leaves it.
#include <algorithm>
#include <filesystem>
#include <regex>

#include "tests/support/test_bytes.h"
#include "tests/tools/cli_fixture.h"

namespace reel::test {
namespace {

namespace fs = std::filesystem;

constexpr size_t kChunk = 5 * kMiB;

// Where the zeros may begin ahead of the damage: no block that is fetched is larger, and no page.
constexpr size_t kAheadMax = kMiB;

struct Told {
  size_t first = 0;
  size_t last = 0;
};

// What stderr tells of zeros in `key`.
std::vector<Told> ToldOf(const std::string& err, const std::string& key) {
  const std::regex line("reel: get " + key + ": bytes ([0-9]+) to ([0-9]+) are zeros: [^\n]+\n");
  std::vector<Told> told;
  for (std::sregex_iterator found(err.begin(), err.end(), line), end; found != end; ++found) {
    told.push_back({std::stoull((*found)[1]), std::stoull((*found)[2])});
  }
  return told;
}

std::string WithZeros(std::string bytes, const std::vector<Told>& told) {
  for (const Told& one : told) {
    bytes.replace(one.first, one.last + 1 - one.first, one.last + 1 - one.first, '\0');
  }
  return bytes;
}

class CliDamageTest : public CliTest {
 protected:
  // That zeros are told from shortly ahead of each damage to the end of its chunk, and nothing else
  // is.
  static void ExpectTold(const std::vector<Told>& told, const std::vector<size_t>& damage) {
    ASSERT_EQ(told.size(), damage.size());
    for (size_t i = 0; i < damage.size(); ++i) {
      EXPECT_LE(told[i].first, damage[i]);
      EXPECT_GT(told[i].first + kAheadMax, damage[i]);
      EXPECT_GE(told[i].first, damage[i] / kChunk * kChunk);
      EXPECT_EQ(told[i].last + 1, (damage[i] / kChunk + 1) * kChunk);
    }
  }

  void ExpectNothingBesides(const std::string& target) const {
    EXPECT_EQ(ReadWholeFile(target), "precious");
    for (const fs::directory_entry& entry : fs::directory_iterator(directory_.path())) {
      EXPECT_FALSE(entry.path().filename().string().starts_with(".reel")) << entry.path();
    }
  }
};

TEST_F(CliDamageTest, ADamagedPageEndsGetWithAnError) {
  const size_t rotten = 17 * kMiB + 4321;
  StoreDamaged(26 * kMiB, {rotten});

  const Outcome outcome = Reel({"get", "video:v"});
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_NE(outcome.err.find("reel: get video:v: "), std::string::npos) << outcome.err;
  ASSERT_LE(outcome.out.size(), rotten);
  ExpectSameBytes(outcome.out, std::string_view(bytes_).substr(0, outcome.out.size()));

  const std::string target = File("target", "precious");
  ExpectRefused(Reel({"get", "video:v", "-o", target}), 1, "video:v");
  EXPECT_EQ(ReadWholeFile(target), "precious");
  ExpectRefused(
      Reel({"get", "video:v", "--range", std::to_string(rotten) + "-" + std::to_string(rotten)}), 1,
      "video:v");

  // The same bytes as entries.
  const std::string chunk = "video:v_chunk_" + std::to_string(rotten / kChunk);
  ExpectRefused(Reel({"kv", "get", chunk, "-o", target}), 1, "reel: kv get " + chunk);
  ExpectRefused(Reel({"kv", "bulk", "dump", "-o", target}), 1, "reel: kv bulk dump: " + chunk);
  ExpectRefused(Reel({"kv", "bulk", "get", File("keys.json", "[\"" + chunk + "\"]"), "-o", target}),
                1, chunk);
  EXPECT_EQ(ReadWholeFile(target), "precious");

  // The rest of the video is as good as before, and so are the others.
  ExpectSameBytes(Out({"get", "video:v", "--range", "0-1048575"}),
                  std::string_view(bytes_).substr(0, kMiB));
  ASSERT_EQ(Out({"put", directory_ / "v", "--key", "video:w"}), "");
  ExpectSameBytes(Out({"get", "video:w"}), bytes_);
}

TEST_F(CliDamageTest, DegradeWritesZerosInThePlaceOfDamage) {
  const std::vector<size_t> damage = {6 * kMiB + 99, 17 * kMiB + 4321};
  StoreDamaged(26 * kMiB, damage);
  const auto expect_degraded = [&](const Outcome& outcome, const std::string& written) {
    EXPECT_EQ(outcome.exit_status, 1);
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 3) << outcome.err;
    EXPECT_NE(outcome.err.find("reel: get video:v: 2 chunks were filled"), std::string::npos)
        << outcome.err;
    const std::vector<Told> told = ToldOf(outcome.err, "video:v");
    ExpectTold(told, damage);
    ExpectSameBytes(written, WithZeros(bytes_, told));
  };
  const Outcome piped = Reel({"get", "video:v", "--degrade"});
  expect_degraded(piped, piped.out);

  const std::string target = File("target", "old");
  const Outcome kept = Reel({"get", "video:v", "--degrade", "-o", target});
  EXPECT_EQ(kept.out, "");
  expect_degraded(kept, ReadWholeFile(target));

  const Outcome fresh = Reel({"get", "--degrade", "-o", directory_ / "fresh", "video:v"});
  expect_degraded(fresh, ReadWholeFile(directory_ / "fresh"));
}

TEST_F(CliDamageTest, DegradeWithARange) {
  const size_t damage = 17 * kMiB + 4321;
  StoreDamaged(26 * kMiB, {damage});
  struct Case {
    size_t first;
    size_t last;
    // The last of the zeros; 0: none.
    size_t zeros_last;
  };
  const std::vector<Case> cases = {
      {0, damage - kAheadMax, 0},
      {damage + kAheadMax, 26 * kMiB - 1, 0},
      {20 * kMiB, 21 * kMiB, 0},
      {16 * kMiB + 1, 22 * kMiB, 20 * kMiB - 1},
      {damage - 5, damage + 5, damage + 5},
      {damage, damage, damage},
      {damage - 5, 20 * kMiB - 1, 20 * kMiB - 1},
      {damage + 1, 20 * kMiB + 10, 20 * kMiB - 1},
  };
  for (const Case& test : cases) {
    const std::string range = std::to_string(test.first) + "-" + std::to_string(test.last);
    SCOPED_TRACE(range);
    const Outcome outcome = Reel({"get", "video:v", "--degrade", "--range", range});
    EXPECT_EQ(outcome.exit_status, test.zeros_last == 0 ? 0 : 1) << outcome.err;
    const std::vector<Told> told = ToldOf(outcome.err, "video:v");
    if (test.zeros_last == 0) {
      EXPECT_EQ(outcome.err, "");
    } else {
      ASSERT_EQ(told.size(), 1U) << outcome.err;
      EXPECT_GE(told[0].first, test.first);
      EXPECT_LE(told[0].first, std::max(damage, test.first));
      EXPECT_GT(told[0].first + kAheadMax, damage);
      EXPECT_EQ(told[0].last, test.zeros_last);
      EXPECT_NE(outcome.err.find("reel: get video:v: 1 chunk was filled"), std::string::npos)
          << outcome.err;
    }
    ExpectSameBytes(outcome.out,
                    WithZeros(bytes_, told).substr(test.first, test.last + 1 - test.first));
  }
}

TEST_F(CliDamageTest, DegradeNeverFillsTheFirstAndTheLastChunk) {
  struct Case {
    size_t size;
    size_t damage;
  };
  const std::vector<Case> cases = {
      {26 * kMiB, 2 * kMiB + 7},
      {26 * kMiB, 25 * kMiB + 7},
      {3 * kMiB, 2 * kMiB + 7},  // one entry is both
  };
  const std::string target = File("target", "precious");
  for (const Case& test : cases) {
    SCOPED_TRACE(std::to_string(test.size) + ", at " + std::to_string(test.damage));
    StoreDamaged(test.size, {test.damage});
    ExpectRefused(Reel({"get", "video:v", "--degrade", "-o", target}), 1, "reel: get video:v: ");
    ExpectNothingBesides(target);
    ExpectRefused(Reel({"get", "video:v", "--degrade", "-o", directory_ / "fresh"}), 1, "video:v");
    EXPECT_FALSE(fs::exists(directory_ / "fresh"));

    const Outcome piped = Reel({"get", "video:v", "--degrade"});
    EXPECT_EQ(piped.exit_status, 1);
    EXPECT_EQ(std::count(piped.err.begin(), piped.err.end(), '\n'), 1) << piped.err;
    ASSERT_LE(piped.out.size(), test.damage);
    ExpectSameBytes(piped.out, std::string_view(bytes_).substr(0, piped.out.size()));

    ExpectSameBytes(Out({"get", "video:v", "--degrade", "--range", "0-99"}),
                    bytes_.substr(0, 99 + 1));
    ExpectRefused(Reel({"get", "video:v", "--degrade", "--range",
                        std::to_string(test.damage) + "-" + std::to_string(test.damage)}),
                  1, "video:v");
  }
}

// Whoever reads standard output has zeros by the time that it fails, and must know.
TEST_F(CliDamageTest, DegradeTellsOfZerosAheadOfAFailure) {
  const size_t filled = 6 * kMiB + 99;
  StoreDamaged(26 * kMiB, {filled, 25 * kMiB + 7});
  const Outcome piped = Reel({"get", "video:v", "--degrade"});
  EXPECT_EQ(piped.exit_status, 1);
  EXPECT_EQ(std::count(piped.err.begin(), piped.err.end(), '\n'), 2) << piped.err;
  const std::vector<Told> told = ToldOf(piped.err, "video:v");
  ExpectTold(told, {filled});
  ASSERT_GE(piped.out.size(), 24 * kMiB);
  ASSERT_LE(piped.out.size(), 25 * kMiB + 7);
  ExpectSameBytes(piped.out, WithZeros(bytes_, told).substr(0, piped.out.size()));

  // Where nobody sees any zeros, there is one line.
  const std::string target = File("target", "precious");
  ExpectRefused(Reel({"get", "video:v", "--degrade", "-o", target}), 1, "video:v");
  ExpectNothingBesides(target);
}

TEST_F(CliDamageTest, DegradeWithoutDamage) {
  StoreDamaged(26 * kMiB, {});
  ExpectSameBytes(Out({"get", "video:v", "--degrade"}), bytes_);
  EXPECT_EQ(Out({"get", "video:v", "--degrade", "-o", directory_ / "target"}), "");
  ExpectSameBytes(ReadWholeFile(directory_ / "target"), bytes_);
}

}  // namespace
}  // namespace reel::test

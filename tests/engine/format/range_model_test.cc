#include <gtest/gtest.h>
#include <reel/range_request.h>

#include <random>
#include <set>

#include "tests/support/test_bytes.h"

namespace reel {
namespace {

/// One element of a list, as the test chose it: what it is written as, and what that means, so that
/// the model needs no parser.
struct Element {
  enum class Kind { kClosed, kOpen, kSuffix, kEmpty, kOverflow, kNonsense } kind;
  uint64_t first = 0;
  uint64_t last = 0;
  std::string text;
};

struct Header {
  bool bytes = true;
  std::vector<Element> elements;
  std::string text;
};

class Grammar {
 public:
  explicit Grammar(uint64_t seed) : random_(seed) {}

  uint64_t Below(uint64_t bound) { return random_() % bound; }
  bool OneIn(uint64_t n) { return Below(n) == 0; }

  Header Make(uint64_t size) {
    Header header;
    header.bytes = !OneIn(20);
    header.text = Pick(header.bytes ? kBytes : kOthers) + "=";
    // Seldom around the bound, where most elements would otherwise be wrong.
    const bool crowd = OneIn(50);
    const uint64_t count = crowd ? 296 + Below(10) : 1 + Below(5);
    const bool sorted = crowd || !OneIn(4);
    uint64_t at = 0;
    for (uint64_t i = 0; i < count; ++i) {
      const Element element = MakeElement(size, sorted, at);
      header.text += (i == 0 ? "" : ",") + Pick(kSpaces) + element.text + Pick(kSpaces);
      header.elements.push_back(element);
    }
    return header;
  }

 private:
  using Texts = std::vector<std::string>;
  inline static const Texts kBytes = {"bytes", "Bytes", "BYTES"};
  inline static const Texts kOthers = {"items", "byte", "bytes ", "", "seconds"};
  inline static const Texts kSpaces = {"", "", "", "", " ", "\t", " \t "};
  inline static const Texts kTooLarge = {"18446744073709551616-", "0-99999999999999999999999",
                                         "-18446744073709551616", "99999999999999999999-5"};
  inline static const Texts kNonsense = {"-",    "x",    "1",    "1-2-3", "a-b",
                                         "1 -2", "+1-2", "0x1-", "*"};

  std::string Pick(const Texts& texts) { return texts[Below(texts.size())]; }

  std::string Digits(uint64_t number) {
    return (OneIn(10) ? std::string(1 + Below(25), '0') : "") + std::to_string(number);
  }

  Element MakeElement(uint64_t size, bool sorted, uint64_t& at) {
    using Kind = Element::Kind;
    Element element{.kind = Kind::kClosed};
    const uint64_t die = Below(sorted ? 800 : 60);
    if (die == 0) {
      element.kind = Kind::kOverflow;
      element.text = Pick(kTooLarge);
    } else if (die == 1) {
      element.kind = Kind::kNonsense;
      element.text = Pick(kNonsense);
    } else if (die < 8) {
      element.kind = Kind::kEmpty;
    } else if (die < 14) {
      element.kind = Kind::kOpen;
      element.first = Below(size + 3);
      element.text = Digits(element.first) + "-";
    } else if (die < 20) {
      element.kind = Kind::kSuffix;
      element.last = Below(size + 3);
      element.text = "-" + Digits(element.last);
    } else {
      element.first = sorted ? at + Below(2) : Below(size + 3);
      element.last = element.first + (OneIn(3) ? Below(5) : 0);
      if (OneIn(200) && element.first > 0) {
        element.last = Below(element.first);
      }
      at = element.last + 1;
      element.text = Digits(element.first) + "-" + Digits(element.last);
    }
    return element;
  }

  std::mt19937_64 random_;
};

/// What the header asks for, byte by byte.
Selection Expect(const Header& header, uint64_t size) {
  using Kind = Element::Kind;
  size_t written = 0;
  for (const auto& element : header.elements) {
    if (element.kind == Kind::kOverflow || element.kind == Kind::kNonsense) {
      return {};
    }
    written += element.kind != Kind::kEmpty;
  }
  if (!header.bytes || written == 0 || written > 300) {
    return {};
  }
  Selection selection{.answer = Answer::kPartial};
  std::set<uint64_t> seen;
  for (const auto& element : header.elements) {
    if (element.kind == Kind::kEmpty) {
      continue;
    }
    if (element.kind == Kind::kClosed && element.first > element.last) {
      return {.answer = Answer::kNotSatisfiable};
    }
    std::vector<uint64_t> bytes;
    for (uint64_t byte = 0; byte < size; ++byte) {
      const bool in = element.kind == Kind::kClosed ? byte >= element.first && byte <= element.last
                      : element.kind == Kind::kOpen ? byte >= element.first
                                                    : byte + element.last >= size;
      if (in) {
        bytes.push_back(byte);
      }
    }
    if (!bytes.empty() && !seen.empty() && bytes.front() <= *seen.rbegin()) {
      return {.answer = Answer::kNotSatisfiable};
    }
    if (!bytes.empty()) {
      seen.insert(bytes.begin(), bytes.end());
      selection.ranges.push_back({bytes.front(), bytes.size()});
    }
  }
  if (selection.ranges.empty()) {
    selection.answer = Answer::kNotSatisfiable;
  }
  return selection;
}

TEST(RangeRequestModel, RandomHeadersAgainstSetsOfBytes) {
  Grammar grammar(test::TestSeed());
  const uint64_t count = test::CampaignLength("REEL_RANGE_HEADERS", 30'000);
  std::set<std::pair<Answer, bool>> answers;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t size = grammar.OneIn(10) ? grammar.Below(2000) : grammar.Below(30);
    const Header header = grammar.Make(size);
    const Selection want = Expect(header, size);
    ASSERT_EQ(SelectRanges({.range = header.text}, {.size = size}), want)
        << header.text << " of " << size << ", wanted " << static_cast<int>(want.answer);
    answers.emplace(want.answer, want.ranges.size() > 1);
  }
  EXPECT_EQ(answers.size(), 4U) << "the grammar should reach 200, 206 (one part, several) and 416";
}

}  // namespace
}  // namespace reel

#include <gtest/gtest.h>
#include <reel/range_request.h>

namespace reel {
namespace {

constexpr int64_t kModified = 784'111'777;
constexpr const char* kModifiedText = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* kModifiedRfc850 = "Sunday, 06-Nov-94 08:49:37 GMT";
constexpr const char* kModifiedAsctime = "Sun Nov  6 08:49:37 1994";
constexpr const char* kEarlier = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr const char* kLater = "Sun, 06 Nov 1994 08:49:38 GMT";

using Ranges = std::vector<ByteRange>;

std::string Text(const Selection& selection) {
  std::string text = std::to_string(static_cast<int>(selection.answer));
  for (const auto& range : selection.ranges) {
    text += " " + std::to_string(range.offset) + "+" + std::to_string(range.length);
  }
  return text;
}

/// "1-1,3-3,5-5,...": `count` ranges that touch nothing.
std::string ManyRanges(size_t count) {
  std::string header = "bytes=";
  for (size_t i = 0; i < count; ++i) {
    header += (i == 0 ? "" : ",") + std::to_string(2 * i) + "-" + std::to_string(2 * i);
  }
  return header;
}

TEST(RangeRequest, RangeHeaders) {
  const struct {
    std::string header;
    uint64_t size;
    Answer answer;
    Ranges ranges;
  } cases[] = {
      // One range.
      {"bytes=0-4", 10, Answer::kPartial, {{0, 5}}},
      {"bytes=9-9", 10, Answer::kPartial, {{9, 1}}},
      {"bytes=0-9", 10, Answer::kPartial, {{0, 10}}},
      {"bytes=5-", 10, Answer::kPartial, {{5, 5}}},
      {"bytes=0-", 10, Answer::kPartial, {{0, 10}}},
      {"bytes=5-100", 10, Answer::kPartial, {{5, 5}}},
      {"bytes=5-18446744073709551615", 10, Answer::kPartial, {{5, 5}}},
      {"bytes=-3", 10, Answer::kPartial, {{7, 3}}},
      {"bytes=-10", 10, Answer::kPartial, {{0, 10}}},
      {"bytes=-11", 10, Answer::kPartial, {{0, 10}}},
      {"bytes=-18446744073709551615", 10, Answer::kPartial, {{0, 10}}},
      {"bytes=00000000000000000000000001-2", 10, Answer::kPartial, {{1, 2}}},
      {"bytes=1000000-2000000", 50'000'000, Answer::kPartial, {{1'000'000, 1'000'001}}},
      {"bytes=0-", UINT64_MAX, Answer::kPartial, {{0, UINT64_MAX}}},
      {"bytes=18446744073709551614-", UINT64_MAX, Answer::kPartial, {{UINT64_MAX - 1, 1}}},
      {"BYTES=0-4", 10, Answer::kPartial, {{0, 5}}},
      {"ByteS=0-4", 10, Answer::kPartial, {{0, 5}}},

      // No such bytes, inverted or empty.
      {"bytes=10-", 10, Answer::kNotSatisfiable, {}},
      {"bytes=10-12", 10, Answer::kNotSatisfiable, {}},
      {"bytes=18446744073709551615-", 10, Answer::kNotSatisfiable, {}},
      {"bytes=-0", 10, Answer::kNotSatisfiable, {}},
      {"bytes=5-4", 10, Answer::kNotSatisfiable, {}},
      {"bytes=12-11", 10, Answer::kNotSatisfiable, {}},
      {"bytes=0-", 0, Answer::kNotSatisfiable, {}},
      {"bytes=0-0", 0, Answer::kNotSatisfiable, {}},
      {"bytes=-1", 0, Answer::kNotSatisfiable, {}},
      {"bytes=-0", 0, Answer::kNotSatisfiable, {}},

      // Another unit, no list, or numbers that do not fit.
      {"items=0-4", 10, Answer::kWhole, {}},
      {"byte=0-4", 10, Answer::kWhole, {}},
      {"bytess=0-4", 10, Answer::kWhole, {}},
      {"none", 10, Answer::kWhole, {}},
      {"=0-4", 10, Answer::kWhole, {}},
      {"", 10, Answer::kWhole, {}},
      {"bytes", 10, Answer::kWhole, {}},
      {"bytes=", 10, Answer::kWhole, {}},
      {"bytes=,", 10, Answer::kWhole, {}},
      {"bytes= , ,", 10, Answer::kWhole, {}},
      {"bytes=-", 10, Answer::kWhole, {}},
      {"bytes=5", 10, Answer::kWhole, {}},
      {"bytes=a-b", 10, Answer::kWhole, {}},
      {"bytes=0x0-0x4", 10, Answer::kWhole, {}},
      {"bytes=+0-4", 10, Answer::kWhole, {}},
      {"bytes=0-4-5", 10, Answer::kWhole, {}},
      {"bytes=--4", 10, Answer::kWhole, {}},
      {"bytes=0 - 4", 10, Answer::kWhole, {}},
      {"bytes =0-4", 10, Answer::kWhole, {}},
      {" bytes=0-4", 10, Answer::kWhole, {}},
      {"bytes 0-4/10", 10, Answer::kWhole, {}},
      {"bytes=0-4;bytes=6-7", 10, Answer::kWhole, {}},
      {"bytes=0-1, bytes=2-3", 10, Answer::kWhole, {}},
      {"bytes=0-4,x", 10, Answer::kWhole, {}},
      {"bytes=5-4,x", 10, Answer::kWhole, {}},
      {"bytes=0-18446744073709551616", 10, Answer::kWhole, {}},
      {"bytes=18446744073709551616-", 10, Answer::kWhole, {}},
      {"bytes=-18446744073709551616", 10, Answer::kWhole, {}},
      {"bytes=0-4,99999999999999999999-", 10, Answer::kWhole, {}},
      {std::string("bytes=0-4\0", 10), 10, Answer::kWhole, {}},

      // Several ranges.
      {"bytes=0-1,4-5", 10, Answer::kPartial, {{0, 2}, {4, 2}}},
      {"bytes=0-1,2-3", 10, Answer::kPartial, {{0, 2}, {2, 2}}},
      {"bytes=0-1,-2", 10, Answer::kPartial, {{0, 2}, {8, 2}}},
      {"bytes=0-1,8-", 10, Answer::kPartial, {{0, 2}, {8, 2}}},
      {"bytes=0-0,-1", 2, Answer::kPartial, {{0, 1}, {1, 1}}},
      {"bytes=0-1 , 4-5", 10, Answer::kPartial, {{0, 2}, {4, 2}}},
      {"bytes=0-1\t,\t4-5", 10, Answer::kPartial, {{0, 2}, {4, 2}}},
      {"bytes= 0-1,4-5 ", 10, Answer::kPartial, {{0, 2}, {4, 2}}},
      {"bytes=,0-1,, ,4-5,", 10, Answer::kPartial, {{0, 2}, {4, 2}}},
      {"bytes=,0-1,", 10, Answer::kPartial, {{0, 2}}},
      {"bytes=0-4,4-5", 10, Answer::kNotSatisfiable, {}},
      {"bytes=0-4,0-4", 10, Answer::kNotSatisfiable, {}},
      {"bytes=4-5,0-1", 10, Answer::kNotSatisfiable, {}},
      {"bytes=0-,5-6", 10, Answer::kNotSatisfiable, {}},
      {"bytes=0-100,5-6", 10, Answer::kNotSatisfiable, {}},
      {"bytes=0-5,-5", 10, Answer::kNotSatisfiable, {}},
      {"bytes=0-4,-100", 10, Answer::kNotSatisfiable, {}},
      {"bytes=-2,-1", 10, Answer::kNotSatisfiable, {}},

      // Some have no bytes: they are left out, unless inverted.
      {"bytes=0-1,20-30", 10, Answer::kPartial, {{0, 2}}},
      {"bytes=20-30,0-1", 10, Answer::kPartial, {{0, 2}}},
      {"bytes=-0,0-1", 10, Answer::kPartial, {{0, 2}}},
      {"bytes=0-1,10-,4-5", 10, Answer::kPartial, {{0, 2}, {4, 2}}},
      {"bytes=20-30,10-", 10, Answer::kNotSatisfiable, {}},
      {"bytes=0-1,-2", 0, Answer::kNotSatisfiable, {}},
      {"bytes=0-1,5-4", 10, Answer::kNotSatisfiable, {}},
      {"bytes=5-4,0-1", 10, Answer::kNotSatisfiable, {}},
      {"bytes=0-1,30-20", 10, Answer::kNotSatisfiable, {}},

      // Too many are ignored, whatever else is wrong with them.
      {ManyRanges(301), 10'000, Answer::kWhole, {}},
      {ManyRanges(300) + ",5-4", 10'000, Answer::kWhole, {}},
      {ManyRanges(301), 1, Answer::kWhole, {}},
      {"bytes=1-0" + ManyRanges(301).replace(0, 6, ","), 10, Answer::kWhole, {}},
  };
  for (const auto& c : cases) {
    const auto got = SelectRanges({.range = c.header}, {.size = c.size});
    EXPECT_EQ(got, (Selection{c.answer, c.ranges}))
        << c.header << " of " << c.size << ": " << Text(got);
  }
}

TEST(RangeRequest, AsManyRangesAsAllowed) {
  const auto got = SelectRanges({.range = ManyRanges(kRequestRangesMax)}, {.size = 10'000});
  EXPECT_EQ(got.answer, Answer::kPartial);
  ASSERT_EQ(got.ranges.size(), 300U);
  EXPECT_EQ(got.ranges.back(), (ByteRange{598, 1}));
  const auto commas = ManyRanges(kRequestRangesMax) + std::string(1000, ',');
  EXPECT_EQ(SelectRanges({.range = commas}, {.size = 10'000}), got);
}

TEST(RangeRequest, NoRangeIsTheWholeVideo) {
  EXPECT_EQ(SelectRanges({}, {.size = 10}), Selection{});
  EXPECT_EQ(SelectRanges({}, {}), Selection{});
}

struct ConditionCase {
  const char* what;
  RequestConditions conditions;
  Answer answer;
};

const Representation kStrong = {.size = 10, .etag = "\"a\"", .last_modified = kModified};
const Representation kWeak = {.size = 10, .etag = "W/\"a\"", .last_modified = kModified};
const Representation kBare = {.size = 10};

void Check(const std::vector<ConditionCase>& cases, const Representation& video) {
  for (auto c : cases) {
    c.conditions.now = kModified + 1000;
    const auto got = SelectRanges(c.conditions, video);
    EXPECT_EQ(got.answer, c.answer) << c.what;
    EXPECT_EQ(got.ranges, c.answer == Answer::kPartial ? (Ranges{{0, 5}}) : Ranges{}) << c.what;
  }
}

TEST(RangeRequest, IfMatchAndIfUnmodifiedSince) {
  using enum Answer;
  const std::vector<ConditionCase> cases = {
      {"the tag", {.if_match = "\"a\""}, kWhole},
      {"the tag and a range", {.range = "bytes=0-4", .if_match = "\"a\""}, kPartial},
      {"any", {.if_match = "*"}, kWhole},
      {"among several", {.if_match = "\"b\", \"a\""}, kWhole},
      {"a comma within a tag", {.if_match = "\"b,\",\"a\""}, kWhole},
      {"empty elements", {.if_match = ", ,\"a\"\t,"}, kWhole},
      {"another", {.if_match = "\"b\""}, kPreconditionFailed},
      {"another case", {.if_match = "\"A\""}, kPreconditionFailed},
      {"another wins over a range",
       {.range = "bytes=0-4", .if_match = "\"b\""},
       kPreconditionFailed},
      {"another wins over a bad range",
       {.range = "bytes=90-", .if_match = "\"b\""},
       kPreconditionFailed},
      {"weak", {.if_match = "W/\"a\""}, kPreconditionFailed},
      {"no quotes", {.if_match = "a"}, kPreconditionFailed},
      {"an open quote", {.if_match = "\"a"}, kPreconditionFailed},
      {"nothing", {.if_match = ""}, kPreconditionFailed},
      {"any among others", {.if_match = "\"b\", *"}, kPreconditionFailed},
      {"no comma", {.if_match = "\"a\" \"a\""}, kPreconditionFailed},
      {"a broken list with the tag", {.if_match = "\"a\", b"}, kPreconditionFailed},
      {"for another method",
       {.method = RequestMethod::kOther, .if_match = "\"b\""},
       kPreconditionFailed},
      {"the same date", {.if_unmodified_since = kModifiedText}, kWhole},
      {"a later date", {.if_unmodified_since = kLater}, kWhole},
      {"an earlier date", {.if_unmodified_since = kEarlier}, kPreconditionFailed},
      {"an earlier date and a range",
       {.range = "bytes=0-4", .if_unmodified_since = kEarlier},
       kPreconditionFailed},
      {"no date", {.if_unmodified_since = "yesterday"}, kWhole},
      {"If-Match hides the date", {.if_match = "*", .if_unmodified_since = kEarlier}, kWhole},
      {"also where it fails",
       {.if_match = "\"b\"", .if_unmodified_since = kLater},
       kPreconditionFailed},
      {"If-Match before If-None-Match",
       {.if_match = "\"b\"", .if_none_match = "\"a\""},
       kPreconditionFailed},
      {"both", {.if_match = "\"a\"", .if_none_match = "\"a\""}, kNotModified},
  };
  Check(cases, kStrong);
  Check({{"a weak tag never matches strongly", {.if_match = "W/\"a\""}, kPreconditionFailed},
         {"nor a strong one", {.if_match = "\"a\""}, kPreconditionFailed},
         {"any", {.if_match = "*"}, kWhole}},
        kWeak);
  Check({{"no tag", {.if_match = "\"a\""}, kPreconditionFailed},
         {"any", {.if_match = "*"}, kWhole},
         {"no date", {.if_unmodified_since = kEarlier}, kWhole}},
        kBare);
}

TEST(RangeRequest, IfNoneMatchAndIfModifiedSince) {
  using enum Answer;
  const std::vector<ConditionCase> cases = {
      {"the tag", {.if_none_match = "\"a\""}, kNotModified},
      {"weak", {.if_none_match = "W/\"a\""}, kNotModified},
      {"a small w", {.if_none_match = "w/\"a\""}, kWhole},
      {"any", {.if_none_match = "*"}, kNotModified},
      {"among several", {.if_none_match = "\"b\" , W/\"a\",\"c\""}, kNotModified},
      {"another", {.if_none_match = "\"b\""}, kWhole},
      {"another and a range", {.range = "bytes=0-4", .if_none_match = "\"b\""}, kPartial},
      {"wins over a range", {.range = "bytes=0-4", .if_none_match = "\"a\""}, kNotModified},
      {"wins over a bad range", {.range = "bytes=90-", .if_none_match = "\"a\""}, kNotModified},
      {"wins over If-Range",
       {.range = "bytes=0-4", .if_range = "\"a\"", .if_none_match = "\"a\""},
       kNotModified},
      {"a broken list", {.if_none_match = "\"a\", b"}, kWhole},
      {"HEAD", {.method = RequestMethod::kHead, .if_none_match = "\"a\""}, kNotModified},
      {"another method",
       {.method = RequestMethod::kOther, .if_none_match = "\"a\""},
       kPreconditionFailed},
      {"the same date", {.if_modified_since = kModifiedText}, kNotModified},
      {"as RFC 850 has it", {.if_modified_since = kModifiedRfc850}, kNotModified},
      {"as asctime has it", {.if_modified_since = kModifiedAsctime}, kNotModified},
      {"a later date", {.if_modified_since = kLater}, kNotModified},
      {"an earlier date", {.if_modified_since = kEarlier}, kWhole},
      {"an earlier date and a range",
       {.range = "bytes=0-4", .if_modified_since = kEarlier},
       kPartial},
      {"the date wins over a range",
       {.range = "bytes=0-4", .if_modified_since = kModifiedText},
       kNotModified},
      {"and over a bad range",
       {.range = "bytes=90-", .if_modified_since = kModifiedText},
       kNotModified},
      {"HEAD and the date",
       {.method = RequestMethod::kHead, .if_modified_since = kModifiedText},
       kNotModified},
      {"another method and the date",
       {.method = RequestMethod::kOther, .if_modified_since = kModifiedText},
       kWhole},
      {"no date", {.if_modified_since = "yesterday"}, kWhole},
      {"two dates",
       {.if_modified_since = "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT"},
       kWhole},
      {"If-None-Match hides the date",
       {.if_none_match = "\"b\"", .if_modified_since = kModifiedText},
       kWhole},
      {"also where its list is broken",
       {.if_none_match = "b", .if_modified_since = kModifiedText},
       kWhole},
  };
  Check(cases, kStrong);
  Check({{"weak and strong", {.if_none_match = "\"a\""}, kNotModified},
         {"weak and weak", {.if_none_match = "W/\"a\""}, kNotModified}},
        kWeak);
  Check({{"no tag", {.if_none_match = "\"a\""}, kWhole},
         {"any", {.if_none_match = "*"}, kNotModified},
         {"no date", {.if_modified_since = kLater}, kWhole}},
        kBare);
}

TEST(RangeRequest, IfRange) {
  using enum Answer;
  const auto with = [](const char* if_range) {
    return RequestConditions{.range = "bytes=0-4", .if_range = if_range};
  };
  const std::vector<ConditionCase> cases = {
      {"the tag", with("\"a\""), kPartial},
      {"another", with("\"b\""), kWhole},
      {"weak", with("W/\"a\""), kWhole},
      {"any", with("*"), kWhole},
      {"two tags", with("\"a\", \"a\""), kWhole},
      {"no quotes", with("a"), kWhole},
      {"nothing", with(""), kWhole},
      {"the date", with(kModifiedText), kPartial},
      {"as RFC 850 has it", with(kModifiedRfc850), kPartial},
      {"as asctime has it", with(kModifiedAsctime), kPartial},
      {"an earlier date", with(kEarlier), kWhole},
      {"a later date", with(kLater), kWhole},
      {"no range", {.if_range = "\"a\""}, kWhole},
      {"a bad range", {.range = "bytes=90-", .if_range = "\"a\""}, kNotSatisfiable},
      {"a bad range of another", {.range = "bytes=90-", .if_range = "\"b\""}, kWhole},
  };
  Check(cases, kStrong);
  Check({{"weak and strong", with("\"a\""), kWhole},
         {"weak and weak", with("W/\"a\""), kWhole},
         {"the date", with(kModifiedText), kPartial}},
        kWeak);
  Check({{"no tag", with("\"a\""), kWhole}, {"no date", with(kModifiedText), kWhole}}, kBare);
}

TEST(RangeRequest, RangeIsForGetAlone) {
  for (const auto method : {RequestMethod::kHead, RequestMethod::kOther}) {
    for (const char* range : {"bytes=0-4", "bytes=90-"}) {
      EXPECT_EQ(SelectRanges({.method = method, .range = range}, kStrong), Selection{}) << range;
    }
  }
}

TEST(RangeRequest, TagBytes) {
  const struct {
    const char* etag;
    Answer answer;
  } cases[] = {
      {"\"\"", Answer::kNotModified},   {"\"!#~\"", Answer::kNotModified},
      {"\"\\\"", Answer::kNotModified}, {"\"\xc3\xa9\"", Answer::kNotModified},
      {"W/\"\"", Answer::kNotModified}, {"\"a b\"", Answer::kWhole},
      {"\"a\tb\"", Answer::kWhole},     {"\"a\x7f\"", Answer::kWhole},
      {"\"a\"b\"", Answer::kWhole},     {"W/ \"a\"", Answer::kWhole},
      {"W\"a\"", Answer::kWhole},       {"W/", Answer::kWhole},
      {"\"", Answer::kWhole},
  };
  for (const auto& c : cases) {
    const Representation video{.size = 1, .etag = c.etag};
    EXPECT_EQ(SelectRanges({.if_none_match = c.etag}, video).answer, c.answer) << c.etag;
  }
}

}  // namespace
}  // namespace reel

// Fuzzes SelectRanges and its kin. An input is text: a line "Name: value" for each header and for
// what the video is (Size, ETag, Modified) and the method; other lines say nothing.
#include <reel/http_date.h>
#include <reel/range_request.h>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/require.h"

namespace reel {
namespace {

struct Case {
  RequestConditions conditions;
  Representation video;
};

template <typename Number>
Number ToNumber(std::string_view text) {
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

void ReadLine(std::string_view name, std::string_view value, Case& c) {
  auto& conditions = c.conditions;
  const struct {
    std::string_view name;
    std::optional<std::string_view>* value;
  } headers[] = {
      {"Range", &conditions.range},
      {"If-Range", &conditions.if_range},
      {"If-Match", &conditions.if_match},
      {"If-None-Match", &conditions.if_none_match},
      {"If-Modified-Since", &conditions.if_modified_since},
      {"If-Unmodified-Since", &conditions.if_unmodified_since},
  };
  for (const auto& header : headers) {
    if (name == header.name) {
      *header.value = value;
    }
  }
  if (name == "Size") {
    c.video.size = ToNumber<uint64_t>(value);
  } else if (name == "ETag") {
    c.video.etag = value;
  } else if (name == "Modified") {
    c.video.last_modified = ToNumber<int64_t>(value);
  } else if (name == "Now") {
    conditions.now = ToNumber<int64_t>(value);
  } else if (name == "Method") {
    conditions.method = value == "GET"    ? RequestMethod::kGet
                        : value == "HEAD" ? RequestMethod::kHead
                                          : RequestMethod::kOther;
  }
}

Case Read(std::string_view input) {
  Case c;
  while (!input.empty()) {
    const std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(line.size() + 1, input.size()));
    const size_t colon = line.find(": ");
    if (colon != std::string_view::npos) {
      ReadLine(line.substr(0, colon), line.substr(colon + 2), c);
    }
  }
  return c;
}

void CheckRanges(const Selection& selection, uint64_t size) {
  REEL_REQUIRE((selection.answer == Answer::kPartial) == !selection.ranges.empty());
  REEL_REQUIRE(selection.ranges.size() <= kRequestRangesMax);
  uint64_t end = 0;
  uint64_t sum = 0;
  for (const auto& range : selection.ranges) {
    REEL_REQUIRE(range.length > 0);
    REEL_REQUIRE(range.offset >= end);
    REEL_REQUIRE(range.offset < size && range.length <= size - range.offset);
    end = range.offset + range.length;
    sum += range.length;
    REEL_REQUIRE(sum <= size);
  }
}

/// Which answers each header can bring about at all.
void CheckReasons(const Selection& selection, const RequestConditions& conditions) {
  const bool may_fail = conditions.if_match || conditions.if_unmodified_since;
  const bool may_be_known = conditions.if_none_match || conditions.if_modified_since;
  switch (selection.answer) {
    case Answer::kWhole:
      break;
    case Answer::kPartial:
    case Answer::kNotSatisfiable:
      REEL_REQUIRE(conditions.range && conditions.method == RequestMethod::kGet);
      break;
    case Answer::kNotModified:
      REEL_REQUIRE(may_be_known && conditions.method != RequestMethod::kOther);
      break;
    case Answer::kPreconditionFailed:
      REEL_REQUIRE(may_fail ||
                   (conditions.if_none_match && conditions.method == RequestMethod::kOther));
      break;
  }
}

/// What was selected, asked for plainly, is selected again; one range is what the command line
/// says.
void CheckRangesAgain(const Case& c, const Selection& selection) {
  if (!selection.ranges.empty()) {
    std::string plain = "bytes=";
    for (const auto& range : selection.ranges) {
      plain += std::to_string(range.offset) + "-" +
               std::to_string(range.offset + range.length - 1) + ",";
    }
    REEL_REQUIRE(SelectRanges({.range = plain}, {.size = c.video.size}) == selection);
  }
  const std::string_view range = c.conditions.range.value_or("");
  if (range.starts_with("bytes=") && range.find_first_of(", \t") == std::string_view::npos) {
    const auto resolved = ResolveByteRange(range.substr(6), c.video.size);
    const auto alone = SelectRanges({.range = range}, {.size = c.video.size});
    REEL_REQUIRE(alone.answer == (resolved.ok() ? Answer::kPartial
                                  : resolved.code() == Code::kInvalidArgument
                                      ? Answer::kWhole
                                      : Answer::kNotSatisfiable));
    REEL_REQUIRE(!resolved.ok() || alone.ranges == std::vector<ByteRange>{*resolved});
  }
}

/// Conditions only ever take parts away: without them the same ranges are selected.
void CheckWithoutConditions(const Case& c, const Selection& selection) {
  const Selection plain =
      SelectRanges({.method = c.conditions.method, .range = c.conditions.range}, c.video);
  if (selection.answer == Answer::kPartial || selection.answer == Answer::kNotSatisfiable) {
    REEL_REQUIRE(selection == plain);
  }
  if (!c.conditions.range) {
    REEL_REQUIRE(plain == Selection{});
  }
}

/// The video's own validators, sent back.
void CheckOwnValidators(const Case& c) {
  const auto& etag = c.video.etag;
  const Selection plain = SelectRanges({.range = c.conditions.range}, c.video);
  const auto if_range = SelectRanges({.range = c.conditions.range, .if_range = etag}, c.video);
  if (SelectRanges({.if_none_match = etag}, c.video).answer == Answer::kNotModified &&
      etag != "*") {
    const bool strong = etag.starts_with('"');
    REEL_REQUIRE(if_range == (strong ? plain : Selection{}));
    REEL_REQUIRE(SelectRanges({.if_match = etag}, c.video).answer ==
                 (strong ? Answer::kWhole : Answer::kPreconditionFailed));
  } else if (!ParseHttpDate(etag, 0)) {
    REEL_REQUIRE(if_range == Selection{});
  }
  if (c.video.last_modified) {
    const std::string date = FormatHttpDate(*c.video.last_modified);
    const auto again = ParseHttpDate(date, 0);
    REEL_REQUIRE(again && FormatHttpDate(*again) == date);
    if (again == c.video.last_modified) {
      REEL_REQUIRE(SelectRanges({.if_modified_since = date}, c.video).answer ==
                   Answer::kNotModified);
      REEL_REQUIRE(SelectRanges({.if_unmodified_since = date}, c.video) == Selection{});
      REEL_REQUIRE(SelectRanges({.range = c.conditions.range, .if_range = date}, c.video) == plain);
    }
  }
}

void CheckDate(const std::optional<std::string_view>& header, int64_t now) {
  const auto time = header ? ParseHttpDate(*header, now) : std::nullopt;
  if (!time) {
    return;
  }
  constexpr int64_t kEndOfYear9999 = 253'402'300'799;
  const std::string text = FormatHttpDate(*time);
  // A leap second may lie behind the last that can be written, and so may a century from `now`.
  REEL_REQUIRE(*time > kEndOfYear9999 || ParseHttpDate(text, now) == time);
  constexpr size_t kImfLength = 29;
  const bool leaps = header->find(":60 ") != std::string_view::npos;
  if (header->size() == kImfLength && (*header)[3] == ',' && !leaps) {
    // All but the name of the day, which is not looked at.
    REEL_REQUIRE(header->substr(3) == std::string_view(text).substr(3));
  }
}

void CheckTexts(const Selection& selection, uint64_t size) {
  const MultipartBody body{.boundary = "b0", .content_type = "video/mp4", .size = size};
  uint64_t length = body.End().size();
  for (const auto& range : selection.ranges) {
    const std::string text = ContentRange(range, size);
    const size_t dash = text.find('-');
    const size_t slash = text.find('/');
    REEL_REQUIRE(text.starts_with("bytes ") && dash < slash && slash < text.size());
    REEL_REQUIRE(ToNumber<uint64_t>(std::string_view(text).substr(6)) == range.offset);
    REEL_REQUIRE(ToNumber<uint64_t>(std::string_view(text).substr(dash + 1)) ==
                 range.offset + range.length - 1);
    REEL_REQUIRE(ToNumber<uint64_t>(std::string_view(text).substr(slash + 1)) == size);
    length += body.PartHeader(range).size() + range.length;
  }
  if (size <= uint64_t{1} << 63) {
    REEL_REQUIRE(body.ContentLength(selection.ranges) == length);
  }
}

}  // namespace
}  // namespace reel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace reel;
  const Case c = Read({reinterpret_cast<const char*>(data), size});
  const Selection selection = SelectRanges(c.conditions, c.video);
  CheckRanges(selection, c.video.size);
  CheckReasons(selection, c.conditions);
  CheckRangesAgain(c, selection);
  CheckWithoutConditions(c, selection);
  CheckOwnValidators(c);
  for (const auto* header : {&c.conditions.if_range, &c.conditions.if_modified_since,
                             &c.conditions.if_unmodified_since}) {
    CheckDate(*header, c.conditions.now);
  }
  CheckTexts(selection, c.video.size);
  return 0;
}

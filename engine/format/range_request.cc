#include <reel/http_date.h>
#include <reel/range_request.h>

#include <algorithm>

#include "format/entity_tag.h"
#include "format/range_spec.h"

namespace reel {
namespace {

std::string_view TrimSpace(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool IsBytesUnit(std::string_view unit) {
  return std::equal(
      unit.begin(), unit.end(), std::begin("bytes"), std::end("bytes") - 1,
      [](char c, char lower) { return (c >= 'A' && c <= 'Z' ? c + 32 : c) == lower; });
}

/// The ranges of a Range header; nothing when it is to be ignored.
std::optional<std::vector<RangeSpec>> ParseRangeHeader(std::string_view header) {
  const size_t equals = header.find('=');
  if (equals == std::string_view::npos || !IsBytesUnit(header.substr(0, equals))) {
    return std::nullopt;
  }
  std::vector<RangeSpec> specs;
  for (size_t at = equals + 1; at <= header.size();) {
    const size_t comma = std::min(header.find(',', at), header.size());
    const std::string_view element = TrimSpace(header.substr(at, comma - at));
    at = comma + 1;
    if (element.empty()) {
      continue;
    }
    const auto spec = ParseRangeSpec(element);
    if (!spec || specs.size() == kRequestRangesMax) {
      return std::nullopt;
    }
    specs.push_back(*spec);
  }
  return specs.empty() ? std::nullopt : std::optional(std::move(specs));
}

Selection SelectFrom(const std::vector<RangeSpec>& specs, uint64_t size) {
  Selection selection{.answer = Answer::kPartial};
  uint64_t end = 0;
  for (const RangeSpec& spec : specs) {
    const auto range = Resolve(spec, size);
    // `end` never lies before what was selected, so an inequality finds overlaps and descents.
    if (spec.inverted() || (range && range->offset < end)) {
      return {.answer = Answer::kNotSatisfiable};
    }
    if (range) {
      selection.ranges.push_back(*range);
      end = range->offset + range->length;
    }
  }
  if (selection.ranges.empty()) {
    selection.answer = Answer::kNotSatisfiable;
  }
  return selection;
}

/// What the conditions compare with, read once.
class Validators {
 public:
  Validators(const RequestConditions& conditions, const Representation& video)
      : now_(conditions.now),
        tag_(ParseEntityTag(video.etag)),
        last_modified_(video.last_modified) {}

  /// Whether a tag in `header`, or its `*`, is the video's.
  [[nodiscard]] bool ListedIn(std::string_view header,
                              bool (*matches)(const EntityTag&, const EntityTag&)) const {
    const auto list = ParseEntityTagList(header);
    return list &&
           (list->any ||
            (tag_ && std::any_of(list->tags.begin(), list->tags.end(),
                                 [&](const EntityTag& listed) { return matches(listed, *tag_); })));
  }

  /// Nothing where the header has to be ignored.
  [[nodiscard]] std::optional<bool> ModifiedSince(std::string_view header) const {
    const auto date = ParseHttpDate(header, now_);
    return date && last_modified_ ? std::optional(*last_modified_ > *date) : std::nullopt;
  }

  [[nodiscard]] bool IfRangeHolds(std::string_view header) const {
    if (const auto given = ParseEntityTag(header)) {
      return tag_ && MatchesStrongly(*given, *tag_);
    }
    const auto date = ParseHttpDate(header, now_);
    return date && date == last_modified_;
  }

 private:
  int64_t now_;
  std::optional<EntityTag> tag_;
  std::optional<int64_t> last_modified_;
};

/// The answer that the preconditions give, whatever Range says; nothing when they all hold.
std::optional<Answer> CheckPreconditions(const RequestConditions& conditions,
                                         const Validators& validators) {
  if (conditions.if_match) {
    if (!validators.ListedIn(*conditions.if_match, MatchesStrongly)) {
      return Answer::kPreconditionFailed;
    }
  } else if (conditions.if_unmodified_since) {
    if (validators.ModifiedSince(*conditions.if_unmodified_since).value_or(false)) {
      return Answer::kPreconditionFailed;
    }
  }
  const bool reads = conditions.method != RequestMethod::kOther;
  if (conditions.if_none_match) {
    if (validators.ListedIn(*conditions.if_none_match, MatchesWeakly)) {
      return reads ? Answer::kNotModified : Answer::kPreconditionFailed;
    }
  } else if (conditions.if_modified_since && reads) {
    if (!validators.ModifiedSince(*conditions.if_modified_since).value_or(true)) {
      return Answer::kNotModified;
    }
  }
  return std::nullopt;
}

std::string Delimiter(std::string_view boundary) {
  return "\r\n--" + std::string(boundary);
}

}  // namespace

Selection SelectRanges(const RequestConditions& conditions, const Representation& video) {
  const Validators validators(conditions, video);
  if (const auto answer = CheckPreconditions(conditions, validators)) {
    return {.answer = *answer};
  }
  if (conditions.method != RequestMethod::kGet || !conditions.range ||
      (conditions.if_range && !validators.IfRangeHolds(*conditions.if_range))) {
    return {};
  }
  const auto specs = ParseRangeHeader(*conditions.range);
  return specs ? SelectFrom(*specs, video.size) : Selection{};
}

std::string ContentRange(const ByteRange& range, uint64_t size) {
  return "bytes " + std::to_string(range.offset) + "-" +
         std::to_string(range.offset + range.length - 1) + "/" + std::to_string(size);
}

std::string UnsatisfiedContentRange(uint64_t size) {
  return "bytes */" + std::to_string(size);
}

std::string MultipartBody::ContentType() const {
  return "multipart/byteranges; boundary=" + boundary;
}

std::string MultipartBody::PartHeader(const ByteRange& range) const {
  std::string header = Delimiter(boundary) + "\r\n";
  if (!content_type.empty()) {
    header += "Content-Type: " + content_type + "\r\n";
  }
  return header + "Content-Range: " + ContentRange(range, size) + "\r\n\r\n";
}

std::string MultipartBody::End() const {
  return Delimiter(boundary) + "--\r\n";
}

uint64_t MultipartBody::ContentLength(std::span<const ByteRange> ranges) const {
  uint64_t length = End().size();
  for (const ByteRange& range : ranges) {
    length += PartHeader(range).size() + range.length;
  }
  return length;
}

}  // namespace reel

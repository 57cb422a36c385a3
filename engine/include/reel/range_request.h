// What a request for a video, or for parts of it, is answered with: HTTP's conditions and ranges
// (RFC 9110, sections 13 and 14) as pure functions, for every surface alike.
#pragma once

#include <reel/byte_range.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

/// More ranges than this in one request are answered with the whole video.
inline constexpr size_t kRequestRangesMax = 300;

/// The video as it is now. Times are seconds since the Unix epoch.
struct Representation {
  uint64_t size = 0;
  /// With its quotes: `"x"`, or `W/"x"` when equal tags do not promise equal bytes. Empty: none.
  std::string etag;
  /// If-Range takes the same second for the same bytes, as only the caller can know: leave it out
  /// where a video may have changed twice within that second.
  std::optional<int64_t> last_modified;
};

enum class RequestMethod { kGet, kHead, kOther };

/// Header values without the white space around them; those of a header that came more than once
/// joined with ", ". Nothing: no such header.
struct RequestConditions {
  RequestMethod method = RequestMethod::kGet;
  int64_t now = 0;  // the server's clock: which century a date with two digits means
  std::optional<std::string_view> range;
  std::optional<std::string_view> if_range;
  std::optional<std::string_view> if_match;
  std::optional<std::string_view> if_none_match;
  std::optional<std::string_view> if_modified_since;
  std::optional<std::string_view> if_unmodified_since;
};

/// The values are HTTP's status codes.
enum class Answer : uint16_t {
  kWhole = 200,
  kPartial = 206,
  kNotModified = 304,
  kPreconditionFailed = 412,
  kNotSatisfiable = 416,
};

struct Selection {
  Answer answer = Answer::kWhole;
  /// For kPartial: the parts, ascending and disjoint, within the video, none empty. One is sent
  /// with ContentRange, several (at most kRequestRangesMax) as multipart/byteranges. Else none.
  std::vector<ByteRange> ranges;

  friend bool operator==(const Selection&, const Selection&) = default;
};

/// Decides as RFC 9110, section 13.2.2, orders it: If-Match, else If-Unmodified-Since;
/// If-None-Match, else If-Modified-Since; then, for GET alone, Range if If-Range lets it.
///
/// Conditions. A list of tags that does not parse matches nothing: If-Match fails, If-None-Match
/// holds. A date that does not parse, or a video without last_modified, makes its header as if it
/// were absent; in If-Range it makes Range absent. If-Range holds for an equal strong tag, or for
/// a date equal to last_modified.
///
/// Ranges. Range is ignored, so the whole video is the answer, when the unit is not `bytes` (in any
/// case), the list does not parse, a number does not fit 64 bits, or there are more than
/// kRequestRangesMax ranges; whatever else is wrong with them. White space is allowed around
/// commas and at both ends of the list, empty elements are skipped.
/// Otherwise, of several ranges, those with no byte in the video are left out; kNotSatisfiable if
/// none is left, if a range is inverted (wherever it stands), or if those left overlap or descend.
/// Ranges that only touch are disjoint, and stay apart.
Selection SelectRanges(const RequestConditions& conditions, const Representation& video);

/// `bytes 0-4/10`. REQUIRES: range is not empty and lies within size.
std::string ContentRange(const ByteRange& range, uint64_t size);

/// `bytes */10`, which goes with kNotSatisfiable.
std::string UnsatisfiedContentRange(uint64_t size);

/// A body of the type multipart/byteranges (RFC 9110, section 14.6): for each range PartHeader and
/// its bytes, then End.
struct MultipartBody {
  /// REQUIRES: 1 to 70 letters and digits, which do not occur in the video after a line's end and
  /// "--"; make it random.
  std::string boundary;
  /// The video's own media type; empty: unknown, and not sent.
  std::string content_type;
  uint64_t size = 0;  // of the whole video

  /// The value of the response's Content-Type.
  [[nodiscard]] std::string ContentType() const;

  /// REQUIRES: range is not empty and lies within size.
  [[nodiscard]] std::string PartHeader(const ByteRange& range) const;

  [[nodiscard]] std::string End() const;

  /// The body's bytes. REQUIRES: ranges as in a Selection; size is at most 2^63.
  [[nodiscard]] uint64_t ContentLength(std::span<const ByteRange> ranges) const;
};

}  // namespace reel

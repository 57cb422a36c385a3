// Bodies of the type multipart/form-data (RFC 7578) that come in pieces.
#pragma once

#include <reel/status.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reel::http {

/// Takes what a body holds, part by part. An error ends the reading.
class PartSink {
 public:
  virtual ~PartSink() = default;

  /// A part begins: `name` is that of its field.
  virtual Status Begin(std::string_view name) = 0;

  /// The next bytes of the part, until the call returns.
  virtual Status Append(std::string_view bytes) = 0;

  /// The part is whole.
  virtual Status End() = 0;
};

/// The boundary that a Content-Type of multipart/form-data names; nothing where it is another type,
/// or names none of 1 to 70 characters that may stand in one.
std::optional<std::string> MultipartBoundary(std::string_view content_type);

/// Finds the parts of a body, however it is cut. It holds some hundred bytes, or the header of a
/// part. Not thread-safe.
class MultipartReader {
 public:
  /// `sink` outlives this.
  MultipartReader(std::string_view boundary, PartSink* sink);

  /// Takes the next bytes of the body. kInvalidArgument: it is malformed, or a part has no name;
  /// kTooLarge: more than 16 parts, or a header of more than 8 KiB; else what the sink says. After
  /// an error it is repeated.
  Status Append(std::string_view bytes);

  /// The body ends here; kInvalidArgument unless its last part is whole.
  Status Finish();

 private:
  enum class State : uint8_t { kPreamble, kBehindBoundary, kHeader, kPart, kEpilogue };

  // Each consumes what it can of buffer_ from at_ on; false: it needs more.
  Result<bool> Step();
  Result<bool> SkipPreamble();
  Result<bool> ReadBoundaryEnd();
  Result<bool> ReadHeader();
  Result<bool> ReadPart();

  /// CRLF, two hyphens and the boundary.
  std::string delimiter_;
  PartSink* sink_;
  State state_ = State::kPreamble;
  Status status_;
  std::string buffer_;
  size_t at_ = 0;
  /// Of a part only the end of the line ahead of it was seen.
  bool part_begins_ = false;
  uint32_t parts_ = 0;
};

}  // namespace reel::http

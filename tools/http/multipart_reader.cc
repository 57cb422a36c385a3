#include "tools/http/multipart_reader.h"

#include <algorithm>
#include <utility>

#include "tools/http/message.h"

namespace reel::http {
namespace {

constexpr uint32_t kPartsMax = 16;
constexpr size_t kHeaderBytesMax = 8U << 10;
constexpr size_t kBoundaryBytesMax = 70;
// White space may stand between a boundary and the end of its line.
constexpr size_t kPaddingBytesMax = 64;
constexpr std::string_view kLineEnd = "\r\n";

Status Malformed(std::string what) {
  return {Code::kInvalidArgument,
          "the multipart body " + std::move(what) + " (send it as multipart/form-data)"};
}

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  return begin == std::string_view::npos
             ? std::string_view()
             : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Takes a value, quoted or not, off the front of `text`; nothing where a quote does not end.
std::optional<std::string> TakeValue(std::string_view* text) {
  std::string value;
  if (!text->starts_with('"')) {
    const size_t end = std::min(text->find(';'), text->size());
    value = Trim(text->substr(0, end));
    text->remove_prefix(end);
    return value;
  }
  for (size_t at = 1; at < text->size(); ++at) {
    const char c = (*text)[at];
    if (c == '"') {
      text->remove_prefix(at + 1);
      return value;
    }
    const bool escapes =
        c == '\\' && at + 1 < text->size() && ((*text)[at + 1] == '"' || (*text)[at + 1] == '\\');
    value += escapes ? (*text)[++at] : c;
  }
  return std::nullopt;
}

// The parameter of a field such as `form-data; name="value"`; nothing where it is missing, or the
// field is malformed.
std::optional<std::string> FindParameter(std::string_view field, std::string_view name) {
  size_t mark = field.find(';');
  while (mark != std::string_view::npos) {
    field.remove_prefix(mark + 1);
    const size_t equals = field.find('=');
    if (equals == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string_view found = Trim(field.substr(0, equals));
    field.remove_prefix(equals + 1);
    field.remove_prefix(std::min(field.find_first_not_of(" \t"), field.size()));
    auto value = TakeValue(&field);
    if (!value || EqualsIgnoringCase(found, name)) {
      return value;
    }
    mark = field.find(';');
  }
  return std::nullopt;
}

// The name of the form's field that a part's header gives.
std::optional<std::string> PartName(std::string_view header) {
  while (!header.empty()) {
    const size_t end = std::min(header.find(kLineEnd), header.size());
    const std::string_view line = header.substr(0, end);
    header.remove_prefix(std::min(end + kLineEnd.size(), header.size()));
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos ||
        !EqualsIgnoringCase(Trim(line.substr(0, colon)), "Content-Disposition")) {
      continue;
    }
    const std::string_view field = Trim(line.substr(colon + 1));
    return EqualsIgnoringCase(Trim(field.substr(0, field.find(';'))), "form-data")
               ? FindParameter(field, "name")
               : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> MultipartBoundary(std::string_view content_type) {
  if (!EqualsIgnoringCase(Trim(content_type.substr(0, content_type.find(';'))),
                          "multipart/form-data")) {
    return std::nullopt;
  }
  auto boundary = FindParameter(content_type, "boundary");
  constexpr std::string_view kAllowed =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=? ";
  if (!boundary || boundary->empty() || boundary->size() > kBoundaryBytesMax ||
      boundary->ends_with(' ') || boundary->find_first_not_of(kAllowed) != std::string::npos) {
    return std::nullopt;
  }
  return boundary;
}

// The first delimiter may stand at the very beginning, without the end of a line before it.
MultipartReader::MultipartReader(std::string_view boundary, PartSink* sink)
    : delimiter_("\r\n--" + std::string(boundary)), sink_(sink), buffer_(kLineEnd) {}

Status MultipartReader::Append(std::string_view bytes) {
  REEL_RETURN_IF_ERROR(status_);
  // In slices, so that what is held back stays small however much comes at once.
  constexpr size_t kSliceBytes = 64U << 10;
  while (!bytes.empty()) {
    const std::string_view slice = bytes.substr(0, kSliceBytes);
    bytes.remove_prefix(slice.size());
    buffer_ += slice;
    while (true) {
      const auto stepped = Step();
      if (!stepped.ok()) {
        status_ = stepped.status();
        return status_;
      }
      if (!*stepped) {
        break;
      }
    }
    buffer_.erase(0, std::exchange(at_, 0));
  }
  return Status::Ok();
}

Status MultipartReader::Finish() {
  REEL_RETURN_IF_ERROR(status_);
  if (state_ != State::kEpilogue) {
    status_ = Malformed("is cut off");
  }
  return status_;
}

Result<bool> MultipartReader::Step() {
  switch (state_) {
    case State::kPreamble:
      return SkipPreamble();
    case State::kBehindBoundary:
      return ReadBoundaryEnd();
    case State::kHeader:
      return ReadHeader();
    case State::kPart:
      return ReadPart();
    case State::kEpilogue:
      at_ = buffer_.size();
      return false;
  }
  return false;
}

Result<bool> MultipartReader::SkipPreamble() {
  const size_t found = buffer_.find(delimiter_, at_);
  if (found == std::string::npos) {
    const size_t left = buffer_.size() - at_;
    at_ += left - std::min(left, delimiter_.size() - 1);
    return false;
  }
  at_ = found + delimiter_.size();
  state_ = State::kBehindBoundary;
  return true;
}

Result<bool> MultipartReader::ReadBoundaryEnd() {
  const std::string_view rest = std::string_view(buffer_).substr(at_);
  if (rest.size() < 2) {
    return false;
  }
  if (rest.starts_with("--")) {
    state_ = State::kEpilogue;
    return true;
  }
  const size_t end = rest.find_first_not_of(" \t");
  if (std::min(end, rest.size()) > kPaddingBytesMax) {
    return Malformed("has a boundary that does not end");
  }
  if (end == std::string_view::npos || rest.size() - end < kLineEnd.size()) {
    return false;
  }
  if (rest.substr(end, kLineEnd.size()) != kLineEnd) {
    return Malformed("has something behind a boundary");
  }
  if (++parts_ > kPartsMax) {
    return {Code::kTooLarge, "the multipart body has too many parts (send at most 16)"};
  }
  // The end of the line stays: a header of no lines ends with it.
  at_ += end;
  state_ = State::kHeader;
  return true;
}

Result<bool> MultipartReader::ReadHeader() {
  const std::string_view rest = std::string_view(buffer_).substr(at_);
  const size_t end = rest.find("\r\n\r\n");
  if (std::min(end, rest.size()) > kHeaderBytesMax) {
    return {Code::kTooLarge,
            "the multipart body has a part with a header of more than 8192 bytes "
            "(send less of it)"};
  }
  if (end == std::string_view::npos) {
    return false;
  }
  const auto name = PartName(rest.substr(kLineEnd.size(), end == 0 ? 0 : end - kLineEnd.size()));
  if (!name) {
    return Malformed("has a part without a name");
  }
  REEL_RETURN_IF_ERROR(sink_->Begin(*name));
  // The last end of a line stays: an empty part's delimiter begins with it.
  at_ += end + kLineEnd.size();
  state_ = State::kPart;
  part_begins_ = true;
  return true;
}

Result<bool> MultipartReader::ReadPart() {
  const size_t found = buffer_.find(delimiter_, at_);
  // What could be the beginning of a delimiter is held back.
  const size_t left = buffer_.size() - at_;
  const size_t end =
      found != std::string::npos ? found : at_ + left - std::min(left, delimiter_.size() - 1);
  if (end > at_) {
    const size_t skipped = part_begins_ ? kLineEnd.size() : 0;
    if (end - at_ < skipped) {
      return false;
    }
    const auto bytes = std::string_view(buffer_).substr(at_ + skipped, end - at_ - skipped);
    if (!bytes.empty()) {
      REEL_RETURN_IF_ERROR(sink_->Append(bytes));
    }
    part_begins_ = false;
    at_ = end;
  }
  if (found == std::string::npos) {
    return false;
  }
  REEL_RETURN_IF_ERROR(sink_->End());
  at_ = found + delimiter_.size();
  state_ = State::kBehindBoundary;
  return true;
}

}  // namespace reel::http

#include "format/element_scanner.h"

#include "format/json.h"

namespace reel {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

void ElementScanner::Append(std::string_view bytes) {
  const size_t consumed = state_ == State::kElement ? element_begin_ : at_;
  buffer_.erase(0, consumed);
  dropped_ += consumed;
  at_ -= consumed;
  element_begin_ = 0;
  buffer_ += bytes;
}

Result<std::optional<ElementScanner::Element>> ElementScanner::Next() {
  if (state_ != State::kElement) {
    const auto begun = ScanBetween();
    REEL_RETURN_IF_ERROR(begun.status());
    if (!*begun) {
      return std::optional<Element>();
    }
  }
  const bool complete = ScanElement();
  if (at_ - element_begin_ > element_bytes_max_) {
    return {Code::kTooLarge,
            "entry " + std::to_string(number_) + " at line " + std::to_string(element_line_) +
                ", column " + std::to_string(element_column_) + " has more than " +
                std::to_string(element_bytes_max_) +
                " bytes of JSON (is a quote missing? A value has at most 26214400)"};
  }
  if (!complete) {
    return std::optional<Element>();
  }
  state_ = State::kBehindElement;
  const auto text = std::string_view(buffer_).substr(element_begin_, at_ - element_begin_);
  return std::optional(Element{text, number_, element_line_, element_column_});
}

bool ElementScanner::ScanElement() {
  while (at_ < buffer_.size()) {
    const char c = buffer_[at_++];
    if (escaped_) {
      escaped_ = false;
    } else if (in_text_) {
      escaped_ = c == '\\';
      in_text_ = c != '"';
      if (!in_text_ && depth_ == 0) {
        return true;
      }
    } else if (c == '"') {
      in_text_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if (c == '}' || c == ']') {
      if (--depth_ == 0) {
        return true;
      }
    } else if (c == '\n') {
      EndLine();
    }
  }
  return false;
}

Result<bool> ElementScanner::ScanBetween() {
  for (; at_ < buffer_.size(); ++at_) {
    const char c = buffer_[at_];
    const bool in_mark = mark_bytes_ > 0 && mark_bytes_ < kByteOrderMark.size();
    if (IsSpace(c) && !in_mark) {
      if (c == '\n') {
        ++line_;
        line_begin_ = dropped_ + at_ + 1;
      }
      continue;
    }
    switch (state_) {
      case State::kBeforeArray:
        if (c == '[' && !in_mark) {
          state_ = State::kFirst;
        } else if (dropped_ + at_ == mark_bytes_ && mark_bytes_ < kByteOrderMark.size() &&
                   c == kByteOrderMark[mark_bytes_]) {
          ++mark_bytes_;
        } else {
          return Unexpected(c, "an array: [");
        }
        break;
      case State::kFirst:
      case State::kNext:
        if (c == ']' && state_ == State::kFirst) {
          state_ = State::kBehindArray;
        } else if (c == '{' || c == '"') {
          state_ = State::kElement;
          element_begin_ = at_;
          element_line_ = line_;
          element_column_ = dropped_ + at_ - line_begin_ + 1;
          depth_ = 0;
          ++number_;
          return true;
        } else {
          return Unexpected(c, "an entry: {, or \" where keys are listed");
        }
        break;
      case State::kElement:
        return true;
      case State::kBehindElement:
        if (c != ',' && c != ']') {
          return Unexpected(c, "a comma or ]");
        }
        state_ = c == ',' ? State::kNext : State::kBehindArray;
        break;
      case State::kBehindArray:
        return Unexpected(c, "nothing behind the array");
    }
  }
  return false;
}

Status ElementScanner::Finish() const {
  if (state_ == State::kBehindArray) {
    return Status::Ok();
  }
  const std::string where = state_ == State::kElement ? "inside entry " + std::to_string(number_)
                            : state_ == State::kBeforeArray
                                ? "before its array began"
                                : "before its array ended, behind entry " + std::to_string(number_);
  return {Code::kInvalidArgument, "the file ends " + where + " (is it complete? It ends with ])"};
}

Status ElementScanner::Unexpected(char found, std::string_view allowed) const {
  const std::string column = std::to_string(dropped_ + at_ - line_begin_ + 1);
  return {Code::kInvalidArgument, "line " + std::to_string(line_) + ", column " + column + ": " +
                                      QuoteJson(std::string_view(&found, 1)) +
                                      " is out of place (allowed: " + std::string(allowed) + ")"};
}

}  // namespace reel

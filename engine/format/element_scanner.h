// Cuts the text of a JSON array that comes in pieces into its elements.
#pragma once

#include <reel/status.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reel {

/// Finds where the objects and strings begin and end that make up an array, and refuses all that
/// stands between them but commas and white space. What is inside of an element is for a parser to
/// judge. Memory: the element that is not complete, and what was appended behind it.
/// Not thread-safe.
class ElementScanner {
 public:
  struct Element {
    /// Begins with { or ", and ends with the } or ] or " that fits by count.
    std::string_view text;
    /// Of the file, from 1: which element it is, and where it begins. Columns are bytes.
    uint64_t number = 0;
    uint64_t line = 1;
    uint64_t column = 1;
  };

  /// Elements of more bytes are refused.
  explicit ElementScanner(size_t element_bytes_max) : element_bytes_max_(element_bytes_max) {}

  void Append(std::string_view bytes);

  /// The next element, until the next call; nothing until more is appended. kInvalidArgument where
  /// the text is no such array, kTooLarge for too long an element; then the scanner is done for.
  Result<std::optional<Element>> Next();

  /// kInvalidArgument unless the array is complete. REQUIRES: Next gave nothing last.
  Status Finish() const;

 private:
  enum class State : uint8_t {
    kBeforeArray,
    kFirst,
    kElement,
    kBehindElement,
    kNext,
    kBehindArray
  };

  // Consume bytes of their state; whether it is left, with an element or for one.
  bool ScanElement();
  Result<bool> ScanBetween();

  [[nodiscard]] Status Unexpected(char found, std::string_view allowed) const;
  void EndLine() { ++line_, line_begin_ = dropped_ + at_; }

  size_t element_bytes_max_;
  State state_ = State::kBeforeArray;
  std::string buffer_;
  /// Bytes of the file ahead of the buffer.
  uint64_t dropped_ = 0;
  /// The next byte to look at.
  size_t at_ = 0;
  size_t mark_bytes_ = 0;

  // In an element.
  size_t element_begin_ = 0;
  uint64_t depth_ = 0;
  bool in_text_ = false;
  bool escaped_ = false;

  uint64_t number_ = 0;
  uint64_t line_ = 1;
  uint64_t line_begin_ = 0;
  uint64_t element_line_ = 1;
  uint64_t element_column_ = 1;
};

}  // namespace reel

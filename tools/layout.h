// How records for people are laid out: lines with names, columns, counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace reel::cli {

/// "name:        value" and a line end, control characters of the value escaped. REQUIRES: the name
/// has at most 12 bytes.
std::string NamedLine(std::string name, const std::string& value);

/// `text` with blanks before or behind it, up to `width`; longer text stays as it is.
std::string RightAligned(const std::string& text, size_t width);
std::string LeftAligned(const std::string& text, size_t width);

/// "512", "26214400 (25.0 MiB)".
std::string SizeText(uint64_t bytes);

/// "1 video", "2 videos".
std::string Counted(uint64_t count, const char* what);

}  // namespace reel::cli

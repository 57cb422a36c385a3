#include "tools/layout.h"

#include "tools/terminal_text.h"
#include "tools/units.h"

namespace reel::cli {
namespace {

constexpr size_t kNameWidth = 13;

}  // namespace

std::string NamedLine(std::string name, const std::string& value) {
  name += ":";
  name.resize(kNameWidth, ' ');
  return name + EscapeControls(value) + "\n";
}

std::string RightAligned(const std::string& text, size_t width) {
  return std::string(text.size() < width ? width - text.size() : 0, ' ') + text;
}

std::string LeftAligned(const std::string& text, size_t width) {
  return text + std::string(text.size() < width ? width - text.size() : 0, ' ');
}

std::string SizeText(uint64_t bytes) {
  const std::string number = std::to_string(bytes);
  return bytes < 1024 ? number : number + " (" + FormatSize(bytes) + ")";
}

std::string Counted(uint64_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace reel::cli

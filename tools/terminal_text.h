// Text from elsewhere, made safe to show on a terminal and to keep on one line.
#pragma once

#include <string>
#include <string_view>

namespace reel::cli {

/// `text` with every control character and every byte that is not UTF-8 written as an escape (\n,
/// \t, \r or \xHH). Other text, backslashes included, stays as it is.
std::string EscapeControls(std::string_view text);

/// Whether `text` is UTF-8 from end to end.
bool IsUtf8(std::string_view text);

}  // namespace reel::cli

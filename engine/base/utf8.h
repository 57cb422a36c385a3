// UTF-8, as RFC 3629 has it.
#pragma once

#include <string_view>

namespace reel {

/// False for truncated or overlong sequences, surrogates, and code points over U+10FFFF.
bool IsValidUtf8(std::string_view text);

}  // namespace reel

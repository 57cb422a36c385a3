// What a request is called in answers and logs.
#pragma once

#include <optional>
#include <string>

namespace reel::http {

/// `given` where it has 1 to 64 letters, digits and "._-"; else a new one of 16 hex digits, which
/// no other has in this process. Thread-safe.
std::string RequestIdFrom(const std::optional<std::string>& given);

}  // namespace reel::http

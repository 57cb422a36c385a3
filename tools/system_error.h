// What the operating system refuses, as a status that says what to do.
#pragma once

#include <reel/status.h>

#include <string_view>

namespace reel::cli {

/// "WHAT: why (what to do)" for an errno.
Status SystemError(std::string_view what, int error);

}  // namespace reel::cli

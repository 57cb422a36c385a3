// The one place that says how an engine error looks to a program reading a file.
#pragma once

#include <reel/status.h>

namespace reel::mount {

/// The errno for `code`; 0 for kOk.
int ErrnoOf(Code code);

}  // namespace reel::mount

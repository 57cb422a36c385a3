// Stored bytes on their way to a target.
#pragma once

#include <reel/byte_range.h>
#include <reel/status.h>
#include <reel/types.h>

#include <functional>

#include "tools/target.h"

namespace reel::cli {

/// Lends at most `length` bytes from `offset` on, at least one; `out` is empty.
using LendBytes = std::function<Status(uint64_t offset, uint64_t length, BorrowedBytes* out)>;

/// Writes the bytes of `range` to the target, shows progress, and finishes it. kAborted when
/// interrupted.
Status CopyTo(Target* target, ByteRange range, const LendBytes& lend);

}  // namespace reel::cli

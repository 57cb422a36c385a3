// What a base entry says of its video.
#pragma once

#include <reel/kv.h>
#include <reel/video.h>

namespace reel {

/// REQUIRES: `entry` is no chunk.
VideoInfo ToInfo(Entry entry);

}  // namespace reel

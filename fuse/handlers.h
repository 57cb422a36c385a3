// What the kernel asks, unpacked for the file system, and its answers packed.
#pragma once

#define FUSE_USE_VERSION 314
#include <fuse3/fuse_lowlevel.h>

namespace reel::mount {

/// The most that the kernel asks for at once: 256 pages of 4 KiB.
constexpr unsigned kReadBytesMax = 1 << 20;

/// For a session whose user data is a pointer to the Filesystem*, which is set before the first
/// request is answered.
fuse_lowlevel_ops Operations();

}  // namespace reel::mount

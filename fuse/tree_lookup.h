// What a path leads to in a tree of videos.
#pragma once

#include <reel/status.h>

#include <optional>
#include <string>

#include "fuse/inode_table.h"
#include "fuse/key_tree.h"
#include "fuse/made_directories.h"
#include "fuse/path_map.h"

namespace reel::mount {

/// Whether `tree` has a video in `directory`.
Result<bool> HasVideos(const KeyTree& tree, const Directory& directory);

/// Whether `directory` is there: the root, one of `made`, or one that a video is in.
Result<bool> Exists(const KeyTree& tree, const MadeDirectories& made, const Directory& directory);

/// The directory or the video at `path`, or nothing.
Result<std::optional<Inode>> FindPath(const KeyTree& tree, const MadeDirectories& made,
                                      const std::string& path);

}  // namespace reel::mount

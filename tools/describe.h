// What is known of a video, as people and scripts read it.
#pragma once

#include <reel/video.h>

#include <string>

namespace reel::cli {

/// The fields of `stat --json`, on one line without a line end.
std::string ToJson(const VideoInfo& video);

/// The fields of `put --json`.
std::string ToStoredJson(const VideoInfo& video);

/// Aligned `name: value` lines.
std::string ToLines(const VideoInfo& video);

/// A row of `ls --long` with its line end: size, chunks, expiry, created, key.
std::string ToLongRow(const VideoInfo& video);

}  // namespace reel::cli

// What is known of a video, as people and scripts read it.
#pragma once

#include <reel/config.h>
#include <reel/store.h>
#include <reel/video.h>

#include <span>
#include <string>

namespace reel::cli {

/// The fields of `stat --json`, on one line without a line end.
std::string ToJson(const VideoInfo& video);

/// The fields of `put --json`.
std::string ToStoredJson(const VideoInfo& video);

/// Aligned `name: value` lines.
std::string ToLines(const VideoInfo& video);

/// The same for what a store holds: the line of `stats --json`, and a paragraph for each namespace
/// and for the store.
std::string ToJsonLine(const StoreStats& stats);
std::string ToLines(const StoreStats& stats);

/// The fields of `purge --json`, and "1 video, 3.0 MiB".
std::string ToJson(const PurgeReport& purged);
std::string ToText(const PurgeReport& purged);

/// The lines of `config --json`, one a setting.
std::string ToJsonLines(std::span<const Setting> settings);

/// A line a setting, in columns: name, value, where it comes from.
std::string ToTable(std::span<const Setting> settings);

/// A row of `ls --long` with its line end: size, chunks, expiry, created, key.
std::string ToLongRow(const VideoInfo& video);

}  // namespace reel::cli

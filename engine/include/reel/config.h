// The settings in force, put together from defaults and JSON texts:
//
//   {"kvChunking": {"enabled": true, "sizeThreshold": 20971520, "chunkSize": 5242880,
//                   "timeoutMs": 10000, "maxChunks": 1000, "parallelFetches": 3,
//                   "logChunkOperations": true, "useEdgeCache": true, "edgeCacheTtl": 3600},
//    "ttlRefresh": {"enabled": true, "minElapsedPercent": 10, "minRemainingSeconds": 60},
//    "cacheTags": {"derived": true, "prefix": "video-"}}
//
// All of it is optional. Sizes are in bytes.
#pragma once

#include <reel/options.h>
#include <reel/status.h>

#include <string>
#include <string_view>
#include <vector>

namespace reel {

struct Config {
  ChunkingOptions chunking;
  FetchOptions fetch;
  TtlRefreshOptions ttl_refresh;
  TagOptions tags;
};

/// One setting in force, and who set it.
struct Setting {
  /// In full: "kvChunking.chunkSize".
  std::string name;
  /// As JSON.
  std::string value;
  /// "default", or the source that was given with the text.
  std::string source;

  friend bool operator==(const Setting&, const Setting&) = default;
};

/// {"name":…,"value":…,"source":…}, without a line end.
std::string EncodeSetting(const Setting& setting);

/// Starts with the defaults; each text applied overrides what it names. Not thread-safe.
class ConfigBuilder {
 public:
  ConfigBuilder();

  /// Applies all of one text, or nothing. `source` is who gave it, for messages and settings:
  /// "reel.json of the store", "--config FILE".
  ///
  /// kInvalidArgument names the source, the setting in full, its value as written and what is
  /// allowed, for a name that is unknown or stands twice in one object, a value of another type and
  /// a number out of bounds; for bad JSON the line and column. A number may be written in any way
  /// that is exactly an integer: 5242880, 5242880.0 and 5.24288e6 are the same.
  Status Apply(std::string_view text, std::string_view source);

  /// The settings in force. kInvalidArgument when settings contradict each other, which those of
  /// two sources may though each is sound: chunking is enabled, but `maxChunks` chunks of
  /// `chunkSize` do not make up a video of `sizeThreshold`, so that none could ever be chunked.
  [[nodiscard]] Result<Config> Build() const;

  /// Every setting, in the order of the text above, whether or not Build would refuse them.
  [[nodiscard]] std::vector<Setting> Settings() const;

 private:
  Config config_;
  /// Of each setting, in the same order.
  std::vector<std::string> sources_;
};

}  // namespace reel

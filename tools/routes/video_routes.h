// Videos over HTTP (RFC 9110): /videos/KEY, /videos and /purge.
#pragma once

#include <reel/clock.h>
#include <reel/video.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "tools/http/message.h"

namespace reel::routes {

struct VideoRoutesOptions {
  FaultPolicy policy = FaultPolicy::kStrict;
  /// Whether others may keep a video, and for how many seconds where it does not expire.
  bool cacheable = true;
  int64_t max_age_s = 3600;
  /// One more is refused with 503: each takes some MiB of memory, however slow its client is.
  size_t uploads_max = 32;
  /// A video, and what was purged, as JSON.
  std::function<std::string(const VideoInfo&)> describe;
  std::function<std::string(const PurgeReport&)> describe_purge;
};

/// Thread-safe.
class VideoRoutes {
 public:
  /// `videos` and `clock` outlive it, and all answers.
  VideoRoutes(VideoLibrary* videos, VideoRoutesOptions options, const Clock& clock);

  /// Whether `path`, still encoded, is one of these.
  static bool Serves(std::string_view path);

  /// REQUIRES: Serves(request.path()).
  ///
  /// - GET, HEAD /videos/KEY: the video or ranges of it. The key is the rest of the path, decoded
  ///   once, slashes included. With FaultPolicy::kDegrade, kFilledField tells of bytes that could
  ///   not be had: in the header as far as they are among the first that are sent, and, if the
  ///   client has sent `TE: trailers`, in a trailer.
  /// - PUT /videos/KEY[?ttl=SECONDS][&tag=T]…: stores the body, whatever its length, under the
  ///   request's Content-Type, else that of the key's extension. 201, or 200 where it replaced one.
  ///   If-Match and If-None-Match hold for the moment when the request arrives.
  /// - DELETE /videos/KEY: 204.
  /// - GET /videos[?prefix=P][&tag=T][&limit=N][&after=KEY]: a page of
  ///   {"videos":[…],"next":KEY or null}.
  /// - POST /purge?tag=T or ?prefix=P: what was purged.
  http::Answer Handle(const http::Request& request);

 private:
  http::Answer HandleVideo(const http::Request& request, const std::string& key);
  http::Response Get(const http::Request& request, const std::string& key) const;
  http::Answer Put(const http::Request& request, const std::string& key);
  http::Response Delete(const std::string& key);
  http::Response List(const http::Request& request) const;
  http::Response Purge(const http::Request& request);
  [[nodiscard]] std::string CacheControl(const VideoInfo& video) const;

  VideoLibrary* videos_;
  VideoRoutesOptions options_;
  const Clock& clock_;
  std::atomic<size_t> uploads_ = 0;
};

}  // namespace reel::routes

// Which part of the server answers a request, and whether it may.
#pragma once

#include <reel/status.h>

#include <functional>
#include <set>
#include <string>

#include "tools/http/message.h"
#include "tools/routes/rest_routes.h"
#include "tools/routes/video_routes.h"
#include "tools/routes/workerd_routes.h"

namespace reel::routes {

struct SiteOptions {
  /// What `Authorization: Bearer` has to name, but for /healthz; empty: nothing.
  std::string token;
  /// These outlive the site. The REST API asks for the token itself, in its own words.
  VideoRoutes* videos = nullptr;
  RestRoutes* rest = nullptr;
  WorkerdRoutes* workerd = nullptr;
  /// On which of the server's addresses all requests are workerd's; elsewhere those are that name a
  /// namespace in X-KV-Namespace.
  std::set<size_t> workerd_listeners;
  /// The text of /metrics.
  std::function<std::string()> metrics;
  /// What is wrong, for /healthz.
  std::function<Status()> health;
};

/// Thread-safe.
class Site {
 public:
  explicit Site(SiteOptions options) : options_(std::move(options)) {}

  http::Answer Handle(const http::Request& request) const;

 private:
  [[nodiscard]] bool MayAsk(const http::Request& request) const;
  [[nodiscard]] bool IsFromWorkerd(const http::Request& request) const;

  SiteOptions options_;
};

}  // namespace reel::routes

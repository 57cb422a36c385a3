#include "tools/routes/site.h"

#include <optional>
#include <string_view>

#include "tools/routes/secret.h"

namespace reel::routes {
namespace {

http::Response Unauthorized() {
  http::Response response =
      http::TextResponse(401, "a token is needed (send Authorization: Bearer TOKEN)");
  response.headers.Add("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace

bool Site::MayAsk(const http::Request& request) const {
  if (options_.token.empty()) {
    return true;
  }
  constexpr std::string_view kScheme = "bearer ";
  const std::string given = request.headers.Find("Authorization").value_or("");
  return given.size() > kScheme.size() &&
         http::EqualsIgnoringCase(std::string_view(given).substr(0, kScheme.size()), kScheme) &&
         IsSecret(std::string_view(given).substr(kScheme.size()), options_.token);
}

bool Site::IsFromWorkerd(const http::Request& request) const {
  return options_.workerd_listeners.contains(request.listener) ||
         request.headers.Find("X-KV-Namespace").has_value() ||
         request.headers.Find("CF-KV-FLPROD-405").has_value();
}

http::Answer Site::Handle(const http::Request& request) const {
  const std::string_view path = request.path();
  // First: its keys may be any path.
  if (IsFromWorkerd(request)) {
    return MayAsk(request) ? options_.workerd->Handle(request) : Unauthorized();
  }
  constexpr std::string_view kRest = "/client/v4";
  if (path.starts_with(kRest)) {
    return options_.rest->Handle(request);
  }
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (path == "/healthz" && reads) {
    const Status health = options_.health();
    return health.ok() ? http::TextResponse(200, "ok") : http::TextResponse(503, health.message());
  }
  if (!MayAsk(request)) {
    return Unauthorized();
  }
  if (path == "/metrics" && reads) {
    http::Response response;
    response.headers.Add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = options_.metrics();
    return response;
  }
  if (VideoRoutes::Serves(path)) {
    return options_.videos->Handle(request);
  }
  return http::TextResponse(404, "nothing is served here (videos are at /videos/KEY)");
}

}  // namespace reel::routes

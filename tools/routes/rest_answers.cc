#include "tools/routes/rest_answers.h"

#include <reel/json.h>

namespace reel::routes {
namespace {

constexpr int kKeyNotFound = 10009;
constexpr int kNamespaceNotFound = 10013;
constexpr int kTitleTaken = 10014;
constexpr int kNoMethod = 7001;
constexpr int kNoRoute = 7003;

}  // namespace

http::Response RestResult(std::string_view result, std::string_view result_info) {
  JsonObject envelope;
  envelope.AddRaw("result", result)
      .Add("success", true)
      .AddRaw("errors", "[]")
      .AddRaw("messages", "[]");
  if (!result_info.empty()) {
    envelope.AddRaw("result_info", result_info);
  }
  return http::JsonResponse(200, envelope.ToString());
}

http::Response RestError(int http_status, int code, std::string_view message,
                         std::string_view result) {
  const std::string error =
      JsonObject().Add("code", static_cast<uint64_t>(code)).Add("message", message).ToString();
  return http::JsonResponse(http_status, JsonObject()
                                             .AddRaw("result", result)
                                             .Add("success", false)
                                             .AddRaw("errors", "[" + error + "]")
                                             .AddRaw("messages", "[]")
                                             .ToString());
}

http::Response RestError(std::string_view operation, const KvError& error,
                         std::string_view result) {
  const bool missing = error == MissingKvKey();
  std::string message(operation);
  message += missing ? ": 'key not found'" : ": '" + error.text + "'";
  return RestError(error.http_status, missing ? kKeyNotFound : kRequestRefused, message, result);
}

http::Response NamespaceError(std::string_view operation, const Status& status) {
  if (status.code() == Code::kNotFound) {
    return RestError(404, kNamespaceNotFound, "namespace not found");
  }
  if (status.code() == Code::kConflict) {
    return RestError(400, kTitleTaken, "a namespace with this account ID and title already exists");
  }
  return RestError(operation, ToKvError(status));
}

http::Response NoRoute(const http::Request& request) {
  return RestError(404, kNoRoute,
                   "Could not route to " + std::string(request.path()) +
                       ", perhaps your object identifier is invalid?");
}

http::Response MethodRefused(const http::Request& request, std::string_view allowed) {
  http::Response response =
      RestError(405, kNoMethod, request.method + " not supported for requested URI.");
  response.headers.Add("Allow", std::string(allowed));
  return response;
}

}  // namespace reel::routes

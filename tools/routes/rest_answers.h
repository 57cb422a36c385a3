// The envelope that every answer of the REST API but a value comes in, and its error codes.
#pragma once

#include <reel/cloudflare_kv.h>
#include <reel/status.h>

#include <string>
#include <string_view>

#include "tools/http/message.h"

namespace reel::routes {

/// A request was refused, or failed, for a reason that Cloudflare has no number of its own for.
inline constexpr int kRequestRefused = 10033;

/// {"result":…,"success":true,"errors":[],"messages":[],"result_info"?:…}. Both arguments are
/// serialized JSON; empty: null, and no result_info.
http::Response RestResult(std::string_view result, std::string_view result_info = "");

/// The envelope of a failure, with a result where there is one all the same.
http::Response RestError(int http_status, int code, std::string_view message,
                         std::string_view result = "");

/// "OPERATION: 'TEXT'", as Cloudflare words it: 10009 for a missing key.
http::Response RestError(std::string_view operation, const KvError& error,
                         std::string_view result = "");

/// What finding, making or renaming a namespace came to: 10013, 10014.
http::Response NamespaceError(std::string_view operation, const Status& status);

/// 7003: nothing answers to such a path.
http::Response NoRoute(const http::Request& request);

/// 405 and 7001.
http::Response MethodRefused(const http::Request& request, std::string_view allowed);

}  // namespace reel::routes

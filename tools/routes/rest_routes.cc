#include "tools/routes/rest_routes.h"

#include <reel/percent.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "tools/routes/rest_answers.h"
#include "tools/routes/rest_parts.h"
#include "tools/routes/secret.h"

namespace reel::routes {
namespace {

constexpr int kAuthentication = 10000;

// What stands behind the namespaces in the path; nothing where the path is another.
std::optional<std::string_view> BehindNamespaces(std::string_view path) {
  constexpr std::string_view kAccounts = "/client/v4/accounts/";
  constexpr std::string_view kNamespaces = "/storage/kv/namespaces";
  if (!path.starts_with(kAccounts)) {
    return std::nullopt;
  }
  path.remove_prefix(kAccounts.size());
  const size_t end = path.find('/');
  if (end == 0 || end == std::string_view::npos || !path.substr(end).starts_with(kNamespaces)) {
    return std::nullopt;
  }
  path.remove_prefix(end + kNamespaces.size());
  return path.empty() || path.front() == '/' ? std::optional(path) : std::nullopt;
}

// A key is all that stands behind `values/`, which a client that encodes nothing may have put
// there.
std::optional<std::string_view> KeyBehind(std::string_view rest, std::string_view folder) {
  return rest.starts_with(folder) ? std::optional(rest.substr(folder.size())) : std::nullopt;
}

http::Answer InNamespace(KvNamespace* entries, const http::Request& request,
                         std::string_view rest) {
  const bool is_get = request.method == "GET" || request.method == "HEAD";
  if (const auto key = KeyBehind(rest, "values/")) {
    return RestValue(entries, request, *key);
  }
  if (const auto key = KeyBehind(rest, "metadata/")) {
    return is_get ? RestMetadata(entries, *key) : MethodRefused(request, "GET, HEAD");
  }
  if (rest == "keys") {
    return is_get ? RestKeys(entries, request) : MethodRefused(request, "GET, HEAD");
  }
  if (rest == "bulk") {
    return RestBulk(entries, request);
  }
  if (rest == "bulk/delete") {
    return request.method == "POST" ? RestBulkDelete(entries) : MethodRefused(request, "POST");
  }
  if (rest == "bulk/get") {
    return request.method == "POST" ? RestBulkGet(entries) : MethodRefused(request, "POST");
  }
  return NoRoute(request);
}

}  // namespace

RestRoutes::RestRoutes(Namespaces* namespaces, RestOptions options)
    : namespaces_(namespaces), options_(std::move(options)) {}

http::Answer RestRoutes::Handle(const http::Request& request) {
  if (!MayAsk(request)) {
    return RestError(403, kAuthentication, "Authentication error");
  }
  auto rest = BehindNamespaces(request.path());
  if (!rest) {
    return NoRoute(request);
  }
  if (rest->empty()) {
    return AllNamespaces(namespaces_, request);
  }
  rest->remove_prefix(1);
  const size_t end = std::min(rest->find('/'), rest->size());
  const auto id = DecodePercent(rest->substr(0, end));
  if (!id || id->empty()) {
    return NoRoute(request);
  }
  if (end == rest->size()) {
    return OneNamespace(namespaces_, request, *id);
  }
  const auto entries = namespaces_->Open(*id);
  return entries.ok() ? InNamespace(*entries, request, rest->substr(end + 1))
                      : NamespaceError("get namespace", entries.status());
}

bool RestRoutes::MayAsk(const http::Request& request) const {
  return options_.token.empty() ||
         IsSecret(request.headers.Find("Authorization").value_or(""), "Bearer " + options_.token);
}

}  // namespace reel::routes

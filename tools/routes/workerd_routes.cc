#include "tools/routes/workerd_routes.h"

#include <reel/cloudflare_kv.h>
#include <reel/json.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tools/http/query.h"
#include "tools/routes/kv_values.h"

namespace reel::routes {
namespace {

constexpr std::string_view kKeyMethods = "GET, HEAD, PUT, DELETE";

http::Response Done(const std::optional<KvError>& error) {
  return error ? ErrorResponse(*error) : http::Response();
}

http::Response Get(const CloudflareKv& kv, std::string_view key, const http::Request& request) {
  const auto query = ParseQuery(request);
  if (!query.ok()) {
    return ErrorResponse(query.error());
  }
  auto view = kv.Get(key, {.cache_ttl = query->Find("cache_ttl")});
  if (!view.ok()) {
    return ErrorResponse(view.error());
  }
  if (*view == nullptr) {
    return ErrorResponse(MissingKvKey());
  }
  const std::string metadata = (*view)->entry().metadata;
  auto response = ValueResponse(*std::move(view), request.method == "HEAD");
  if (!response.ok()) {
    return ErrorResponse(response.error());
  }
  if (!metadata.empty()) {
    response->headers.Add("CF-KV-Metadata", metadata);
  }
  return *std::move(response);
}

// A row of a list, its metadata a text that holds JSON.
std::string KeyRow(const Entry& entry) {
  JsonObject row;
  row.Add("name", entry.key);
  if (entry.expires) {
    row.Add("expiration", entry.expires);
  }
  if (!entry.metadata.empty()) {
    row.Add("metadata", entry.metadata);
  }
  return row.ToString();
}

http::Response List(const CloudflareKv& kv, const http::Request& request) {
  const auto query = ParseQuery(request);
  if (!query.ok()) {
    return ErrorResponse(query.error());
  }
  KvListQuery options;
  options.prefix = query->Find("prefix").value_or("");
  options.limit = query->Find("key_count_limit");
  options.cursor = query->Find("cursor");
  const auto page = kv.List(options);
  if (!page.ok()) {
    return ErrorResponse(page.error());
  }
  std::string rows;
  for (const Entry& entry : page->keys) {
    rows += (rows.empty() ? "" : ",") + KeyRow(entry);
  }
  JsonObject answer;
  answer.AddRaw("keys", "[" + rows + "]").Add("list_complete", page->list_complete());
  if (page->cursor) {
    answer.Add("cursor", *page->cursor);
  }
  return http::JsonResponse(200, answer.ToString());
}

}  // namespace

WorkerdRoutes::WorkerdRoutes(FindNamespace find_namespace, const Clock& clock)
    : find_namespace_(std::move(find_namespace)), nothing_(NewMemoryNamespace(clock)) {}

http::Answer WorkerdRoutes::Handle(const http::Request& request) {
  const std::string_view segment = request.path().substr(1);
  const std::string& method = request.method;
  const bool is_get = method == "GET" || method == "HEAD";
  if (segment == "bulk/get" && method == "POST") {
    return BulkGet(request);
  }
  if (!is_get && method != "PUT" && method != "DELETE") {
    return NotAllowed(request, kKeyMethods);
  }
  if (segment.find('/') != std::string_view::npos) {
    return ErrorResponse({400, "the key has several segments (write / in it as %2F)"});
  }
  const auto key = CloudflareKv::DecodeKeySegment(segment);
  if (!key.ok()) {
    return ErrorResponse(key.error());
  }
  if (method == "PUT") {
    return Put(request, *key);
  }
  const auto entries = Existing(request);
  if (!entries.ok()) {
    return ErrorResponse(ToKvError(entries.status()));
  }
  CloudflareKv kv(*entries);
  if (method == "DELETE") {
    return Done(kv.Delete(*key));
  }
  return segment.empty() ? List(kv, request) : Get(kv, *key, request);
}

http::Answer WorkerdRoutes::Put(const http::Request& request, std::string_view key) {
  const auto query = ParseQuery(request);
  if (!query.ok()) {
    return ErrorResponse(query.error());
  }
  KvPutOptions options = PutOptions(*query, request.content_length);
  const auto metadata = request.headers.Find("CF-KV-Metadata");
  if (metadata) {
    options.metadata = *metadata;
  }
  auto entries = find_namespace_(request, /*create=*/false);
  if (entries.code() == Code::kNotFound) {
    const auto refused = CloudflareKv(nothing_.get()).BeginPut(key, options);
    if (!refused.ok()) {
      return ErrorResponse(refused.error());
    }
    entries = find_namespace_(request, /*create=*/true);
  }
  if (!entries.ok()) {
    return ErrorResponse(ToKvError(entries.status()));
  }
  auto upload = CloudflareKv(*entries).BeginPut(key, options);
  if (!upload.ok()) {
    return ErrorResponse(upload.error());
  }
  return ReceiveValue(*std::move(upload), Done);
}

http::Answer WorkerdRoutes::BulkGet(const http::Request& request) {
  const auto entries = Existing(request);
  if (!entries.ok()) {
    return ErrorResponse(ToKvError(entries.status()));
  }
  return http::CollectBody(kBulkGetBodyBytesMax, [entries = *entries](const std::string& body) {
    const auto asked = ParseBulkGet(body);
    if (!asked.ok()) {
      return ErrorResponse(asked.error());
    }
    const auto answer = BulkGetJson(CloudflareKv(entries), *asked);
    return answer.ok() ? http::JsonResponse(200, *answer) : ErrorResponse(answer.error());
  });
}

Result<KvNamespace*> WorkerdRoutes::Existing(const http::Request& request) const {
  auto entries = find_namespace_(request, /*create=*/false);
  return entries.code() == Code::kNotFound ? nothing_.get() : entries;
}

}  // namespace reel::routes

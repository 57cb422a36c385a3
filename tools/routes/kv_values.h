// What both KV protocols say alike: values on their way out, bulk gets, refusals.
#pragma once

#include <reel/cloudflare_kv.h>
#include <reel/kv.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/http/message.h"
#include "tools/http/query.h"

namespace reel::routes {

/// The body of a request for a bulk get: 100 keys, each byte of them escaped.
inline constexpr size_t kBulkGetBodyBytesMax = 1U << 20;

/// 200 with the view's value, as it is. What lies over a network, or has faults in front of it, is
/// read at once and sent however long it came; else the value is streamed. Without the value where
/// `is_head`.
KvResult<http::Response> ValueResponse(std::unique_ptr<EntryView> view, bool is_head);

/// The text is the body and the reason phrase.
http::Response ErrorResponse(const KvError& error);

/// 405, with the methods that are allowed there.
http::Response NotAllowed(const http::Request& request, std::string_view methods);

/// The parameters of the request's query; 400 where they are not encoded as those of a form are.
KvResult<http::Query> ParseQuery(const http::Request& request);

/// `expiration`, `expiration_ttl` and the declared length. Points into `query`.
KvPutOptions PutOptions(const http::Query& query, std::optional<uint64_t> value_bytes);

/// Says what became of an upload: stored unless there is an error.
using FinishUpload = std::function<http::Response(const std::optional<KvError>& error)>;

/// Whether an upload goes on after `received` bytes of its body. A value that is too long is
/// received to its end, as long as that is near: clients read no answer before they have sent all,
/// and the answer tells the length.
bool IsWorthReceiving(const std::optional<KvError>& error, uint64_t received);

/// `upload` as the body of a request; `finish` makes the answer.
std::unique_ptr<http::Upload> ReceiveValue(KvUpload upload, FinishUpload finish);

struct BulkGetRequest {
  std::vector<std::string> keys;
  std::string type;
  bool with_metadata = false;
  std::optional<std::string> cache_ttl;
};

/// {"keys":[…],"type"?:…,"withMetadata"?:…,"cacheTtl"?:…}; whatever else stands there is passed
/// over. 400 where it is something else.
KvResult<BulkGetRequest> ParseBulkGet(std::string_view body);

/// {key: value | null | {"value":…,"metadata":…}}; values are JSON where the type is "json", and
/// texts else.
KvResult<std::string> BulkGetJson(const CloudflareKv& kv, const BulkGetRequest& request);

}  // namespace reel::routes

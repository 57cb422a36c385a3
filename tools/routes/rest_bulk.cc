#include <reel/bulk.h>
#include <reel/cloudflare_kv.h>
#include <reel/json.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/routes/kv_values.h"
#include "tools/routes/rest_answers.h"
#include "tools/routes/rest_parts.h"

namespace reel::routes {
namespace {

constexpr std::string_view kPut = "bulk put";
constexpr std::string_view kDelete = "bulk delete";
constexpr std::string_view kGet = "bulk get";

constexpr uint64_t kPutBodyBytesMax = 100ULL << 20;
// 10,000 keys, each byte of them escaped.
constexpr size_t kDeleteBodyBytesMax = 32U << 20;

http::Response OutcomeResponse(std::string_view operation, const KvResult<KvBulkOutcome>& outcome) {
  if (!outcome.ok()) {
    return RestError(operation, outcome.error());
  }
  const std::string result = JsonObject()
                                 .Add("successful_key_count", outcome->successful_key_count)
                                 .Add("unsuccessful_keys", outcome->unsuccessful_keys)
                                 .ToString();
  // Clients that look at no keys must not take it for done.
  return outcome->error ? RestError(operation, *outcome->error, result) : RestResult(result);
}

// Decodes pairs as they come, so that their text is never in memory as a whole.
class BulkPutUpload final : public http::Upload {
 public:
  explicit BulkPutUpload(KvNamespace* entries) : kv_(entries) {}

  std::optional<http::Response> Append(std::string_view bytes) override {
    received_ += bytes.size();
    if (received_ > kPutBodyBytesMax) {
      return Refuse({Code::kTooLarge,
                     "the request has more than 104857600 bytes (send at most 100 MiB at a time)"});
    }
    reader_.Append(bytes);
    while (true) {
      auto pair = reader_.Next();
      if (!pair.ok()) {
        return Refuse(pair.status());
      }
      if (!*pair) {
        return std::nullopt;
      }
      pairs_.push_back(**std::move(pair));
    }
  }

  http::Response Finish() override {
    const Status read = reader_.Finish();
    return read.ok() ? OutcomeResponse(kPut, kv_.BulkPut(std::move(pairs_))) : Refuse(read);
  }

 private:
  static http::Response Refuse(const Status& status) { return RestError(kPut, ToKvError(status)); }

  CloudflareKv kv_;
  BulkReader reader_{kBulkElementBytesMax, BulkReader::Repeats::kTaken};
  std::vector<BulkEntry> pairs_;
  uint64_t received_ = 0;
};

}  // namespace

http::Answer RestBulk(KvNamespace* entries, const http::Request& request) {
  if (request.method == "PUT") {
    return std::make_unique<BulkPutUpload>(entries);
  }
  return request.method == "DELETE" ? RestBulkDelete(entries)
                                    : MethodRefused(request, "PUT, DELETE");
}

http::Answer RestBulkDelete(KvNamespace* entries) {
  return http::CollectBody(kDeleteBodyBytesMax, [entries](const std::string& body) {
    const auto keys = DecodeBulkKeys(body);
    return keys.ok() ? OutcomeResponse(kDelete, CloudflareKv(entries).BulkDelete(*keys))
                     : RestError(kDelete, ToKvError(keys.status()));
  });
}

http::Answer RestBulkGet(KvNamespace* entries) {
  return http::CollectBody(kBulkGetBodyBytesMax, [entries](const std::string& body) {
    const auto asked = ParseBulkGet(body);
    if (!asked.ok()) {
      return RestError(kGet, asked.error());
    }
    const auto values = BulkGetJson(CloudflareKv(entries), *asked);
    return values.ok() ? RestResult(JsonObject().AddRaw("values", *values).ToString())
                       : RestError(kGet, values.error());
  });
}

}  // namespace reel::routes

#include "tools/routes/kv_values.h"

#include <reel/json.h>

#include <algorithm>
#include <utility>

namespace reel::routes {
namespace {

KvError BadRequest(std::string text) {
  return ToKvError(Status(Code::kInvalidArgument, std::move(text)));
}

class ValueBody final : public http::BodySource {
 public:
  explicit ValueBody(std::unique_ptr<EntryView> view) : view_(std::move(view)) {}

  [[nodiscard]] std::optional<uint64_t> size() const override { return view_->entry().size; }

  Status Next(size_t bytes_max, BorrowedBytes* out) override {
    out->Clear();
    const uint64_t left = view_->entry().size - at_;
    uint64_t length = std::max<uint64_t>(bytes_max, 1);
    // A page is verified as a whole, so that one in two pieces would be read twice.
    if (length > view_->page_size()) {
      length -= (at_ + length) % view_->page_size();
    }
    length = std::min(length, left);
    if (length == 0) {
      return Status::Ok();
    }
    REEL_RETURN_IF_ERROR(view_->ReadValue(at_, length, out));
    at_ += length;
    return Status::Ok();
  }

 private:
  std::unique_ptr<EntryView> view_;
  uint64_t at_ = 0;
};

class ValueUpload final : public http::Upload {
 public:
  ValueUpload(KvUpload upload, FinishUpload finish)
      : upload_(std::move(upload)), finish_(std::move(finish)) {}

  std::optional<http::Response> Append(std::string_view bytes) override {
    received_ += bytes.size();
    const auto error = upload_.Append(bytes);
    return IsWorthReceiving(error, received_) ? std::nullopt : std::optional(finish_(error));
  }

  http::Response Finish() override {
    const auto entry = upload_.Finish();
    return finish_(entry.ok() ? std::nullopt : std::optional(entry.error()));
  }

 private:
  KvUpload upload_;
  FinishUpload finish_;
  uint64_t received_ = 0;
};

// Small enough that the whole answer is one write, and that damage is told before it begins.
constexpr uint64_t kReadAtOnceBytesMax = 64U << 10;

KvError BadField(std::string_view name, std::string_view allowed) {
  return BadRequest("the bulk request's " + std::string(name) + " is malformed (give " +
                    std::string(allowed) + ")");
}

std::optional<KvError> ReadKeys(const JsonValue* field, std::vector<std::string>* keys) {
  if (field == nullptr || field->kind != JsonValue::Kind::kArray) {
    return BadField("keys", "an array of texts");
  }
  for (const JsonValue& key : field->items) {
    if (key.kind != JsonValue::Kind::kText) {
      return BadField("keys", "an array of texts");
    }
    keys->push_back(key.text);
  }
  return std::nullopt;
}

}  // namespace

KvResult<http::Response> ValueResponse(std::unique_ptr<EntryView> view, bool is_head) {
  http::Response response;
  response.headers.Add("Content-Type", "application/octet-stream");
  if (!is_head && (view->IsRemote() || view->entry().size <= kReadAtOnceBytesMax)) {
    auto value = view->ReadAll();
    if (!value.ok()) {
      return ToKvError(value.status());
    }
    response.body = *std::move(value);
    return response;
  }
  response.source = std::make_unique<ValueBody>(std::move(view));
  return response;
}

http::Response ErrorResponse(const KvError& error) {
  http::Response response;
  response.status = error.http_status;
  response.reason = error.text;
  response.headers.Add("Content-Type", "text/plain; charset=utf-8");
  response.body = error.text;
  return response;
}

http::Response NotAllowed(const http::Request& request, std::string_view methods) {
  http::Response response = ErrorResponse(
      {405, request.method + " means nothing here (use " + std::string(methods) + ")"});
  response.headers.Add("Allow", std::string(methods));
  return response;
}

KvResult<http::Query> ParseQuery(const http::Request& request) {
  auto query = http::Query::Parse(request.query());
  if (!query) {
    return BadRequest("the query is not URL-encoded (write % as %25)");
  }
  return *std::move(query);
}

KvPutOptions PutOptions(const http::Query& query, std::optional<uint64_t> value_bytes) {
  KvPutOptions options;
  options.expiration = query.Find("expiration");
  options.expiration_ttl = query.Find("expiration_ttl");
  options.value_bytes = value_bytes;
  return options;
}

bool IsWorthReceiving(const std::optional<KvError>& error, uint64_t received) {
  // As much as a Worker may be sent itself.
  constexpr uint64_t kReceivedBytesMax = 100ULL << 20;
  return !error || (error->http_status == 413 && received <= kReceivedBytesMax);
}

std::unique_ptr<http::Upload> ReceiveValue(KvUpload upload, FinishUpload finish) {
  return std::make_unique<ValueUpload>(std::move(upload), std::move(finish));
}

KvResult<BulkGetRequest> ParseBulkGet(std::string_view body) {
  const auto json = ParseJson(body);
  if (!json.ok()) {
    return ToKvError(json.status().WithContext("the bulk request"));
  }
  BulkGetRequest request;
  if (auto error = ReadKeys(FindField(*json, "keys"), &request.keys)) {
    return *std::move(error);
  }
  if (const JsonValue* type = FindField(*json, "type")) {
    // A refusal repeats the type.
    request.type = type->kind == JsonValue::Kind::kText ? type->text : EncodeJson(*type);
  }
  if (const JsonValue* with = FindField(*json, "withMetadata")) {
    if (with->kind != JsonValue::Kind::kBool) {
      return BadField("withMetadata", "true or false");
    }
    request.with_metadata = with->boolean;
  }
  if (const JsonValue* ttl = FindField(*json, "cacheTtl")) {
    if (ttl->kind != JsonValue::Kind::kText && ttl->kind != JsonValue::Kind::kNumber) {
      return BadField("cacheTtl", "seconds, at least 30");
    }
    request.cache_ttl = ttl->text;
  }
  return request;
}

KvResult<std::string> BulkGetJson(const CloudflareKv& kv, const BulkGetRequest& request) {
  KvBulkGetOptions options{.type = request.type, .cache_ttl = {}};
  if (request.cache_ttl) {
    options.cache_ttl = *request.cache_ttl;
  }
  const auto values = kv.BulkGet(request.keys, options);
  if (!values.ok()) {
    return values.error();
  }
  JsonObject answer;
  for (const KvBulkValue& each : *values) {
    if (!each.value) {
      answer.AddRaw(each.key, "");
      continue;
    }
    const std::string value = request.type == "json" ? *each.value : EncodeJsonText(*each.value);
    answer.AddRaw(
        each.key,
        request.with_metadata
            ? JsonObject().AddRaw("value", value).AddRaw("metadata", each.metadata).ToString()
            : value);
  }
  return answer.ToString();
}

}  // namespace reel::routes

#include <reel/bulk.h>
#include <reel/cloudflare_kv.h>
#include <reel/json.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "tools/http/multipart_reader.h"
#include "tools/routes/kv_values.h"
#include "tools/routes/rest_answers.h"
#include "tools/routes/rest_parts.h"

namespace reel::routes {
namespace {

constexpr uint32_t kLimitMin = 10;
// More than metadata may have, so that a refusal tells how much came.
constexpr size_t kMetadataPartBytesMax = 64U << 10;

http::Response PutResponse(const std::optional<KvError>& error) {
  return error ? RestError("put", *error) : RestResult("");
}

// The fields of a form on their way into a value and its metadata, in either order; others are
// passed over.
class Form final : public http::PartSink {
 public:
  explicit Form(KvUpload upload) : upload_(std::move(upload)) {}

  Status Begin(std::string_view name) override {
    field_ = name == "value"      ? Field::kValue
             : name == "metadata" ? Field::kMetadata
                                  : Field::kOther;
    bool& had = field_ == Field::kValue ? has_value_ : has_metadata_;
    if (field_ != Field::kOther && std::exchange(had, true)) {
      return {Code::kInvalidArgument,
              "the form has two fields " + std::string(name) + " (send one)"};
    }
    return Status::Ok();
  }

  Status Append(std::string_view bytes) override {
    if (field_ == Field::kValue) {
      // Also after an error: the last text tells the length.
      if (auto error = upload_.Append(bytes)) {
        error_ = std::move(error);
      }
    } else if (field_ == Field::kMetadata) {
      if (bytes.size() > kMetadataPartBytesMax - metadata_.size()) {
        return {Code::kTooLarge, "the metadata has more than 65536 bytes (allowed: at most 1024)"};
      }
      metadata_ += bytes;
    }
    return Status::Ok();
  }

  Status End() override {
    // Libraries send an empty field for none.
    if (field_ == Field::kMetadata && !metadata_.empty() && !error_) {
      error_ = upload_.SetMetadata(metadata_);
    }
    return Status::Ok();
  }

  /// The first thing that went wrong.
  [[nodiscard]] const std::optional<KvError>& error() const { return error_; }
  void Fail(const Status& status) {
    if (!error_) {
      error_ = ToKvError(status);
    }
  }

  /// Stores the value, unless there was an error.
  const std::optional<KvError>& Finish() {
    if (!error_ && !has_value_) {
      Fail({Code::kInvalidArgument, "the form has no field value (send one)"});
    }
    if (!error_) {
      const auto entry = upload_.Finish();
      error_ = entry.ok() ? std::nullopt : std::optional(entry.error());
    }
    return error_;
  }

 private:
  enum class Field : uint8_t { kValue, kMetadata, kOther };

  KvUpload upload_;
  Field field_ = Field::kOther;
  bool has_value_ = false;
  bool has_metadata_ = false;
  std::string metadata_;
  std::optional<KvError> error_;
};

class FormUpload final : public http::Upload {
 public:
  FormUpload(KvUpload upload, std::string_view boundary)
      : form_(std::move(upload)), reader_(boundary, &form_) {}

  std::optional<http::Response> Append(std::string_view bytes) override {
    received_ += bytes.size();
    if (const Status read = reader_.Append(bytes); !read.ok()) {
      form_.Fail(read);
    }
    const auto& error = form_.error();
    return IsWorthReceiving(error, received_) ? std::nullopt : std::optional(PutResponse(error));
  }

  http::Response Finish() override {
    if (const Status read = reader_.Finish(); !read.ok()) {
      form_.Fail(read);
    }
    return PutResponse(form_.Finish());
  }

 private:
  Form form_;
  http::MultipartReader reader_;
  uint64_t received_ = 0;
};

http::Answer Put(CloudflareKv kv, std::string_view key, const http::Request& request) {
  const auto query = ParseQuery(request);
  if (!query.ok()) {
    return PutResponse(query.error());
  }
  const std::string type = request.headers.Find("Content-Type").value_or("");
  const auto boundary = http::MultipartBoundary(type);
  // Of a form the length of the value is not known before its end.
  auto upload =
      kv.BeginPut(key, PutOptions(*query, boundary ? std::nullopt : request.content_length));
  if (!upload.ok()) {
    return PutResponse(upload.error());
  }
  if (boundary) {
    return std::make_unique<FormUpload>(*std::move(upload), *boundary);
  }
  return ReceiveValue(*std::move(upload), PutResponse);
}

http::Response Get(const CloudflareKv& kv, std::string_view key, bool is_head) {
  auto view = kv.Get(key);
  if (!view.ok()) {
    return RestError("get", view.error());
  }
  if (*view == nullptr) {
    return RestError("get", MissingKvKey());
  }
  const auto expires = (*view)->entry().expires;
  auto response = ValueResponse(*std::move(view), is_head);
  if (!response.ok()) {
    return RestError("get", response.error());
  }
  if (expires) {
    response->headers.Add("expiration", std::to_string(*expires));
  }
  return *std::move(response);
}

}  // namespace

http::Answer RestKeys(KvNamespace* entries, const http::Request& request) {
  constexpr std::string_view kOperation = "list keys";
  const auto query = ParseQuery(request);
  if (!query.ok()) {
    return RestError(kOperation, query.error());
  }
  KvListQuery options;
  options.prefix = query->Find("prefix").value_or("");
  options.limit = query->Find("limit");
  options.limit_min = kLimitMin;
  options.cursor = query->Find("cursor");
  const auto page = CloudflareKv(entries).List(options);
  if (!page.ok()) {
    return RestError(kOperation, page.error());
  }
  std::string rows;
  for (const Entry& entry : page->keys) {
    rows += (rows.empty() ? "" : ",") + EncodeKeyRow(entry);
  }
  const std::string cursor = page->cursor.value_or("");
  return RestResult("[" + rows + "]",
                    JsonObject()
                        .Add("count", uint64_t{page->keys.size()})
                        .Add("cursor", cursor)
                        .AddRaw("cursors", JsonObject().Add("after", cursor).ToString())
                        .ToString());
}

http::Answer RestValue(KvNamespace* entries, const http::Request& request,
                       std::string_view segment) {
  const std::string& method = request.method;
  const bool is_get = method == "GET" || method == "HEAD";
  if (!is_get && method != "PUT" && method != "DELETE") {
    return MethodRefused(request, "GET, HEAD, PUT, DELETE");
  }
  const auto key = CloudflareKv::DecodeKeySegment(segment);
  if (!key.ok()) {
    return RestError(is_get ? "get" : method == "PUT" ? "put" : "delete", key.error());
  }
  CloudflareKv kv(entries);
  if (is_get) {
    return Get(kv, *key, method == "HEAD");
  }
  if (method == "PUT") {
    return Put(kv, *key, request);
  }
  const auto error = kv.Delete(*key);
  return error ? RestError("delete", *error) : RestResult("");
}

http::Answer RestMetadata(KvNamespace* entries, std::string_view segment) {
  constexpr std::string_view kOperation = "get";
  const auto key = CloudflareKv::DecodeKeySegment(segment);
  if (!key.ok()) {
    return RestError(kOperation, key.error());
  }
  const auto view = CloudflareKv(entries).Get(*key);
  if (!view.ok()) {
    return RestError(kOperation, view.error());
  }
  return *view == nullptr ? RestError(kOperation, MissingKvKey())
                          : RestResult((*view)->entry().metadata);
}

}  // namespace reel::routes

#include <reel/cloudflare_kv.h>
#include <reel/json.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/routes/kv_values.h"
#include "tools/routes/rest_answers.h"
#include "tools/routes/rest_parts.h"

namespace reel::routes {
namespace {

constexpr uint64_t kPerPageDefault = 20;
constexpr uint64_t kPerPageMax = 1000;
constexpr uint64_t kPageMax = 1'000'000'000;
constexpr size_t kBodyBytesMax = 64U << 10;

std::string RowJson(const NamespaceRow& row) {
  return JsonObject()
      .Add("id", row.id)
      .Add("title", row.title)
      .Add("supports_url_encoding", true)
      .ToString();
}

http::Response RowResponse(std::string_view operation, const Result<NamespaceRow>& row) {
  return row.ok() ? RestResult(RowJson(*row)) : NamespaceError(operation, row.status());
}

Status BadParameter(std::string_view name, std::string_view value, std::string_view allowed) {
  return {Code::kInvalidArgument, std::string(name) + " is " + std::string(value) +
                                      " (allowed: " + std::string(allowed) + ")"};
}

Result<uint64_t> ReadNumber(const http::Query& query, std::string_view name, uint64_t without,
                            uint64_t number_max) {
  const auto text = query.Find(name);
  if (!text) {
    return without;
  }
  const auto number = http::ParseNumber<uint64_t>(*text);
  if (!number || *number < 1 || *number > number_max) {
    return BadParameter(name, *text, "1 to " + std::to_string(number_max));
  }
  return *number;
}

// Whether the first of two words was sent, or neither.
Result<bool> ReadChoice(const http::Query& query, std::string_view name, std::string_view first,
                        std::string_view second) {
  const auto text = query.Find(name);
  if (text && *text != first && *text != second) {
    return BadParameter(name, *text, std::string(first) + ", " + std::string(second));
  }
  return !text || *text == first;
}

Result<http::Response> ListPage(const Namespaces& namespaces, const http::Query& query) {
  const auto page = ReadNumber(query, "page", 1, kPageMax);
  REEL_RETURN_IF_ERROR(page.status());
  const auto per_page = ReadNumber(query, "per_page", kPerPageDefault, kPerPageMax);
  REEL_RETURN_IF_ERROR(per_page.status());
  const auto by_id = ReadChoice(query, "order", "id", "title");
  REEL_RETURN_IF_ERROR(by_id.status());
  const auto ascending = ReadChoice(query, "direction", "asc", "desc");
  REEL_RETURN_IF_ERROR(ascending.status());
  auto rows = namespaces.List();
  REEL_RETURN_IF_ERROR(rows.status());
  if (*by_id) {
    std::sort(rows->begin(), rows->end(),
              [](const NamespaceRow& a, const NamespaceRow& b) { return a.id < b.id; });
  }
  if (!*ascending) {
    std::reverse(rows->begin(), rows->end());
  }
  const uint64_t begin = std::min<uint64_t>((*page - 1) * *per_page, rows->size());
  const uint64_t end = std::min<uint64_t>(begin + *per_page, rows->size());
  std::string result;
  for (uint64_t i = begin; i < end; ++i) {
    result += (result.empty() ? "" : ",") + RowJson((*rows)[i]);
  }
  return RestResult("[" + result + "]",
                    JsonObject()
                        .Add("page", *page)
                        .Add("per_page", *per_page)
                        .Add("count", end - begin)
                        .Add("total_count", uint64_t{rows->size()})
                        .Add("total_pages", (rows->size() + *per_page - 1) / *per_page)
                        .ToString());
}

http::Response List(const Namespaces& namespaces, const http::Request& request) {
  constexpr std::string_view kOperation = "list namespaces";
  const auto query = ParseQuery(request);
  if (!query.ok()) {
    return RestError(kOperation, query.error());
  }
  auto page = ListPage(namespaces, *query);
  return page.ok() ? *std::move(page) : NamespaceError(kOperation, page.status());
}

Result<std::string> ParseTitle(std::string_view body) {
  const auto json = ParseJson(body);
  if (!json.ok()) {
    return json.status().WithContext("the body");
  }
  const JsonValue* title = FindField(*json, "title");
  if (title == nullptr || title->kind != JsonValue::Kind::kText) {
    return {Code::kInvalidArgument, "the body has no title (send {\"title\":\"NAME\"})"};
  }
  return title->text;
}

// Answers once the title has come.
http::Answer WithTitle(std::string operation,
                       std::function<Result<NamespaceRow>(std::string_view title)> change) {
  return http::CollectBody(kBodyBytesMax, [operation = std::move(operation),
                                           change = std::move(change)](const std::string& body) {
    const auto title = ParseTitle(body);
    return title.ok() ? RowResponse(operation, change(*title))
                      : NamespaceError(operation, title.status());
  });
}

}  // namespace

http::Answer AllNamespaces(Namespaces* namespaces, const http::Request& request) {
  if (request.method == "GET" || request.method == "HEAD") {
    return List(*namespaces, request);
  }
  if (request.method == "POST") {
    return WithTitle("create namespace",
                     [namespaces](std::string_view title) { return namespaces->Create(title); });
  }
  return MethodRefused(request, "GET, HEAD, POST");
}

http::Answer OneNamespace(Namespaces* namespaces, const http::Request& request,
                          std::string_view id) {
  if (request.method == "GET" || request.method == "HEAD") {
    return RowResponse("get namespace", namespaces->Find(id));
  }
  if (request.method == "PUT") {
    return WithTitle("rename namespace",
                     [namespaces, id = std::string(id)](std::string_view title) {
                       return namespaces->Rename(id, title);
                     });
  }
  if (request.method == "DELETE") {
    const Status dropped = namespaces->Drop(id);
    return dropped.ok() ? RestResult("") : NamespaceError("delete namespace", dropped);
  }
  return MethodRefused(request, "GET, HEAD, PUT, DELETE");
}

}  // namespace reel::routes

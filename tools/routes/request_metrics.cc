#include "tools/routes/request_metrics.h"

#include <algorithm>
#include <cstdio>

namespace reel::routes {
namespace {

// Any client can make up methods; a label for each would fill the memory.
std::string KnownMethod(const std::string& method) {
  constexpr std::array<std::string_view, 7> kMethods = {"GET",    "HEAD",    "PUT",  "POST",
                                                        "DELETE", "OPTIONS", "PATCH"};
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end() ? method : "other";
}

std::string Head(const std::string& name, const std::string& type, const std::string& help) {
  return "# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

std::string Number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", value);
  return text.data();
}

}  // namespace

std::string MetricText(const std::string& name, const std::string& type, const std::string& help,
                       uint64_t value) {
  return Head(name, type, help) + name + " " + std::to_string(value) + "\n";
}

void RequestMetrics::Count(const http::AccessRecord& record) {
  const double seconds = std::chrono::duration<double>(record.duration).count();
  const std::lock_guard lock(mutex_);
  ++requests_[{KnownMethod(record.method), record.status}];
  for (size_t i = 0; i < kBounds.size(); ++i) {
    within_[i] += seconds <= kBounds[i] ? 1 : 0;
  }
  ++count_;
  seconds_ += seconds;
  sent_ += record.bytes_sent;
  received_ += record.bytes_received;
  failures_ += record.failure.empty() ? 0 : 1;
}

std::string RequestMetrics::ToText(size_t connections) const {
  const std::lock_guard lock(mutex_);
  std::string text = MetricText("reel_http_connections", "gauge", "Open connections.", connections);
  text += Head("reel_http_requests_total", "counter", "Requests by method and status.");
  for (const auto& [labels, count] : requests_) {
    text += "reel_http_requests_total{method=\"" + labels.first + "\",status=\"" +
            std::to_string(labels.second) + "\"} " + std::to_string(count) + "\n";
  }
  text += Head("reel_http_request_duration_seconds", "histogram",
               "From a request's header to the end of its response.");
  for (size_t i = 0; i < kBounds.size(); ++i) {
    text += "reel_http_request_duration_seconds_bucket{le=\"" + Number(kBounds[i]) + "\"} " +
            std::to_string(within_[i]) + "\n";
  }
  text += "reel_http_request_duration_seconds_bucket{le=\"+Inf\"} " + std::to_string(count_) + "\n";
  text += "reel_http_request_duration_seconds_sum " + Number(seconds_) + "\n";
  text += "reel_http_request_duration_seconds_count " + std::to_string(count_) + "\n";
  text += MetricText("reel_http_sent_bytes_total", "counter", "Bytes of bodies sent.", sent_);
  text += MetricText("reel_http_received_bytes_total", "counter", "Bytes of bodies received.",
                     received_);
  text += MetricText("reel_http_failures_total", "counter",
                     "Responses cut off, and requests that no handler saw.", failures_);
  return text;
}

}  // namespace reel::routes

#include "tools/access_log.h"

#include <reel/json.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <utility>

#include "tools/units.h"

namespace reel::cli {
namespace {

int64_t SecondsOf(const http::AccessRecord& record) {
  return std::chrono::duration_cast<std::chrono::seconds>(record.begin.time_since_epoch()).count();
}

std::string TimeText(const http::AccessRecord& record) {
  const time_t seconds = SecondsOf(record);
  tm parts{};
  gmtime_r(&seconds, &parts);
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%02d/%s/%04d:%02d:%02d:%02d +0000", parts.tm_mday,
                kMonths.at(static_cast<size_t>(parts.tm_mon)), parts.tm_year + 1900, parts.tm_hour,
                parts.tm_min, parts.tm_sec);
  return text.data();
}

std::string HostOf(const std::string& peer) {
  const size_t colon = peer.rfind(':');
  if (peer.empty() || peer == "unix:") {
    return "unix";
  }
  const std::string host = peer.substr(0, colon);
  return host.front() == '[' ? host.substr(1, host.size() - 2) : host;
}

// In quotes, as Apache writes what it does not trust: \xHH for all but printable ASCII.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c >= ' ' && c <= '~') {
      quoted += c;
    } else {
      std::array<char, 8> escaped{};
      std::snprintf(escaped.data(), escaped.size(), "\\x%02x",
                    static_cast<unsigned>(static_cast<unsigned char>(c)));
      quoted += escaped.data();
    }
  }
  return quoted + '"';
}

std::string Dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

std::string SecondsText(std::chrono::microseconds duration) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6f", std::chrono::duration<double>(duration).count());
  return text.data();
}

std::string CommonLine(const http::AccessRecord& record) {
  const std::string line = record.method + " " + record.target + " " + record.version;
  return HostOf(record.peer) + " - - [" + TimeText(record) + "] " +
         Quoted(record.method.empty() ? "-" : line) + " " + std::to_string(record.status) + " " +
         std::to_string(record.bytes_sent) + " " + Quoted(Dash(record.referer)) + " " +
         Quoted(Dash(record.user_agent)) + " " + Dash(record.id) + " " +
         SecondsText(record.duration);
}

}  // namespace

std::optional<AccessLogFormat> ParseAccessLogFormat(std::string_view text) {
  if (text == "common") {
    return AccessLogFormat::kCommon;
  }
  return text == "json" ? std::optional(AccessLogFormat::kJson) : std::nullopt;
}

std::string FormatAccess(const http::AccessRecord& record, AccessLogFormat format) {
  if (format == AccessLogFormat::kCommon) {
    return CommonLine(record);
  }
  JsonObject json;
  json.Add("time", FormatTime(SecondsOf(record)))
      .Add("peer", record.peer)
      .Add("id", record.id)
      .Add("method", record.method)
      .Add("target", record.target)
      .Add("version", record.version)
      .Add("status", static_cast<uint64_t>(record.status))
      .Add("bytesSent", record.bytes_sent)
      .Add("bytesReceived", record.bytes_received)
      .AddRaw("seconds", SecondsText(record.duration))
      .Add("referer", record.referer)
      .Add("userAgent", record.user_agent);
  if (!record.failure.empty()) {
    json.Add("failure", record.failure);
  }
  return json.ToString();
}

Result<std::unique_ptr<AccessLog>> AccessLog::Open(const Session& session, const std::string& path,
                                                   AccessLogFormat format) {
  auto file = LogFile::Open(session, path);
  if (!file.ok()) {
    return file.status();
  }
  return std::unique_ptr<AccessLog>(new AccessLog(*std::move(file), format));
}

void AccessLog::Append(const http::AccessRecord& record) {
  const std::string line = FormatAccess(record, format_);
  const std::lock_guard lock(mutex_);
  file_->Append(line);
}

}  // namespace reel::cli

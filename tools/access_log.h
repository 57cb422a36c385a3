// A line for each request that the server answered.
#pragma once

#include <reel/status.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "tools/http/server.h"
#include "tools/log_file.h"
#include "tools/session.h"

namespace reel::cli {

enum class AccessLogFormat : uint8_t {
  /// The common log format with Referer and User-Agent ("combined"), the request's id behind it and
  /// the seconds that it took.
  kCommon,
  /// An object with all that is known of it.
  kJson,
};

/// "common" or "json".
std::optional<AccessLogFormat> ParseAccessLogFormat(std::string_view text);

/// Without a line end, and without control characters whatever the client sent.
std::string FormatAccess(const http::AccessRecord& record, AccessLogFormat format);

/// Thread-safe.
class AccessLog {
 public:
  /// Appends to `path`, as LogFile does.
  static Result<std::unique_ptr<AccessLog>> Open(const Session& session, const std::string& path,
                                                 AccessLogFormat format);

  void Append(const http::AccessRecord& record);

 private:
  AccessLog(std::unique_ptr<LogFile> file, AccessLogFormat format)
      : file_(std::move(file)), format_(format) {}

  std::mutex mutex_;
  std::unique_ptr<LogFile> file_;
  AccessLogFormat format_;
};

}  // namespace reel::cli

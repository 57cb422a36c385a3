#include "tools/serve_options.h"

#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "tools/source.h"

namespace reel::cli {
namespace {

constexpr std::string_view kDefaultAddress = "127.0.0.1:8787";
constexpr size_t kTokenBytesMax = 4096;

// What clients have to know; empty where none is asked for.
Result<std::string> TokenOf(const Session& session, const CommandLine& line) {
  std::string token;
  std::string where = "REEL_TOKEN";
  if (const auto path = line.Text(FlagId::kTokenFile)) {
    auto read = ReadSource(session, *path, kTokenBytesMax);
    if (!read.ok()) {
      return read.status();
    }
    token = *std::move(read);
    token.erase(token.find_last_not_of(" \t\r\n") + 1);
    where = *path;
  } else {
    // Set, and empty, is a mistake: the session's environment cannot tell it from unset.
    const char* given = std::getenv("REEL_TOKEN");  // NOLINT(concurrency-mt-unsafe)
    if (given == nullptr) {
      return token;
    }
    token = given;
  }
  for (const char c : token) {
    if (c <= ' ' || c > '~') {
      return {Code::kInvalidArgument, where + " holds no token (write one line of ASCII)"};
    }
  }
  return token.empty()
             ? Result<std::string>(Code::kInvalidArgument,
                                   where + " is empty (write the token that clients send into it)")
             : token;
}

// An address that only this machine can reach, or any where a token is asked for.
Result<http::Address> LocalAddress(const std::string& text, bool has_token) {
  auto address = http::ParseAddress(text);
  if (address.ok() && !has_token && !address->IsLocal()) {
    return {Code::kInvalidArgument,
            text +
                " can be reached from other machines, so a token is needed (give --token-file "
                "FILE or set REEL_TOKEN)"};
  }
  return address;
}

Status AddAddresses(const CommandLine& line, ServeOptions* options) {
  std::vector<std::string> texts = line.Texts(FlagId::kListen);
  if (texts.empty()) {
    texts.emplace_back(kDefaultAddress);
  }
  for (const std::string& text : texts) {
    auto address = LocalAddress(text, !options->token.empty());
    if (!address.ok()) {
      return address.status();
    }
    options->listen.push_back(*std::move(address));
    options->kv_namespaces.emplace_back();
  }
  return Status::Ok();
}

Status AddKvAddresses(const CommandLine& line, ServeOptions* options) {
  for (const std::string& text : line.Texts(FlagId::kKv)) {
    const size_t equals = text.rfind('=');
    if (equals == std::string::npos || equals + 1 == text.size()) {
      return {Code::kInvalidArgument, "--kv " + text + ": say ADDR:PORT=NAMESPACE"};
    }
    auto address = LocalAddress(text.substr(0, equals), !options->token.empty());
    if (!address.ok()) {
      return address.status();
    }
    options->listen.push_back(*std::move(address));
    options->kv_namespaces.push_back(text.substr(equals + 1));
  }
  return Status::Ok();
}

Result<std::unique_ptr<AccessLog>> AccessLogOf(const Session& session, const CommandLine& line) {
  const auto text = line.Text(FlagId::kAccessLogFormat);
  const auto format = ParseAccessLogFormat(text.value_or("common"));
  if (!format) {
    return {Code::kInvalidArgument, "--access-log-format " + *text + ": say common or json"};
  }
  const auto path = line.Text(FlagId::kAccessLog);
  if (!path) {
    return text ? Result<std::unique_ptr<AccessLog>>(
                      Code::kInvalidArgument,
                      "--access-log-format is of --access-log FILE (give both)")
                : std::unique_ptr<AccessLog>();
  }
  return AccessLog::Open(session, *path, *format);
}

}  // namespace

Result<ServeOptions> ServeOptionsOf(const Session& session, const CommandLine& line) {
  auto token = TokenOf(session, line);
  if (!token.ok()) {
    return token.status();
  }
  ServeOptions options;
  options.token = *std::move(token);
  REEL_RETURN_IF_ERROR(AddAddresses(line, &options));
  REEL_RETURN_IF_ERROR(AddKvAddresses(line, &options));
  auto access_log = AccessLogOf(session, line);
  if (!access_log.ok()) {
    return access_log.status();
  }
  options.access_log = *std::move(access_log);
  if (const auto script = line.Text(FlagId::kFault)) {
    auto faults = FaultFront::Read(session, *script, Clock::System());
    if (!faults.ok()) {
      return faults.status();
    }
    options.faults = *std::move(faults);
  }
  return options;
}

}  // namespace reel::cli

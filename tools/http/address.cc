#include "tools/http/address.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <charconv>
#include <optional>

namespace reel::http {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr const char* kLoopback = "127.0.0.1";

std::optional<uint16_t> ParsePort(std::string_view text) {
  uint16_t port = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return whole ? std::optional(port) : std::nullopt;
}

bool IsNumeric(int family, const std::string& host) {
  in6_addr address{};
  return inet_pton(family, host.c_str(), &address) == 1;
}

Status Wrong(std::string_view text, std::string_view why) {
  return {Code::kInvalidArgument,
          "cannot listen on " + std::string(text) + ": " + std::string(why) +
              " (say ADDRESS:PORT with a numeric address, [IPV6]:PORT, or unix:/PATH)"};
}

}  // namespace

bool Address::IsLocal() const {
  if (is_unix()) {
    return true;
  }
  in_addr four{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) {
    constexpr uint32_t kLoopbackNet = 127;
    return ntohl(four.s_addr) >> 24U == kLoopbackNet;
  }
  in6_addr six{};
  return inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

std::string Address::ToString() const {
  if (is_unix()) {
    return std::string(kUnix) + path;
  }
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Address> ParseAddress(std::string_view text) {
  Address address;
  if (text.starts_with(kUnix)) {
    address.path = text.substr(kUnix.size());
    if (address.path.empty() || address.path.find('\0') != std::string::npos) {
      return Wrong(text, "it names no path");
    }
    if (address.path.size() >= sizeof(sockaddr_un::sun_path)) {
      return Wrong(text, "its path has more than " +
                             std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes");
    }
    return address;
  }
  const size_t colon = text.rfind(':');
  std::string_view host = colon == std::string_view::npos ? "" : text.substr(0, colon);
  const auto port = ParsePort(colon == std::string_view::npos ? text : text.substr(colon + 1));
  if (!port) {
    return Wrong(text, "it has no port from 0 to 65535");
  }
  address.port = *port;
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
  }
  address.host = host.empty() || host == "localhost" ? kLoopback : std::string(host);
  if (!IsNumeric(bracketed ? AF_INET6 : AF_INET, address.host)) {
    return Wrong(text, "its address is not numeric");
  }
  return address;
}

}  // namespace reel::http

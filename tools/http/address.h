// Where a server listens.
#pragma once

#include <reel/status.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace reel::http {

struct Address {
  /// A numeric IPv4 or IPv6 address without brackets; empty for a Unix socket.
  std::string host;
  /// 0: one that is free.
  uint16_t port = 0;
  /// Of a Unix socket.
  std::string path;

  [[nodiscard]] bool is_unix() const { return host.empty(); }
  /// Whether only processes of this machine can reach it.
  [[nodiscard]] bool IsLocal() const;
  /// As ParseAddress reads it.
  [[nodiscard]] std::string ToString() const;
};

/// "127.0.0.1:8787", "[::1]:8787", "localhost:8787" (127.0.0.1), ":8787" (127.0.0.1), "8787" (the
/// same), or "unix:/run/reel.sock". kInvalidArgument names the text and what is allowed.
Result<Address> ParseAddress(std::string_view text);

}  // namespace reel::http

// An HTTP/1.1 server (RFC 9110, RFC 9112) that knows nothing of what it serves.
#pragma once

#include <reel/status.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tools/http/address.h"
#include "tools/http/message.h"

namespace reel::http {

/// What keeps one client from harming others.
struct Limits {
  /// In a request's line and header fields together; a request with more is answered with 431.
  size_t header_bytes = 32U << 10;
  /// At most this many at a time, and less where the system allows fewer files. One more closes the
  /// connection that has been without a request for longest, or is closed itself where none is.
  size_t connections = 8192;
  /// From a request's first byte to the end of its header.
  std::chrono::milliseconds header_time{15'000};
  /// Without a request.
  std::chrono::milliseconds idle_time{75'000};
  /// Without a byte of progress in a body, either way.
  std::chrono::milliseconds stall_time{60'000};
  /// That all responses under way may occupy together. A response has at least 64 KiB all the same.
  size_t send_bytes = 16U << 20;
};

/// What became of one request.
struct AccessRecord {
  std::chrono::system_clock::time_point begin;
  std::chrono::microseconds duration{0};
  std::string peer;
  std::string id;
  std::string method;
  std::string target;
  std::string version;  // "HTTP/1.1"
  std::string referer;
  std::string user_agent;
  /// As sent; 499: the client had gone before one could be.
  int status = 0;
  /// Of bodies, as far as they were sent and received.
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;
  /// Why the response was cut off, or the request was not answered by the handler; empty for most.
  std::string failure;
};

struct ServerOptions {
  std::vector<Address> listen;
  Limits limits;
  /// Calls of handlers, bodies and uploads at a time, which may block; one more waits.
  unsigned blocking_calls = 16;
  /// Connections are shared out among so many groups of threads. As long as nothing blocks, one of
  /// each is awake.
  unsigned lanes = 2;
  /// Called when a request is over, from several threads at a time; must not block. Null: nobody.
  std::function<void(const AccessRecord&)> on_request;
};

/// Serves from Start until it is destroyed. Neither idle nor slow clients hold a thread.
/// Thread-safe.
class Server {
 public:
  virtual ~Server() = default;

  /// Listens on all addresses, or on none. kBusy, kInvalidArgument, kReadOnly or kIoError names the
  /// address that it could not have. A Unix socket that a process left behind is replaced.
  static Result<std::unique_ptr<Server>> Start(const ServerOptions& options, Handler handler);

  /// Where it listens, in the order of ServerOptions::listen, with the ports that were chosen.
  [[nodiscard]] virtual const std::vector<Address>& addresses() const = 0;

  [[nodiscard]] virtual size_t connections() const = 0;

  /// Takes no more connections and requests, lets those under way finish for `grace` and cuts off
  /// what is left. Returns when none is left and no handler runs.
  virtual void Stop(std::chrono::milliseconds grace) = 0;
};

}  // namespace reel::http

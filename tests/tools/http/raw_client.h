// A client that sends just the bytes that a test wants.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/http/address.h"
#include "tools/http/message.h"

namespace reel::http {

/// One response as it came.
struct Reply {
  int status = 0;
  std::string reason;
  Headers headers;
  std::string body;
  /// Behind a body in chunks.
  Headers trailers;
  /// False: the connection ended before the response did.
  bool whole = false;
};

/// A connection. Every wait ends after half a minute, as a failure.
class RawClient {
 public:
  explicit RawClient(const Address& address);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  /// False: the other side takes no more.
  bool Send(std::string_view bytes);

  /// The next response; status 0 where there is none. Of an answer to HEAD, only the head.
  Reply Receive(bool to_head = false);

  /// Reads at most `bytes`; fewer at the end of the connection.
  std::string Read(size_t bytes);

  /// Waits for the other side to end the connection; what it had sent before.
  std::string ReadToEnd();

  /// No more bytes will be sent.
  void ShutDown();

  /// Makes the kernel take no more than a little from the other side.
  void ReceiveLittle();

 private:
  std::optional<std::string> ReadLine();
  bool Fill();

  int fd_ = -1;
  std::string kept_;
};

}  // namespace reel::http

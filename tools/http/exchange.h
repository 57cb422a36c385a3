// A request and its response on a connection.
#pragma once

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "tools/http/connection.h"
#include "tools/http/message.h"
#include "tools/http/server.h"

namespace reel::http {

/// What is sent at a time, and what is read of an upload: small enough for a processor's cache.
inline constexpr size_t kBlockBytes = 256U << 10;
/// So little with many responses at a time.
inline constexpr size_t kBlockBytesMin = 64U << 10;
/// And at first, because the first byte has to come early.
inline constexpr size_t kFirstBlockBytes = 16U << 10;

struct Connection::Exchange {
  boost::beast::http::request_parser<boost::beast::http::buffer_body> parser;
  Request request;
  Response response;
  AccessRecord record;
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
  /// Of a body with a declared length, as it comes.
  uint64_t body_left = 0;
  bool chunked = false;
  /// The framing of a body in chunks is lost.
  bool malformed = false;
  bool keep_alive = false;
  /// Of HTTP/1.1; older clients know no chunks.
  bool knows_chunks = false;
  bool continue_expected = false;
  /// What the source lent before the head was sent.
  Status first;

  [[nodiscard]] bool BodyIsOver() const { return chunked ? parser.is_done() : body_left == 0; }
};

}  // namespace reel::http

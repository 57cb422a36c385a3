// What a request asks and what answers it, for handlers that know nothing of connections.
#pragma once

#include <reel/status.h>
#include <reel/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace reel::http {

/// Header fields in their order. Names are compared in any case (RFC 9110, section 5.1).
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  void Add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
  }

  /// The values of all fields of that name, joined with ", "; nothing where there is none.
  [[nodiscard]] std::optional<std::string> Find(std::string_view name) const;

  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<Field> fields_;
};

/// Whether `a` and `b` are the same but for the case of ASCII letters.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

struct Request {
  std::string method;
  /// The path and query as they came, in origin form: it begins with '/'.
  std::string target;
  Headers headers;
  /// Of the body, in bytes; nothing where it is sent in chunks. 0: there is none.
  std::optional<uint64_t> content_length = 0;
  /// Who asks: "127.0.0.1:50000", "[::1]:50000", or "unix:".
  std::string peer;
  /// Which of the server's addresses it came to: its place in ServerOptions::listen.
  size_t listener = 0;
  /// Of letters, digits and "._-"; the client's own X-Request-Id where it has sent such a one.
  std::string id;

  /// Of the target, what stands before the first '?'. Still encoded.
  [[nodiscard]] std::string_view path() const;
  /// Behind the first '?'; empty where there is none.
  [[nodiscard]] std::string_view query() const;
};

/// A body that is made as it is sent. One thread at a time, not always the same one.
class BodySource {
 public:
  virtual ~BodySource() = default;

  /// In bytes; nothing where that is not known, and the body is sent in chunks.
  [[nodiscard]] virtual std::optional<uint64_t> size() const = 0;

  /// Lends the next bytes, about `bytes_max` and at least one; none at the end. `out` is cleared
  /// first; it and this object outlive what is lent. May block. An error cuts the connection off,
  /// so that nobody takes what was sent for the whole, and is logged.
  virtual Status Next(size_t bytes_max, BorrowedBytes* out) = 0;

  /// Fields that follow a body without a size, once it is sent (RFC 9110, section 6.5). Their names
  /// are to be announced in the header field Trailer.
  [[nodiscard]] virtual Headers trailers() const { return {}; }
};

struct Response {
  int status = 200;
  /// Of the status line; empty: the usual one.
  std::string reason;
  /// Without Content-Length, Transfer-Encoding, Connection and Date, which the server adds.
  Headers headers;
  /// The body, unless there is a `source`.
  std::string body;
  std::unique_ptr<BodySource> source;
};

/// Takes the body of one request. One thread at a time, not always the same one; calls may block.
/// Destroyed before Finish, the client has gone or sent less than it said: nothing must be kept.
class Upload {
 public:
  virtual ~Upload() = default;

  /// Takes the next bytes; they may be reused when it returns. A response ends the request.
  virtual std::optional<Response> Append(std::string_view bytes) = 0;

  /// All bytes have come.
  virtual Response Finish() = 0;
};

/// A response makes the server ignore a body that the request may have.
using Answer = std::variant<Response, std::unique_ptr<Upload>>;

/// Answers requests, several at a time, each on a thread that may block. A HEAD is answered like a
/// GET; its body is not sent, and not made.
using Handler = std::function<Answer(const Request&)>;

/// An upload that keeps a body of at most `bytes_max` in memory and hands it to `handle`; 413 for a
/// longer one.
std::unique_ptr<Upload> CollectBody(size_t bytes_max,
                                    std::function<Response(std::string body)> handle);

/// A plain text, with a line's end.
Response TextResponse(int status, std::string_view text);

/// `json` is a whole JSON text.
Response JsonResponse(int status, std::string json);

/// "Not Found"; empty for a status without a usual phrase.
std::string_view ReasonOf(int status);

}  // namespace reel::http

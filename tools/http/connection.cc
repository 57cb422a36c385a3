#include "tools/http/connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/beast/http/error.hpp>
#include <cstring>
#include <exception>
#include <utility>

#include "tools/http/exchange.h"
#include "tools/http/request_id.h"

namespace reel::http {
namespace {

namespace asio = boost::asio;
namespace bhttp = boost::beast::http;
using boost::system::error_code;

constexpr int kClientHasGone = 499;

// Most headers are shorter.
constexpr size_t kHeaderReadBytes = 4096;

// How many bytes of a body that nobody wants are read, so that the connection can be used again.
constexpr uint64_t kUnwantedBytesMax = 256U << 10;

std::string_view View(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

// The path and query of a request's target in origin or absolute form; empty: neither.
std::string OriginForm(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() >= scheme.size() &&
        EqualsIgnoringCase(target.substr(0, scheme.size()), scheme)) {
      const std::string_view rest = target.substr(scheme.size());
      const size_t end = rest.find_first_of("/?");
      if (end == std::string_view::npos) {
        return "/";
      }
      return (rest[end] == '?' ? "/" : "") + std::string(rest.substr(end));
    }
  }
  return target.starts_with('/') ? std::string(target) : std::string();
}

int StatusOfMalformed(const error_code& error) {
  if (error == bhttp::error::header_limit || error == bhttp::error::buffer_overflow) {
    return 431;
  }
  return error == bhttp::error::bad_version ? 505 : 400;
}

}  // namespace

// Among those that can be closed while they wait.
class Connection::Idle {
 public:
  explicit Idle(Connection* connection) : connection_(*connection) {
    const std::lock_guard lock(connection_.context_.mutex);
    auto& idle = connection_.context_.idle;
    connection_.idle_place_ = idle.insert(idle.end(), connection);
    connection_.waiting_ = true;
  }
  ~Idle() {
    connection_.waiting_ = false;
    const std::lock_guard lock(connection_.context_.mutex);
    connection_.context_.idle.erase(connection_.idle_place_);
  }
  Idle(const Idle&) = delete;
  Idle& operator=(const Idle&) = delete;

 private:
  Connection& connection_;
};

Connection::Connection(TimedSocket::Socket socket, size_t listener, std::string peer,
                       ConnectionContext* context)
    : socket_(std::move(socket)), listener_(listener), peer_(std::move(peer)), context_(*context) {}

void Connection::Stop() {
  stopping_ = true;
  asio::post(socket_.strand(), [self = shared_from_this()] {
    if (self->waiting_) {
      self->socket_.Cancel();
    }
  });
}

void Connection::Abort() {
  stopping_ = true;
  asio::post(socket_.strand(), [self = shared_from_this()] { self->socket_.Close(); });
}

void Connection::AbortIfLate() {
  if (socket_.IsLate()) {
    asio::post(socket_.strand(), [self = shared_from_this()] { self->socket_.CloseIfExpired(); });
  }
}

asio::awaitable<void> Connection::Run() {
  const auto self = shared_from_this();
  bool goes_on = true;
  while (goes_on && !stopping_) {
    goes_on = co_await WaitForRequest();
    if (goes_on) {
      goes_on = co_await Serve();
    }
  }
  socket_.Close();
}

asio::awaitable<bool> Connection::WaitForRequest() {
  if (buffer_.size() > 0) {
    co_return true;  // it has come with the one before
  }
  const Idle idle(this);
  socket_.ExpiresAfter(context_.options.limits.idle_time);
  co_return co_await ReadMore(kHeaderReadBytes);
}

// To what has come and is not used yet.
asio::awaitable<bool> Connection::ReadMore(size_t bytes_max) {
  const TimedSocket::Done read = co_await socket_.ReadSome(buffer_.prepare(bytes_max));
  buffer_.commit(read.bytes);
  co_return !read.error;
}

// False: the connection has come to its end, and whoever can be told has been.
asio::awaitable<bool> Connection::ReadHeader(Exchange* exchange) {
  auto& parser = exchange->parser;
  socket_.ExpiresAfter(context_.options.limits.header_time);
  while (!parser.is_header_done()) {
    error_code error;
    buffer_.consume(parser.put(buffer_.data(), error));
    if (error == bhttp::error::need_more) {
      if (!co_await ReadMore(kHeaderReadBytes)) {
        if (socket_.expired()) {
          exchange->record.status = 408;  // told to nobody but the log: the socket is closed by now
          exchange->record.failure = "the header did not come in time";
          Tell(*exchange);
        }
        co_return false;
      }
    } else if (error) {
      std::string why = error == bhttp::error::header_limit ? "the header is too long"
                                                            : "the request is not HTTP/1.1";
      co_await Refuse(exchange, StatusOfMalformed(error), std::move(why));
      co_return false;
    }
  }
  co_return true;
}

// Answers what no handler sees; the connection can be used for nothing else.
asio::awaitable<void> Connection::Refuse(Exchange* exchange, int status, std::string why) {
  exchange->keep_alive = false;
  exchange->response = TextResponse(status, why);
  exchange->record.failure = std::move(why);
  co_await Send(exchange);
  Tell(*exchange);
  co_await Linger();
}

asio::awaitable<bool> Connection::Serve() {
  const Limits& limits = context_.options.limits;
  Exchange exchange;
  exchange.record.begin = std::chrono::system_clock::now();
  auto& parser = exchange.parser;
  parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
  parser.body_limit(boost::none);
  if (!co_await ReadHeader(&exchange)) {
    co_return false;
  }
  const auto& message = parser.get();
  Request& request = exchange.request;
  request.method = std::string(View(message.method_string()));
  request.target = OriginForm(View(message.target()));
  size_t hosts = 0;
  for (const auto& field : message) {
    hosts += field.name() == bhttp::field::host ? 1 : 0;
    request.headers.Add(std::string(View(field.name_string())), std::string(View(field.value())));
  }
  request.peer = peer_;
  request.listener = listener_;
  request.id = RequestIdFrom(request.headers.Find("X-Request-Id"));
  exchange.knows_chunks = message.version() >= 11;
  exchange.keep_alive = message.keep_alive();
  exchange.chunked = parser.chunked();
  AccessRecord& record = exchange.record;
  record.method = request.method;
  record.target = std::string(View(message.target()));
  record.version = exchange.knows_chunks ? "HTTP/1.1" : "HTTP/1.0";

  std::string wrong;
  int status = 400;
  if (exchange.knows_chunks && hosts != 1) {
    wrong = "the request needs one Host field";
  } else if (request.target.empty()) {
    wrong = "the request's target is no path";
  } else if (message.find(bhttp::field::transfer_encoding) != message.end()) {
    if (message.find(bhttp::field::content_length) != message.end()) {
      wrong = "the request has both Content-Length and Transfer-Encoding";
    } else if (!exchange.chunked || !exchange.knows_chunks) {
      status = 501;
      wrong = "of transfer encodings only chunked is known";
    }
  }
  if (!wrong.empty()) {
    co_await Refuse(&exchange, status, std::move(wrong));
    co_return false;
  }
  if (exchange.chunked) {
    request.content_length.reset();
  } else {
    exchange.body_left = parser.content_length().value_or(0);
    request.content_length = exchange.body_left;
  }
  const auto expect = request.headers.Find("Expect");
  exchange.continue_expected =
      exchange.knows_chunks && expect && EqualsIgnoringCase(*expect, "100-continue");

  std::unique_ptr<Upload> upload;
  const auto handle = [&] {
    try {
      Answer answer = context_.handler(request);
      if (auto* wants = std::get_if<std::unique_ptr<Upload>>(&answer)) {
        upload = std::move(*wants);
        return;
      }
      exchange.response = std::move(std::get<Response>(answer));
      if (exchange.response.source != nullptr && request.method != "HEAD") {
        exchange.first = exchange.response.source->Next(kFirstBlockBytes, &lent_);
      }
    } catch (const std::exception& thrown) {
      record.failure = thrown.what();
      exchange.response = TextResponse(500, "the server failed");
    }
  };
  // What was deleted or received is on the disk when it is answered.
  co_await Block(request.method == "DELETE" ? Blocks::kLong : Blocks::kBriefly, handle);
  if (upload != nullptr) {
    const bool received = co_await Receive(&exchange, std::move(upload));
    if (!received) {
      record.status = kClientHasGone;
      Tell(exchange);
      co_return false;
    }
  }
  // A body that nobody wanted stands between this request and the next.
  if (!exchange.BodyIsOver() &&
      (exchange.chunked || exchange.continue_expected || exchange.body_left > kUnwantedBytesMax)) {
    exchange.keep_alive = false;
  }
  exchange.keep_alive = exchange.keep_alive && !stopping_;
  const bool sent = co_await Send(&exchange);
  Tell(exchange);
  if (sent && exchange.keep_alive && !exchange.BodyIsOver()) {
    std::vector<char> unwanted(kBlockBytesMin);
    while (exchange.body_left > 0) {
      size_t filled = 0;
      if (!co_await ReceiveBlock(&exchange, unwanted.data(), unwanted.size(), &filled)) {
        co_return false;
      }
    }
  }
  if (sent && !exchange.BodyIsOver()) {
    co_await Linger();
  }
  co_return sent&& exchange.keep_alive;
}

asio::awaitable<bool> Connection::ReceiveBlock(Exchange* exchange, char* block, size_t capacity,
                                               size_t* filled) {
  *filled = 0;
  if (exchange->chunked) {
    if (!co_await ReceiveChunks(exchange, block, capacity, filled)) {
      co_return false;
    }
  } else {
    capacity = std::min<uint64_t>(capacity, exchange->body_left);
    *filled = std::min(capacity, buffer_.size());
    std::memcpy(block, buffer_.data().data(), *filled);
    buffer_.consume(*filled);
    while (*filled < capacity) {
      socket_.ExpiresAfter(context_.options.limits.stall_time);
      const auto rest = asio::buffer(block + *filled, capacity - *filled);
      const TimedSocket::Done read = co_await socket_.ReadSome(rest);
      if (read.error) {
        co_return false;
      }
      *filled += read.bytes;
    }
    exchange->body_left -= *filled;
  }
  exchange->record.bytes_received += *filled;
  co_return true;
}

asio::awaitable<bool> Connection::ReceiveChunks(Exchange* exchange, char* block, size_t capacity,
                                                size_t* filled) {
  auto& body = exchange->parser.get().body();
  bool needs_more = false;
  while (*filled < capacity && !exchange->BodyIsOver()) {
    if (needs_more || buffer_.size() == 0) {
      socket_.ExpiresAfter(context_.options.limits.stall_time);
      if (!co_await ReadMore(kBlockBytesMin)) {
        co_return false;
      }
    }
    body.data = block + *filled;
    body.size = capacity - *filled;
    error_code error;
    buffer_.consume(exchange->parser.put(buffer_.data(), error));
    *filled = capacity - body.size;
    needs_more = error == bhttp::error::need_more;
    if (error && !needs_more && error != bhttp::error::need_buffer) {
      exchange->malformed = true;
      exchange->keep_alive = false;
      co_return false;
    }
  }
  co_return true;
}

asio::awaitable<bool> Connection::Receive(Exchange* exchange, std::unique_ptr<Upload> upload) {
  bool going = true;
  if (exchange->continue_expected && buffer_.size() == 0 && !exchange->BodyIsOver()) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    std::vector<asio::const_buffer> buffers(1, asio::buffer(kContinue));
    going = co_await WriteAll(std::move(buffers));
    exchange->continue_expected = false;
  }
  const size_t capacity =
      exchange->chunked ? kBlockBytes : std::min<uint64_t>(kBlockBytes, exchange->body_left);
  const auto block = std::make_unique_for_overwrite<char[]>(capacity);
  bool answered = false;
  bool failed = false;
  const auto call = [&](const auto& take) {
    try {
      take();
    } catch (const std::exception& thrown) {
      exchange->record.failure = thrown.what();
      exchange->response = TextResponse(500, "the server failed");
      failed = true;
    }
  };
  while (going && !answered && !failed && !exchange->BodyIsOver()) {
    size_t filled = 0;
    going = co_await ReceiveBlock(exchange, block.get(), capacity, &filled);
    if (going && filled > 0) {
      const auto append = [&] {
        call([&] {
          if (auto early = upload->Append(std::string_view(block.get(), filled))) {
            exchange->response = *std::move(early);
            answered = true;
          }
        });
      };
      co_await Block(Blocks::kBriefly, append);
    }
  }
  if (!going && exchange->malformed) {
    exchange->record.failure = "the body's chunks are malformed";
    exchange->response = TextResponse(400, exchange->record.failure);
    answered = true;
  } else if (!going) {
    exchange->record.failure = "the body ended early";
  }
  const auto finish = [&] {
    if (going && !answered && !failed) {
      call([&] {
        exchange->response = upload->Finish();
        if (exchange->response.source != nullptr) {
          exchange->first = exchange->response.source->Next(kFirstBlockBytes, &lent_);
        }
      });
    }
    upload.reset();
  };
  co_await Block(Blocks::kLong, finish);
  co_return going || answered || failed;
}

// A connection that is closed while bytes come in is reset, and what was sent with it.
asio::awaitable<void> Connection::Linger() {
  socket_.ShutdownSend();
  constexpr auto kLingerTime = std::chrono::seconds(2);
  constexpr uint64_t kLingerBytes = 64U << 20;
  socket_.ExpiresAfter(kLingerTime);
  uint64_t read = 0;
  std::vector<char> unwanted(kBlockBytesMin);
  while (read < kLingerBytes) {
    const TimedSocket::Done done = co_await socket_.ReadSome(asio::buffer(unwanted));
    if (done.error) {
      break;
    }
    read += done.bytes;
  }
}

void Connection::Tell(const Exchange& exchange) {
  if (!context_.options.on_request) {
    return;
  }
  AccessRecord record = exchange.record;
  record.peer = peer_;
  record.id = exchange.request.id;
  record.referer = exchange.request.headers.Find("Referer").value_or("");
  record.user_agent = exchange.request.headers.Find("User-Agent").value_or("");
  record.duration = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - exchange.begin);
  context_.options.on_request(record);
}

}  // namespace reel::http

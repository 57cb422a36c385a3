// How a connection sends its responses.
#include <reel/http_date.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <exception>
#include <memory>
#include <utility>

#include "tools/http/connection.h"
#include "tools/http/exchange.h"

namespace reel::http {
namespace {

namespace asio = boost::asio;

class Counted {
 public:
  explicit Counted(std::atomic<size_t>* number) : number_(*number) { ++number_; }
  ~Counted() { --number_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::atomic<size_t>& number_;
};

std::string ChunkHead(size_t bytes) {
  std::array<char, 20> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), bytes, 16).ptr;
  return std::string(text.data(), end) + "\r\n";
}

// Whatever a handler says, it stays within its line.
std::string OneLine(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return text;
}

void AppendFields(const Headers& headers, std::string* head) {
  for (const auto& [name, value] : headers.fields()) {
    *head += OneLine(name + ": " + value) + "\r\n";
  }
}

}  // namespace

size_t Connection::BlockBytes() const {
  const size_t streams = std::max<size_t>(1, context_.streams.load(std::memory_order_relaxed));
  return std::clamp(context_.options.limits.send_bytes / streams, kBlockBytesMin, kBlockBytes);
}

asio::awaitable<bool> Connection::Send(Exchange* exchange) {
  Response& response = exchange->response;
  if (!exchange->first.ok()) {
    exchange->record.failure = exchange->first.message();
    response = TextResponse(500, exchange->first.message());
    exchange->first = Status::Ok();
  }
  const bool has_body = response.status >= 200 && response.status != 204 && response.status != 304;
  const auto size = response.source != nullptr ? response.source->size()
                                               : std::optional<uint64_t>(response.body.size());
  if (!size && !exchange->knows_chunks) {
    exchange->keep_alive = false;
  }
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " " +
                     (response.reason.empty() ? std::string(ReasonOf(response.status))
                                              : OneLine(response.reason)) +
                     "\r\nDate: " + FormatHttpDate(std::time(nullptr)) + "\r\n";
  AppendFields(response.headers, &head);
  if (!exchange->request.id.empty()) {
    head += "X-Request-Id: " + exchange->request.id + "\r\n";
  }
  if (has_body && size) {
    head += "Content-Length: " + std::to_string(*size) + "\r\n";
  } else if (has_body && exchange->knows_chunks) {
    head += "Transfer-Encoding: chunked\r\n";
  }
  if (!exchange->keep_alive) {
    head += "Connection: close\r\n";
  } else if (!exchange->knows_chunks) {
    head += "Connection: keep-alive\r\n";
  }
  head += "\r\n";
  exchange->record.status = response.status;

  bool sent = false;
  if (response.source != nullptr && has_body && exchange->request.method != "HEAD") {
    const Counted stream(&context_.streams);
    sent = co_await SendSource(exchange, std::move(head));
  } else {
    const bool with_body = has_body && exchange->request.method != "HEAD";
    std::vector<asio::const_buffer> buffers(1, asio::buffer(head));
    if (with_body) {
      buffers.emplace_back(asio::buffer(response.body));
    }
    sent = co_await WriteAll(std::move(buffers));
    if (sent && with_body) {
      exchange->record.bytes_sent = response.body.size();
    }
  }
  if (response.source != nullptr) {
    // What it pins may be files to delete.
    const auto let_go = [&] {
      lent_.Clear();
      response.source.reset();
    };
    co_await Block(Blocks::kBriefly, let_go);
  }
  co_return sent;
}

// Behind `head`, in a chunk if `in_chunks`.
asio::awaitable<bool> Connection::SendLent(std::string head, bool in_chunks) {
  if (in_chunks) {
    head += ChunkHead(lent_.size());
  }
  std::vector<asio::const_buffer> buffers;
  if (!head.empty()) {
    buffers.emplace_back(asio::buffer(head));
  }
  for (const std::string_view slice : lent_.slices()) {
    buffers.emplace_back(asio::buffer(slice));
  }
  if (in_chunks) {
    buffers.emplace_back(asio::buffer("\r\n", 2));
  }
  co_return co_await WriteAll(std::move(buffers));
}

asio::awaitable<bool> Connection::SendSource(Exchange* exchange, std::string head) {
  BodySource& source = *exchange->response.source;
  const auto size = source.size();
  const bool in_chunks = !size && exchange->knows_chunks;
  uint64_t& sent = exchange->record.bytes_sent;
  Status next;
  const auto fetch = [&] {
    try {
      next = source.Next(BlockBytes(), &lent_);
    } catch (const std::exception& thrown) {
      next = {Code::kIoError, thrown.what()};
    }
  };
  while (lent_.size() > 0) {
    const size_t bytes = lent_.size();
    if (size && bytes > *size - sent) {
      next = {Code::kIoError, "a body was longer than was said"};
      break;
    }
    const bool written = co_await SendLent(std::exchange(head, {}), in_chunks);
    if (!written) {
      exchange->record.failure = "the client had gone";
      co_return false;
    }
    sent += bytes;
    if (size && sent == *size) {
      break;
    }
    co_await Block(Blocks::kBriefly, fetch);
    if (!next.ok()) {
      break;
    }
  }
  if (next.ok() && size && sent != *size) {
    next = {Code::kIoError, "a body was shorter than was said"};
  }
  if (!next.ok()) {
    exchange->record.failure = next.message();
    if (!size && !exchange->knows_chunks) {
      // Nothing but a reset tells such a client that it has not got all.
      socket_.Reset();
    }
    co_return false;
  }
  if (in_chunks) {
    head += "0\r\n";
    AppendFields(source.trailers(), &head);
    head += "\r\n";
  }
  if (head.empty()) {
    co_return true;
  }
  std::vector<asio::const_buffer> last(1, asio::buffer(head));
  co_return co_await WriteAll(std::move(last));
}

asio::awaitable<bool> Connection::WriteAll(std::vector<asio::const_buffer> buffers) {
  size_t first = 0;
  while (first < buffers.size()) {
    socket_.ExpiresAfter(context_.options.limits.stall_time);
    // As many as one system call takes.
    constexpr size_t kBuffersMax = 64;
    const size_t last = std::min(buffers.size(), first + kBuffersMax);
    std::vector<asio::const_buffer> some(buffers.begin() + static_cast<ptrdiff_t>(first),
                                         buffers.begin() + static_cast<ptrdiff_t>(last));
    auto [error, bytes] = co_await socket_.WriteSome(std::move(some));
    if (error) {
      co_return false;
    }
    while (first < buffers.size() && bytes >= buffers[first].size()) {
      bytes -= buffers[first].size();
      ++first;
    }
    if (bytes > 0) {
      buffers[first] += bytes;
    }
  }
  co_return true;
}

}  // namespace reel::http

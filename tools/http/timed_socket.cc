#include "tools/http/timed_socket.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <limits>
#include <utility>

namespace reel::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

int64_t NowMillis() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

bool MayComeLater(const error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

}  // namespace

TimedSocket::TimedSocket(Socket socket) : socket_(std::move(socket)), deadline_ms_(kNever) {
  error_code ignored;  // a socket that is broken says so when it is used
  socket_.non_blocking(true, ignored);
}

void TimedSocket::ExpiresAfter(std::chrono::milliseconds time) {
  deadline_ms_.store(NowMillis() + time.count(), std::memory_order_relaxed);
}

void TimedSocket::NeverExpires() {
  deadline_ms_.store(kNever, std::memory_order_relaxed);
}

asio::awaitable<TimedSocket::Done> TimedSocket::ReadSome(asio::mutable_buffer buffer) {
  while (true) {
    Done done;
    done.bytes = socket_.read_some(buffer, done.error);
    if (!MayComeLater(done.error)) {
      co_return done;
    }
    const auto [error] = co_await socket_.async_wait(asio::socket_base::wait_read, kAwait);
    if (error) {
      done.error = error;
      co_return done;
    }
  }
}

asio::awaitable<TimedSocket::Done> TimedSocket::WriteSome(std::vector<asio::const_buffer> buffers) {
  while (true) {
    Done done;
    done.bytes = socket_.write_some(buffers, done.error);
    if (!MayComeLater(done.error)) {
      co_return done;
    }
    const auto [error] = co_await socket_.async_wait(asio::socket_base::wait_write, kAwait);
    if (error) {
      done.error = error;
      co_return done;
    }
  }
}

void TimedSocket::Cancel() {
  error_code ignored;
  socket_.cancel(ignored);
}

void TimedSocket::Close() {
  error_code ignored;
  socket_.close(ignored);
}

void TimedSocket::Reset() {
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

void TimedSocket::ShutdownSend() {
  error_code ignored;
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

bool TimedSocket::IsLate() const {
  return NowMillis() > deadline_ms_.load(std::memory_order_relaxed);
}

void TimedSocket::CloseIfExpired() {
  if (IsLate() && socket_.is_open()) {
    expired_ = true;
    Close();
  }
}

}  // namespace reel::http

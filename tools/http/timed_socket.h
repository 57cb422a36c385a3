// A connected socket that waits only where it has to, and no longer than it may.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace reel::http {

/// Used on its strand, but for what says otherwise.
///
/// What can be read or written at once is: the coroutine goes on in its thread, and neither a queue
/// nor another thread has to do with it. There is no timer for each call either; somebody calls
/// CloseIfExpired from time to time.
class TimedSocket {
 public:
  using Strand = boost::asio::strand<boost::asio::io_context::executor_type>;
  using Protocol = boost::asio::generic::stream_protocol;
  using Socket = boost::asio::basic_stream_socket<Protocol, Strand>;

  struct Done {
    boost::system::error_code error;
    size_t bytes = 0;
  };

  explicit TimedSocket(Socket socket);

  /// That it may take from now until the next call of this.
  void ExpiresAfter(std::chrono::milliseconds time);
  /// It may take as long as it likes.
  void NeverExpires();

  /// At least one byte, or an error: the end of the stream is one.
  boost::asio::awaitable<Done> ReadSome(boost::asio::mutable_buffer buffer);

  /// At least one byte, or an error.
  boost::asio::awaitable<Done> WriteSome(std::vector<boost::asio::const_buffer> buffers);

  /// Ends a call that waits, with an error.
  void Cancel();
  void Close();
  /// What was sent may get lost: the peer is told of a reset.
  void Reset();
  /// Sends no more, but the peer may.
  void ShutdownSend();

  Strand strand() { return socket_.get_executor(); }
  boost::asio::io_context* lane() { return &strand().get_inner_executor().context(); }

  /// Whether the time was over when it was closed.
  [[nodiscard]] bool expired() const { return expired_; }

  /// Whether the time is over. On any thread.
  [[nodiscard]] bool IsLate() const;
  /// Closes it if the time is over.
  void CloseIfExpired();

 private:
  Socket socket_;
  /// Of the steady clock.
  std::atomic<int64_t> deadline_ms_;
  bool expired_ = false;
};

}  // namespace reel::http

// One client's connection: requests and responses, one after another.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tools/http/blocking_slots.h"
#include "tools/http/message.h"
#include "tools/http/server.h"
#include "tools/http/timed_socket.h"

namespace reel::http {

class Connection;

/// What the connections of a server have in common.
struct ConnectionContext {
  ConnectionContext(const ServerOptions& given, Handler handles)
      : options(given), handler(std::move(handles)), blocking(given.blocking_calls) {}

  const ServerOptions options;
  const Handler handler;
  BlockingSlots blocking;
  /// Responses that are being sent from a BodySource.
  std::atomic<size_t> streams = 0;

  std::mutex mutex;
  /// That wait for a request, those that have waited longest first.
  std::list<Connection*> idle;
};

/// Alive while its coroutine runs. Everything happens on its strand, but for what says otherwise.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  /// `context` outlives it.
  Connection(TimedSocket::Socket socket, size_t listener, std::string peer,
             ConnectionContext* context);

  /// Serves until either side ends it. Once.
  boost::asio::awaitable<void> Run();

  /// Begins no other request. On any thread, as the next one.
  void Stop();
  /// Cuts it off.
  void Abort();
  /// Cuts it off if it has made no progress for too long.
  void AbortIfLate();

 private:
  struct Exchange;

  class Idle;

  boost::asio::awaitable<bool> WaitForRequest();
  boost::asio::awaitable<bool> Serve();
  boost::asio::awaitable<bool> ReadHeader(Exchange* exchange);
  boost::asio::awaitable<bool> ReadMore(size_t bytes_max);
  boost::asio::awaitable<void> Refuse(Exchange* exchange, int status, std::string why);
  boost::asio::awaitable<bool> Receive(Exchange* exchange, std::unique_ptr<Upload> upload);
  boost::asio::awaitable<bool> ReceiveBlock(Exchange* exchange, char* block, size_t capacity,
                                            size_t* filled);
  boost::asio::awaitable<bool> ReceiveChunks(Exchange* exchange, char* block, size_t capacity,
                                             size_t* filled);
  boost::asio::awaitable<bool> Send(Exchange* exchange);
  boost::asio::awaitable<bool> SendSource(Exchange* exchange, std::string head);
  boost::asio::awaitable<bool> SendLent(std::string head, bool in_chunks);
  boost::asio::awaitable<bool> WriteAll(std::vector<boost::asio::const_buffer> buffers);
  boost::asio::awaitable<void> Linger();

  /// What the client cannot be blamed for, however long it takes. Now and then, others have their
  /// turn first: a client that always has bytes to send, or takes all at once, never waits itself.
  template <typename Work>
  boost::asio::awaitable<void> Block(Blocks blocks, Work work) {
    constexpr unsigned kCallsPerTurn = 4;
    socket_.NeverExpires();
    if (++calls_ % kCallsPerTurn == 0) {
      co_await boost::asio::post(socket_.strand(), boost::asio::use_awaitable);
    }
    co_await context_.blocking.Run(socket_.lane(), this, blocks, std::move(work));
  }

  void Tell(const Exchange& exchange);
  [[nodiscard]] size_t BlockBytes() const;

  TimedSocket socket_;
  const size_t listener_;
  const std::string peer_;
  ConnectionContext& context_;
  boost::beast::flat_buffer buffer_;
  /// Kept from one response to the next, as their memory is.
  BorrowedBytes lent_;
  unsigned calls_ = 0;
  std::atomic<bool> stopping_ = false;
  bool waiting_ = false;
  std::list<Connection*>::iterator idle_place_;
};

}  // namespace reel::http

#include "tools/http/server.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <exception>
#include <thread>
#include <unordered_map>
#include <utility>

#include "tools/http/connection.h"

namespace reel::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Local = asio::local::stream_protocol;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

Status CannotListen(const Address& address, const error_code& error) {
  Code code = Code::kIoError;
  std::string remedy = "choose another address";
  if (error == asio::error::address_in_use) {
    code = Code::kBusy;
    remedy = "end the process that listens there, or choose another address";
  } else if (error == asio::error::access_denied) {
    code = Code::kReadOnly;
    remedy = "ports below 1024 take more rights; choose another address";
  }
  return {code,
          "cannot listen on " + address.ToString() + ": " + error.message() + " (" + remedy + ")"};
}

// A socket that a process left behind when it was killed is nobody's.
void RemoveStaleSocket(const Address& address, asio::io_context* io) {
  error_code error;
  Local::socket probe(*io);
  probe.connect(Local::endpoint(address.path), error);
  if (error == asio::error::connection_refused) {
    unlink(address.path.c_str());
  }
}

// Each connection takes a descriptor, and the store needs some too.
size_t ConnectionsMax(size_t wanted) {
  constexpr rlim_t kForOthers = 1024;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) {
    return wanted;
  }
  if (files.rlim_cur < wanted + kForOthers) {
    files.rlim_cur = std::min<rlim_t>(files.rlim_max, wanted + kForOthers);
    static_cast<void>(setrlimit(RLIMIT_NOFILE, &files));
    static_cast<void>(getrlimit(RLIMIT_NOFILE, &files));
  }
  const rlim_t left = files.rlim_cur > 2 * kForOthers ? files.rlim_cur - kForOthers
                                                      : std::max<rlim_t>(files.rlim_cur / 2, 1);
  return std::min<size_t>(wanted, left);
}

// Connections, and threads that take turns to wait for them.
class Lane {
 public:
  // Told to expect one thread, it does not wake another one for each event (see BlockingSlots).
  Lane() : io_(1), work_(asio::make_work_guard(io_)) {}

  void Run(unsigned threads) {
    for (unsigned i = 0; i < threads; ++i) {
      threads_.emplace_back([this] { io_.run(); });
    }
  }

  void Stop() {
    work_.reset();
    io_.stop();
    for (std::thread& thread : threads_) {
      thread.join();
    }
    threads_.clear();
  }

  asio::io_context& io() { return io_; }

 private:
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::vector<std::thread> threads_;
};

class AsioServer final : public Server {
 public:
  AsioServer(const ServerOptions& options, Handler handler)
      : context_(options, std::move(handler)),
        connections_max_(ConnectionsMax(options.limits.connections)),
        lanes_(options.lanes),
        patience_(asio::make_strand(lanes_.front().io())) {}

  ~AsioServer() override { Stop(std::chrono::milliseconds(0)); }

  Status Listen() {
    for (const Address& address : context_.options.listen) {
      REEL_RETURN_IF_ERROR(address.is_unix() ? ListenLocal(address) : ListenTcp(address));
    }
    for (size_t i = 0; i < acceptors_.size(); ++i) {
      acceptors_[i]->Begin(i);
    }
    asio::co_spawn(patience_.get_executor(), AbortTheLate(), asio::detached);
    for (Lane& lane : lanes_) {
      lane.Run(context_.options.blocking_calls + 1);
    }
    is_running_ = true;
    return Status::Ok();
  }

  [[nodiscard]] const std::vector<Address>& addresses() const override { return addresses_; }

  [[nodiscard]] size_t connections() const override {
    const std::lock_guard lock(mutex_);
    return connections_.size();
  }

  void Stop(std::chrono::milliseconds grace) override {
    for (const auto& acceptor : acceptors_) {
      acceptor->End();
    }
    {
      std::unique_lock lock(mutex_);
      stopping_ = true;
      for (const auto& [connection, owned] : connections_) {
        connection->Stop();
      }
      changed_.wait_for(lock, grace, [&] { return connections_.empty(); });
      for (const auto& [connection, owned] : connections_) {
        connection->Abort();
      }
      if (is_running_) {
        changed_.wait(lock, [&] { return connections_.empty(); });
      }
    }
    for (Lane& lane : lanes_) {
      lane.Stop();
    }
    is_running_ = false;
    for (const Address& address : addresses_) {
      if (address.is_unix()) {
        unlink(address.path.c_str());
      }
    }
    addresses_.clear();
  }

 private:
  class Acceptor {
   public:
    virtual ~Acceptor() = default;
    virtual void Begin(size_t listener) = 0;
    virtual void End() = 0;
  };

  template <typename Protocol>
  class AcceptorOf final : public Acceptor {
   public:
    AcceptorOf(AsioServer* server,
               asio::basic_socket_acceptor<Protocol, TimedSocket::Strand> acceptor)
        : server_(*server), acceptor_(std::move(acceptor)) {}

    void Begin(size_t listener) override {
      asio::co_spawn(acceptor_.get_executor(), Run(listener), asio::detached);
    }

    void End() override {
      asio::post(acceptor_.get_executor(), [this] {
        error_code ignored;
        acceptor_.close(ignored);
      });
    }

   private:
    asio::awaitable<void> Run(size_t listener) {
      while (acceptor_.is_open()) {
        auto [error, socket] =
            co_await acceptor_.async_accept(asio::make_strand(server_.NextLane().io()), kAwait);
        if (!error) {
          std::string peer = PeerOf(socket);
          server_.Add(std::move(socket), listener, std::move(peer));
        } else if (acceptor_.is_open()) {
          // Descriptors or memory have run out: some will come back.
          constexpr auto kPause = std::chrono::milliseconds(50);
          asio::steady_timer pause(acceptor_.get_executor(), kPause);
          co_await pause.async_wait(kAwait);
        }
      }
    }

    AsioServer& server_;
    asio::basic_socket_acceptor<Protocol, TimedSocket::Strand> acceptor_;
  };

  template <typename Protocol>
  Status ListenOn(const Address& address, const typename Protocol::endpoint& endpoint) {
    asio::basic_socket_acceptor<Protocol, TimedSocket::Strand> acceptor(
        asio::make_strand(lanes_.front().io()));
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error && !address.is_unix()) {
      acceptor.set_option(asio::socket_base::reuse_address(true), error);
      if (!error && address.host.find(':') != std::string::npos) {
        // "::" and "0.0.0.0" can then be had side by side.
        acceptor.set_option(asio::ip::v6_only(true), error);
      }
    }
    if (!error) {
      acceptor.bind(endpoint, error);
    }
    if (!error) {
      acceptor.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
      return CannotListen(address, error);
    }
    addresses_.push_back(address);
    if constexpr (std::is_same_v<Protocol, tcp>) {
      addresses_.back().port = acceptor.local_endpoint().port();
    }
    acceptors_.push_back(std::make_unique<AcceptorOf<Protocol>>(this, std::move(acceptor)));
    return Status::Ok();
  }

  Status ListenTcp(const Address& address) {
    error_code error;
    const auto host = asio::ip::make_address(address.host, error);
    return error ? CannotListen(address, error)
                 : ListenOn<tcp>(address, tcp::endpoint(host, address.port));
  }

  Status ListenLocal(const Address& address) {
    RemoveStaleSocket(address, &lanes_.front().io());
    return ListenOn<Local>(address, Local::endpoint(address.path));
  }

  static void SetUp(asio::basic_stream_socket<tcp, TimedSocket::Strand>* socket) {
    error_code ignored;
    socket->set_option(tcp::no_delay(true), ignored);
  }
  static void SetUp(asio::basic_stream_socket<Local, TimedSocket::Strand>* /*socket*/) {}

  template <typename Socket>
  static std::string PeerOf(const Socket& socket) {
    error_code error;
    const auto peer = socket.remote_endpoint(error);
    if constexpr (std::is_same_v<typename Socket::protocol_type, tcp>) {
      return error ? "" : Address{peer.address().to_string(), peer.port(), ""}.ToString();
    } else {
      return "unix:";
    }
  }

  // Nobody sets a timer for each read and write: what makes no progress is found within an eighth
  // of the shortest time that is allowed.
  asio::awaitable<void> AbortTheLate() {
    const Limits& limits = context_.options.limits;
    const auto period = std::clamp<std::chrono::milliseconds>(
                            std::min({limits.header_time, limits.idle_time, limits.stall_time}),
                            std::chrono::milliseconds(80), std::chrono::milliseconds(8000)) /
                        8;
    while (true) {
      patience_.expires_after(period);
      const auto [error] = co_await patience_.async_wait(kAwait);
      const std::lock_guard lock(mutex_);
      if (error || stopping_) {
        co_return;
      }
      for (const auto& [connection, owned] : connections_) {
        connection->AbortIfLate();
      }
    }
  }

  Lane& NextLane() { return lanes_[accepted_++ % lanes_.size()]; }

  // Makes room by ending a connection that waits for a request; false: there is none.
  bool EndIdle() {
    const std::lock_guard lock(context_.mutex);
    if (context_.idle.empty()) {
      return false;
    }
    context_.idle.front()->Abort();
    return true;
  }

  template <typename Socket>
  void Add(Socket socket, size_t listener, std::string peer) {
    SetUp(&socket);
    const auto strand = socket.get_executor();
    auto connection = std::make_shared<Connection>(TimedSocket::Socket(std::move(socket)), listener,
                                                   std::move(peer), &context_);
    bool is_full = false;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) {
        return;
      }
      is_full = connections_.size() >= connections_max_;
      connections_.emplace(connection.get(), connection);
    }
    if (is_full && !EndIdle()) {
      connection->Stop();  // before it has begun: it is closed at once
    }
    // Posted: spawned here, it would run inside of the coroutine that accepts, and block that.
    asio::post(strand, [this, connection = std::move(connection), strand] {
      asio::co_spawn(strand, connection->Run(),
                     [this, raw = connection.get()](const std::exception_ptr& /*thrown*/) {
                       // Memory has run out, at worst; the others go on.
                       const std::lock_guard lock(mutex_);
                       connections_.erase(raw);
                       changed_.notify_all();
                     });
    });
  }

  ConnectionContext context_;
  const size_t connections_max_;
  std::deque<Lane> lanes_;
  std::atomic<size_t> accepted_ = 0;
  asio::steady_timer patience_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::vector<Address> addresses_;
  bool is_running_ = false;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, Handler handler) {
  auto server = std::make_unique<AsioServer>(options, std::move(handler));
  REEL_RETURN_IF_ERROR(server->Listen());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace reel::http

// Buffers whose memory stays under one limit, shared fairly among those who read into them (I9).
#pragma once

#include <reel/clock.h>
#include <reel/status.h>
#include <reel/types.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

namespace reel {

/// Thread-safe. Outlives its clients and buffers.
class BufferPool {
 public:
  class Client;

  /// Memory for one read, charged to a client. It goes back to the pool when this is destroyed.
  class Buffer {
   public:
    Buffer() = default;
    Buffer(Buffer&& other) noexcept { *this = std::move(other); }
    Buffer& operator=(Buffer&& other) noexcept;
    ~Buffer();

    /// Of at most as many bytes as were taken.
    [[nodiscard]] BorrowedBytes& bytes() { return *bytes_; }

    /// Gives back what was taken and is not occupied, once the read is done.
    void Settle();

   private:
    friend class BufferPool;

    std::shared_ptr<Client> client_;
    std::unique_ptr<BorrowedBytes> bytes_;
    size_t charge_ = 0;
  };

  /// `limit`: bytes that all buffers may occupy together.
  BufferPool(size_t limit, const Clock& clock) : limit_(limit), clock_(clock) {}

  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  /// A client that counts among those who share until it and its buffers are destroyed.
  /// `give_back` is called, from any thread and with no lock of the pool held, when another client
  /// waits: it drops buffers that the client could do without.
  std::shared_ptr<Client> NewClient(std::function<void()> give_back);

  /// A buffer of at most `bytes`, if the client's share allows it and nobody waits.
  std::optional<Buffer> TryTake(const std::shared_ptr<Client>& client, size_t bytes);

  /// The same whatever the client's share; waits until there is room, in the order of coming.
  /// kAborted when asked to stop, kBusy at the deadline (Clock::SteadyMillis).
  Result<Buffer> Take(const std::shared_ptr<Client>& client, size_t bytes, int64_t deadline_ms,
                      const std::stop_token& stop);

  /// Lets those who wait see that they shall stop.
  void Wake();

  /// The bytes that each client may occupy at present.
  [[nodiscard]] size_t Share() const;

  [[nodiscard]] size_t limit() const { return limit_; }
  [[nodiscard]] size_t used() const;
  [[nodiscard]] size_t peak() const;

 private:
  bool Fits(size_t bytes);
  Buffer Grant(const std::shared_ptr<Client>& client, size_t bytes);
  void Return(Buffer* buffer);
  void AskBack(const Client* except);

  const size_t limit_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::vector<Client*> clients_;
  size_t lent_ = 0;
  size_t peak_ = 0;
  // Kept with their memory: fresh memory for every read would halve the speed of a warm store.
  std::vector<std::unique_ptr<BorrowedBytes>> spare_;
  size_t spare_bytes_ = 0;
  uint64_t next_turn_ = 0;
  std::deque<uint64_t> waiting_;
};

}  // namespace reel

#include "base/buffer_pool.h"

#include <algorithm>
#include <utility>

namespace reel {
namespace {

// More than this a spare buffer does not keep: it was for a whole chunk.
constexpr size_t kSpareBytesMax = size_t{2} << 20;
constexpr size_t kSpareCountMax = 32;

}  // namespace

class BufferPool::Client {
 public:
  Client(BufferPool* pool, std::function<void()> give_back)
      : pool_(pool), give_back_(std::move(give_back)) {}
  ~Client() {
    const std::lock_guard lock(pool_->mutex_);
    pool_->clients_.erase(std::find(pool_->clients_.begin(), pool_->clients_.end(), this));
    pool_->room_.notify_all();
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

 private:
  friend class BufferPool;

  BufferPool* pool_;
  std::function<void()> give_back_;
  size_t used_ = 0;  // guarded by the pool's mutex
};

BufferPool::Buffer& BufferPool::Buffer::operator=(Buffer&& other) noexcept {
  std::swap(client_, other.client_);
  std::swap(bytes_, other.bytes_);
  std::swap(charge_, other.charge_);
  return *this;
}

BufferPool::Buffer::~Buffer() {
  if (client_ != nullptr) {
    client_->pool_->Return(this);
  }
}

void BufferPool::Buffer::Settle() {
  const size_t occupied = bytes_->capacity();
  BufferPool* pool = client_->pool_;
  {
    const std::lock_guard lock(pool->mutex_);
    pool->lent_ = pool->lent_ - charge_ + occupied;
    client_->used_ = client_->used_ - charge_ + occupied;
    pool->peak_ = std::max(pool->peak_, pool->lent_ + pool->spare_bytes_);
    charge_ = occupied;
  }
  pool->room_.notify_all();
}

std::shared_ptr<BufferPool::Client> BufferPool::NewClient(std::function<void()> give_back) {
  auto client = std::make_shared<Client>(this, std::move(give_back));
  const std::lock_guard lock(mutex_);
  clients_.push_back(client.get());
  return client;
}

// Makes room out of spare buffers first.
bool BufferPool::Fits(size_t bytes) {
  while (lent_ + spare_bytes_ + bytes > limit_ && !spare_.empty()) {
    spare_bytes_ -= spare_.back()->capacity();
    spare_.pop_back();
  }
  return lent_ + spare_bytes_ + bytes <= limit_;
}

BufferPool::Buffer BufferPool::Grant(const std::shared_ptr<Client>& client, size_t bytes) {
  Buffer buffer;
  buffer.client_ = client;
  buffer.charge_ = bytes;
  const auto fitting = std::find_if(spare_.rbegin(), spare_.rend(),
                                    [&](const auto& spare) { return spare->capacity() <= bytes; });
  if (fitting != spare_.rend()) {
    buffer.bytes_ = std::move(*fitting);
    spare_bytes_ -= buffer.bytes_->capacity();
    spare_.erase(std::next(fitting).base());
  } else {
    buffer.bytes_ = std::make_unique<BorrowedBytes>();
  }
  lent_ += bytes;
  client->used_ += bytes;
  peak_ = std::max(peak_, lent_ + spare_bytes_);
  return buffer;
}

void BufferPool::Return(Buffer* buffer) {
  std::unique_ptr<BorrowedBytes> freed = std::move(buffer->bytes_);
  freed->Clear();
  {
    const std::lock_guard lock(mutex_);
    lent_ -= buffer->charge_;
    buffer->client_->used_ -= buffer->charge_;
    const size_t capacity = freed->capacity();
    if (capacity > 0 && capacity <= kSpareBytesMax && spare_.size() < kSpareCountMax &&
        waiting_.empty()) {
      spare_bytes_ += capacity;
      spare_.push_back(std::move(freed));
    }
  }
  room_.notify_all();
}

std::optional<BufferPool::Buffer> BufferPool::TryTake(const std::shared_ptr<Client>& client,
                                                      size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (!waiting_.empty() || client->used_ + bytes > limit_ / clients_.size() || !Fits(bytes)) {
    return std::nullopt;
  }
  return Grant(client, bytes);
}

// Clients may be destroyed meanwhile, so each is asked through what it left for that.
void BufferPool::AskBack(const Client* except) {
  std::vector<std::function<void()>> asked;
  {
    const std::lock_guard lock(mutex_);
    for (const Client* client : clients_) {
      if (client != except && client->used_ > 0) {
        asked.push_back(client->give_back_);
      }
    }
  }
  for (const auto& give_back : asked) {
    give_back();
  }
}

Result<BufferPool::Buffer> BufferPool::Take(const std::shared_ptr<Client>& client, size_t bytes,
                                            int64_t deadline_ms, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const uint64_t turn = next_turn_++;
  waiting_.push_back(turn);
  const auto leave = [&] {
    waiting_.erase(std::find(waiting_.begin(), waiting_.end(), turn));
    room_.notify_all();
  };
  while (true) {
    if (stop.stop_requested()) {
      leave();
      return Status(Code::kAborted, "stopped");
    }
    if (waiting_.front() == turn) {
      if (Fits(bytes)) {
        Buffer granted = Grant(client, bytes);
        leave();
        return granted;
      }
      lock.unlock();
      AskBack(client.get());
      lock.lock();
      if (Fits(bytes)) {
        continue;
      }
    }
    if (clock_.SteadyMillis() >= deadline_ms) {
      leave();
      return Status(Code::kBusy,
                    "no memory is left to read into: " + std::to_string(clients_.size()) +
                        " streams share " + std::to_string(limit_) +
                        " bytes (close some, or give the pool more)");
    }
    clock_.WaitUntil(&room_, &lock, deadline_ms);
  }
}

void BufferPool::Wake() {
  { const std::lock_guard lock(mutex_); }
  room_.notify_all();
}

size_t BufferPool::Share() const {
  const std::lock_guard lock(mutex_);
  return limit_ / std::max<size_t>(clients_.size(), 1);
}

size_t BufferPool::used() const {
  const std::lock_guard lock(mutex_);
  return lent_ + spare_bytes_;
}

size_t BufferPool::peak() const {
  const std::lock_guard lock(mutex_);
  return peak_;
}

}  // namespace reel

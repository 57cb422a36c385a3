#include "fuse/change_queue.h"

#include <utility>

namespace reel::mount {

ChangeQueue::ChangeQueue(std::function<void(const std::optional<HeardChange>&)> apply)
    : apply_(std::move(apply)), thread_([this] { Run(); }) {}

ChangeQueue::~ChangeQueue() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  added_.notify_one();
  thread_.join();
}

void ChangeQueue::Add(std::optional<HeardChange> change) {
  {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() == kMax) {
      waiting_.clear();
      change.reset();
    }
    waiting_.push_back(std::move(change));
  }
  added_.notify_one();
}

void ChangeQueue::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    added_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) {
      return;
    }
    const std::optional<HeardChange> change = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    apply_(change);
    lock.lock();
  }
}

}  // namespace reel::mount

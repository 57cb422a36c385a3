#include "kv/write_gate.h"

namespace reel {

void WriteGate::lock() {
  const std::lock_guard first(line_);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !is_alone_ && keys_.empty(); });
  is_alone_ = true;
}

void WriteGate::unlock() {
  const std::lock_guard lock(mutex_);
  is_alone_ = false;
  changed_.notify_one();
}

WriteGate::Key::Key(WriteGate* gate, uint32_t namespace_id, std::string_view key)
    : gate_(gate), key_(namespace_id, key) {
  const std::lock_guard first(gate_->line_);
  std::unique_lock lock(gate_->mutex_);
  gate_->changed_.wait(lock, [&] { return !gate_->is_alone_ && !gate_->keys_.contains(key_); });
  gate_->keys_.insert(key_);
}

WriteGate::Key::~Key() {
  const std::lock_guard lock(gate_->mutex_);
  gate_->keys_.erase(key_);
  // Only the first in the line waits for this.
  gate_->changed_.notify_one();
}

}  // namespace reel

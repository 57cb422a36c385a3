#include "kv/fault_gate.h"

namespace reel {

void FaultGate::Enter() {
  const std::lock_guard lock(mutex_);
  ++calls_;
}

void FaultGate::Leave() {
  const std::lock_guard lock(mutex_);
  --calls_;
  changed_.notify_all();
}

bool FaultGate::Wait(int64_t milliseconds, bool hang) {
  std::unique_lock lock(mutex_);
  const uint64_t releases = releases_;
  const int64_t deadline = clock_.SteadyMillis() + milliseconds;
  ++waiting_;
  while (waits_ && releases == releases_) {
    if (hang) {
      changed_.wait(lock);
    } else if (clock_.SteadyMillis() < deadline) {
      clock_.WaitUntil(&changed_, &lock, deadline);
    } else {
      break;
    }
  }
  --waiting_;
  return !closed_;
}

void FaultGate::Release() {
  const std::lock_guard lock(mutex_);
  ++releases_;
  changed_.notify_all();
}

void FaultGate::EndWaits() {
  const std::lock_guard lock(mutex_);
  waits_ = false;
  changed_.notify_all();
}

void FaultGate::Close() {
  std::unique_lock lock(mutex_);
  waits_ = false;
  closed_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return calls_ == 0; });
}

size_t FaultGate::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

}  // namespace reel

// Who may read what it replaces, and write, at a time.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace reel {

/// Steps that touch one entry go on beside each other, unless it is the same entry, so that one
/// sync of the disk serves many; all others go alone. The first that waits is let in before those
/// that come later. Thread-safe; a thread is in it once.
class WriteGate {
 public:
  /// Alone: until unlock, nobody else is in. With std::lock_guard.
  void lock();
  void unlock();

  /// Keeps one entry to this thread, until destroyed. Outlived by the gate.
  class Key {
   public:
    Key(WriteGate* gate, uint32_t namespace_id, std::string_view key);
    ~Key();
    Key(const Key&) = delete;
    Key& operator=(const Key&) = delete;

   private:
    WriteGate* gate_;
    std::pair<uint32_t, std::string> key_;
  };

 private:
  /// Held by the first that waits; the next ones wait for this.
  std::mutex line_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_alone_ = false;
  std::set<std::pair<uint32_t, std::string>> keys_;
};

}  // namespace reel

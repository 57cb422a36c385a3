// What a fault-injecting namespace, its views and its writers share.
#pragma once

#include <reel/kv.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "kv/fault_gate.h"
#include "kv/fault_plan.h"
#include "kv/stale_history.h"

namespace reel {

/// Thread-safe.
class FaultCore {
 public:
  /// `base` and `clock` outlive it.
  FaultCore(KvNamespace* base, const Clock& clock, FaultScript script)
      : base_(base),
        clock_(clock),
        plan_(std::move(script)),
        gate_(clock),
        history_(plan_.longest_stale_s()) {}

  /// Keeps the core alive, and its end waiting, while a call is under way.
  class Call {
   public:
    explicit Call(std::shared_ptr<FaultCore> core) : core_(std::move(core)) {
      core_->gate_.Enter();
    }
    ~Call() { core_->gate_.Leave(); }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    std::shared_ptr<FaultCore> core_;
  };

  /// Waits as long as the faults say; not ok: the operation fails, and nothing is done.
  Status Meet(FaultOperation operation, std::string_view key);

  /// What a read of `key` finds, which may be what it held before a write.
  Result<std::shared_ptr<const EntryView>> Find(FaultOperation operation, std::string_view key,
                                                Caching caching);

  /// Whether Find may ever find anything but what the base holds.
  [[nodiscard]] bool MayBeStale(std::string_view key) const { return plan_.StaleSeconds(key) > 0; }

  /// What one change of a write does to which entries.
  struct Change {
    std::string_view key;
    /// The chunk keys that get an entry.
    size_t new_chunks = 0;
    /// Whether `key` gets an entry where it has none.
    bool creates = false;
    /// Whether the chunks that it has change too.
    bool with_chunks = true;
  };

  /// Runs `write`, which returns a Status or Result, and keeps what it replaced if it was ok.
  template <typename Write>
  auto Replace(const std::vector<Change>& changes, const Write& write) {
    if (plan_.longest_stale_s() == 0) {
      return write();
    }
    // What another write replaces in between would be lost.
    const std::lock_guard lock(write_mutex_);
    std::vector<Replaced> replaced;
    for (const Change& change : changes) {
      Capture(change, &replaced);
    }
    auto result = write();
    if (result.ok()) {
      history_.Add(std::move(replaced), clock_.NowSeconds());
    }
    return result;
  }

  /// Ends the waits for good, returns when no call is under way, and lets go of the base.
  void Close();

  [[nodiscard]] KvNamespace* base() const { return base_; }
  FaultPlan& plan() { return plan_; }
  FaultGate& gate() { return gate_; }

 private:
  void Capture(const Change& change, std::vector<Replaced>* replaced);
  void CaptureOne(std::string_view key, bool creates, std::vector<Replaced>* replaced);

  KvNamespace* base_;
  const Clock& clock_;
  FaultPlan plan_;
  FaultGate gate_;
  StaleHistory history_;
  std::mutex write_mutex_;
};

}  // namespace reel

// Pages that nobody owns any more: kept while a reader has them pinned (I7), then dropped (I4).
#pragma once

#include <reel/clock.h>
#include <reel/status.h>

#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "storage/database.h"
#include "storage/garbage.h"
#include "storage/segment_compactor.h"

namespace reel {

/// Decides when garbage goes. Thread-safe. Outlived by its database and clock; outlives all pins.
class Reclaimer {
 public:
  /// Keeps extents readable while it lives. Movable; unpinning the last pin of a retired extent
  /// drops its pages.
  class Pin {
   public:
    Pin() = default;
    Pin(Pin&& other) noexcept { *this = std::move(other); }
    Pin& operator=(Pin&& other) noexcept;
    ~Pin();

    void Add(uint64_t extent);

   private:
    friend class Reclaimer;
    explicit Pin(Reclaimer* owner) : owner_(owner) {}

    Reclaimer* owner_ = nullptr;
    std::vector<uint64_t> extents_;
  };

  Reclaimer(Database* database, const Clock& clock)
      : database_(database), compactor_(database, clock) {}

  /// Drops all that is listed. To be called when the store opens, before anything is read.
  Status DropListed();

  /// While the lock is held, no extent is dropped that a record read under it names: read the
  /// record, then pin what it names, then let go.
  [[nodiscard]] std::shared_lock<std::shared_mutex> HoldDrops() const {
    return std::shared_lock(gate_);
  }

  Pin NewPin() { return Pin(this); }

  /// Drops these extents, each as soon as its last pin is gone. To be called after the batch that
  /// listed them was written. What cannot be dropped now stays listed for the next open; where a
  /// full disk was the reason, it goes with the next that can be.
  void Retire(const std::vector<Garbage>& garbage);

  /// A table file of Family::kSharedPages has come.
  void NoteSharedSegment() { compactor_.NoteSegment(); }

  /// Returns when all is dropped, merged and compacted that is to be.
  void WaitUntilIdle() { compactor_.WaitUntilIdle(); }

 private:
  struct Pinned {
    uint64_t count = 0;
    bool retired = false;
    Garbage garbage;
  };

  void Unpin(uint64_t extent);
  /// With what was refused before.
  void DropAll(std::vector<Garbage> garbage);
  Status Drop(const Garbage& garbage);

  Database* database_;
  SegmentCompactor compactor_;
  mutable std::shared_mutex gate_;
  std::mutex mutex_;
  std::unordered_map<uint64_t, Pinned> pinned_;
  std::vector<Garbage> refused_;  // by a full disk
};

}  // namespace reel

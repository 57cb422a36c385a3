// Keeps table files that several extents share few and full: merges small ones, and rewrites those
// of which much was dropped.
#pragma once

#include <reel/clock.h>
#include <reel/status.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "storage/database.h"

namespace reel {

/// What a plan goes by, of each shared table file, in the order of their keys.
struct SegmentLoad {
  uint64_t bytes = 0;
  uint64_t dropped_bytes = 0;
};

/// The files [first, first + count) are to become one; none to do: count 0. A file of which a
/// quarter was dropped goes alone; small neighbours go together when there are eight of them or
/// they make up 64 MiB, at most 128 MiB at a time: so a value is written anew two or three times,
/// and at most a quarter of what is stored is garbage. Pure.
struct MergePlan {
  size_t first = 0;
  size_t count = 0;
};
MergePlan PlanMerge(const std::vector<SegmentLoad>& segments);

/// Does so on a thread of its own: soon after something was dropped; what has come it merges once
/// nothing else has for half a second, or when much waits, so that a stream of values has the disk
/// and the processors to itself. What it was told to drop stays listed as garbage until its rows
/// are gone. Thread-safe. Outlived by its database and clock.
class SegmentCompactor {
 public:
  SegmentCompactor(Database* database, const Clock& clock) : database_(database), clock_(clock) {}

  /// Ends after the merge that is being done, or the one that is due.
  ~SegmentCompactor();

  SegmentCompactor(const SegmentCompactor&) = delete;
  SegmentCompactor& operator=(const SegmentCompactor&) = delete;

  /// The rows of this extent of Family::kSharedPages may go. REQUIRES: it is listed as garbage, and
  /// nobody will read it.
  void Drop(uint64_t extent);

  /// A table file of Family::kSharedPages has come.
  void NoteSegment();

  /// Rows of so many bytes were deleted from Family::kSmallPages.
  void NoteSmallRows(uint64_t bytes);

  /// Has all done now, and returns when there is nothing left to do.
  void WaitUntilIdle();

 private:
  // Wakes the thread. REQUIRES: mutex_ is held.
  void Wake();
  void Run();
  // Until nothing comes any more, or it must be now.
  void WaitForQuiet(std::unique_lock<std::mutex>* lock);
  void DropWhole();
  bool MergeSome();
  void CompactSmallPages();
  [[nodiscard]] SegmentLoad LoadOf(const SegmentInfo& segment,
                                   const std::vector<uint64_t>& dropped) const;
  void ForgetWhatIsGone();
  [[nodiscard]] std::vector<uint64_t> Dropped();
  // Whether what waits is to be done now. REQUIRES: mutex_ is held.
  [[nodiscard]] bool IsDue() const;
  [[nodiscard]] bool MayMergeMore();

  Database* database_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<uint64_t> dropped_;
  uint64_t deleted_small_bytes_ = 0;
  uint64_t segments_noted_ = 0;
  // Of these, when the thread last looked at all of them.
  uint64_t segments_seen_ = 0;
  int64_t last_noted_ms_ = 0;
  bool is_urgent_ = false;
  uint32_t hurrying_ = 0;
  bool wanted_ = false;
  bool running_ = false;
  bool stopping_ = false;
  std::thread thread_;  // made when there is something to do
  // Of the thread: files that cannot be read whole stay as they are, for repair.
  std::set<std::string> damaged_;
};

}  // namespace reel

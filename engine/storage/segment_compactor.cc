#include "storage/segment_compactor.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "format/row_key.h"
#include "storage/garbage.h"

namespace reel {
namespace {

constexpr uint64_t kMiB = 1U << 20;
constexpr uint64_t kSmallFileBytes = 40 * kMiB;
constexpr uint64_t kFullBytes = 64 * kMiB;
constexpr uint64_t kMergedBytesMax = 128 * kMiB;
constexpr size_t kMergedFilesMin = 8;
constexpr uint64_t kDroppedShareMin = 4;
// Not every file that comes is worth a look at all of them.
constexpr uint64_t kSegmentsAtOnce = 4;
constexpr uint64_t kSegmentsWaitingMax = 64;
constexpr int64_t kQuietMillis = 500;
// A purge drops many extents of a file, one after the other.
constexpr std::chrono::milliseconds kGathering{50};
constexpr uint64_t kSmallRowsMin = 16 * kMiB;

bool Holds(const std::vector<uint64_t>& extents, uint64_t extent) {
  return std::binary_search(extents.begin(), extents.end(), extent);
}

// Whether any of the extents may have rows in the file.
bool MayHold(const SegmentInfo& segment, const std::vector<uint64_t>& extents) {
  const auto from =
      std::lower_bound(extents.begin(), extents.end(), ParsePageRowKey(segment.first_key).extent);
  return from != extents.end() && *from <= ParsePageRowKey(segment.last_key).extent;
}

}  // namespace

MergePlan PlanMerge(const std::vector<SegmentLoad>& segments) {
  for (size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].dropped_bytes > 0 &&
        segments[i].dropped_bytes >= segments[i].bytes / kDroppedShareMin) {
      return {i, 1};
    }
  }
  for (size_t first = 0; first < segments.size(); ++first) {
    uint64_t bytes = 0;
    size_t end = first;
    while (end < segments.size() && segments[end].bytes <= kSmallFileBytes &&
           bytes + segments[end].bytes <= kMergedBytesMax) {
      bytes += segments[end].bytes;
      ++end;
    }
    const size_t count = end - first;
    if (count >= kMergedFilesMin || (count >= 2 && bytes >= kFullBytes)) {
      return {first, count};
    }
  }
  return {};
}

SegmentCompactor::~SegmentCompactor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void SegmentCompactor::Drop(uint64_t extent) {
  const std::lock_guard lock(mutex_);
  dropped_.insert(extent);
  is_urgent_ = true;
  Wake();
}

void SegmentCompactor::NoteSegment() {
  const std::lock_guard lock(mutex_);
  last_noted_ms_ = clock_.SteadyMillis();
  if (segments_noted_++ % kSegmentsAtOnce == 0) {
    Wake();
  }
}

void SegmentCompactor::NoteSmallRows(uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  deleted_small_bytes_ += bytes;
  if (deleted_small_bytes_ >= kSmallRowsMin) {
    is_urgent_ = true;
    Wake();
  }
}

void SegmentCompactor::WaitUntilIdle() {
  std::unique_lock lock(mutex_);
  ++hurrying_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !wanted_ && !running_; });
  --hurrying_;
}

void SegmentCompactor::WaitForQuiet(std::unique_lock<std::mutex>* lock) {
  changed_.wait_for(*lock, kGathering, [this] { return stopping_; });
  while (!IsDue()) {
    clock_.WaitUntil(&changed_, lock, last_noted_ms_ + kQuietMillis);
  }
}

void SegmentCompactor::Wake() {
  wanted_ = true;
  changed_.notify_all();
  if (!thread_.joinable()) {
    thread_ = std::thread([this] { Run(); });
  }
}

bool SegmentCompactor::IsDue() const {
  return stopping_ || is_urgent_ || hurrying_ > 0 ||
         segments_noted_ - segments_seen_ >= kSegmentsWaitingMax ||
         clock_.SteadyMillis() >= last_noted_ms_ + kQuietMillis;
}

bool SegmentCompactor::MayMergeMore() {
  const std::lock_guard lock(mutex_);
  return !stopping_ && IsDue();
}

std::vector<uint64_t> SegmentCompactor::Dropped() {
  const std::lock_guard lock(mutex_);
  return {dropped_.begin(), dropped_.end()};
}

void SegmentCompactor::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return wanted_ || stopping_; });
    if (!wanted_) {
      return;
    }
    WaitForQuiet(&lock);
    wanted_ = false;
    running_ = true;
    const uint64_t noted = segments_noted_;
    lock.unlock();
    DropWhole();
    // One at least, even when stopping: a process may live only as long as one command.
    bool more = MergeSome();
    while (more && MayMergeMore()) {
      more = MergeSome();
    }
    CompactSmallPages();
    lock.lock();
    running_ = false;
    if (!more) {
      segments_seen_ = noted;
      is_urgent_ = wanted_ && is_urgent_;
    } else if (!stopping_) {
      wanted_ = true;
    }
    changed_.notify_all();
  }
}

// Unlinks the files of which every extent was dropped.
void SegmentCompactor::DropWhole() {
  const std::vector<uint64_t> dropped = Dropped();
  if (dropped.empty()) {
    return;
  }
  for (const SegmentInfo& segment : database_->ListSegments(Family::kSharedPages)) {
    if (!MayHold(segment, dropped)) {
      continue;
    }
    const auto shares = database_->ExtentsIn(Family::kSharedPages, segment);
    if (shares && std::all_of(shares->begin(), shares->end(), [&](const ExtentShare& share) {
          return Holds(dropped, share.extent);
        })) {
      // What fails is tried again as a merge.
      static_cast<void>(database_->DropSegments(Family::kSharedPages, segment.first_key,
                                                segment.last_key + '\0'));
    }
  }
  ForgetWhatIsGone();
}

SegmentLoad SegmentCompactor::LoadOf(const SegmentInfo& segment,
                                     const std::vector<uint64_t>& dropped) const {
  if (damaged_.contains(segment.name)) {
    return {UINT64_MAX, 0};  // too large for any plan
  }
  SegmentLoad load{segment.bytes, 0};
  if (MayHold(segment, dropped)) {
    const auto shares = database_->ExtentsIn(Family::kSharedPages, segment);
    for (const ExtentShare& share : shares.value_or(std::vector<ExtentShare>())) {
      load.dropped_bytes += Holds(dropped, share.extent) ? share.bytes : 0;
    }
  }
  return load;
}

// False when there is nothing to do, or it cannot be done now.
bool SegmentCompactor::MergeSome() {
  const std::vector<uint64_t> dropped = Dropped();
  const std::vector<SegmentInfo> segments = database_->ListSegments(Family::kSharedPages);
  std::vector<SegmentLoad> loads;
  loads.reserve(segments.size());
  for (const SegmentInfo& segment : segments) {
    loads.push_back(LoadOf(segment, dropped));
  }
  const MergePlan plan = PlanMerge(loads);
  if (plan.count == 0) {
    return false;
  }
  std::vector<std::string> names;
  for (size_t i = plan.first; i < plan.first + plan.count; ++i) {
    if (!database_->VerifySegment(Family::kSharedPages, segments[i]).ok()) {
      damaged_.insert(segments[i].name);
      return true;
    }
    names.push_back(segments[i].name);
  }
  if (!database_->MergeSegments(names, dropped).ok()) {
    return false;
  }
  ForgetWhatIsGone();
  return true;
}

void SegmentCompactor::ForgetWhatIsGone() {
  const std::vector<uint64_t> dropped = Dropped();
  std::set<uint64_t> gone(dropped.begin(), dropped.end());
  for (const SegmentInfo& segment : database_->ListSegments(Family::kSharedPages)) {
    if (!MayHold(segment, dropped)) {
      continue;
    }
    if (const auto shares = database_->ExtentsIn(Family::kSharedPages, segment)) {
      for (const ExtentShare& share : *shares) {
        gone.erase(share.extent);
      }
    } else {
      // Nobody knows what is in it.
      gone.erase(gone.lower_bound(ParsePageRowKey(segment.first_key).extent),
                 gone.upper_bound(ParsePageRowKey(segment.last_key).extent));
    }
  }
  RowBatch batch;
  for (const uint64_t extent : gone) {
    ForgetExtent(extent, &batch);
  }
  // Not synced: what a crash brings back is found to be gone once more.
  if (gone.empty() || !database_->Write(batch, /*sync=*/false).ok()) {
    return;
  }
  const std::lock_guard lock(mutex_);
  for (const uint64_t extent : gone) {
    dropped_.erase(extent);
  }
}

void SegmentCompactor::CompactSmallPages() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || deleted_small_bytes_ < kSmallRowsMin) {
      return;
    }
  }
  uint64_t stored = 0;
  for (const SegmentInfo& segment : database_->ListSegments(Family::kSmallPages)) {
    stored += segment.bytes;
  }
  {
    const std::lock_guard lock(mutex_);
    if (deleted_small_bytes_ < stored / kDroppedShareMin) {
      return;
    }
    deleted_small_bytes_ = 0;
  }
  static_cast<void>(database_->Compact(Family::kSmallPages));
}

}  // namespace reel

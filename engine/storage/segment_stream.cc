#include "storage/segment_stream.h"

#include <string_view>
#include <utility>

#include "format/row_key.h"
#include "storage/segment_layout.h"

namespace reel {

SegmentStream::SegmentStream(Database* database, uint64_t extent)
    : database_(database), extent_(extent) {
  thread_ = std::thread([this] { Run(); });
}

SegmentStream::~SegmentStream() {
  {
    const std::lock_guard lock(mutex_);
    waiting_.reset();
  }
  Stop();
}

Status SegmentStream::Add(PageBatch* batch) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !waiting_ || !status_.ok(); });
  REEL_RETURN_IF_ERROR(status_);
  waiting_ = std::exchange(*batch, std::move(spare_));
  changed_.notify_all();
  return Status::Ok();
}

Status SegmentStream::Finish(Family family) {
  Stop();
  REEL_RETURN_IF_ERROR(status_);
  return segment_ == nullptr ? Status::Ok() : std::exchange(segment_, nullptr)->Finish(family);
}

void SegmentStream::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void SegmentStream::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return waiting_ || stopping_; });
    if (!waiting_) {
      return;
    }
    PageBatch batch = *std::exchange(waiting_, std::nullopt);
    changed_.notify_all();
    lock.unlock();
    const Status written = Write(batch);
    batch.rows.clear();
    batch.ends.clear();
    lock.lock();
    spare_ = std::move(batch);
    if (!written.ok()) {
      status_ = written;
      changed_.notify_all();
      return;
    }
  }
}

Status SegmentStream::Write(const PageBatch& batch) {
  const uint32_t per_segment = PagesPerSegment(database_->options().page_size);
  size_t begin = 0;
  for (const size_t end : batch.ends) {
    if (segment_ == nullptr) {
      auto segment = database_->NewSegment(std::to_string(extent_) + "-" +
                                           std::to_string(next_page_ / per_segment));
      if (!segment.ok()) {
        return segment.status();
      }
      segment_ = *std::move(segment);
    }
    const std::string_view row(batch.rows.data() + begin, end - begin);
    REEL_RETURN_IF_ERROR(segment_->Add(PageRowKey(extent_, next_page_), row));
    begin = end;
    if (++next_page_ % per_segment == 0) {
      REEL_RETURN_IF_ERROR(std::exchange(segment_, nullptr)->Finish(Family::kPages));
    }
  }
  return Status::Ok();
}

}  // namespace reel

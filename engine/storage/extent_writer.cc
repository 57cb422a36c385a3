#include "storage/extent_writer.h"

#include <algorithm>
#include <utility>

#include "base/coding.h"
#include "base/hash.h"
#include "format/row_key.h"
#include "storage/segment_layout.h"

namespace reel {

ExtentWriter::ExtentWriter(Database* database, Reclaimer* reclaimer, uint32_t stride)
    : database_(database), reclaimer_(reclaimer) {
  run_.page_size = database->options().page_size;
  run_.stride = stride;
}

ExtentWriter::~ExtentWriter() {
  segment_.reset();
  if (listed_) {
    reclaimer_->Retire({Garbage{PageFamily::kBulk, run_.extent, 0}});
  }
}

Status ExtentWriter::Append(std::string_view data) {
  if (!bulk()) {
    if (size_ + data.size() <= kSmallBytesMax) {
      small_ += data;
      size_ += data.size();
      return Status::Ok();
    }
    REEL_RETURN_IF_ERROR(BeginBulk());
    const std::string held = std::exchange(small_, {});
    size_ = 0;
    REEL_RETURN_IF_ERROR(AppendBulk(held));
  }
  return AppendBulk(data);
}

Status ExtentWriter::BeginBulk() {
  const auto id = database_->NextId();
  if (!id.ok()) {
    return id.status();
  }
  run_.family = PageFamily::kBulk;
  run_.extent = *id;
  RowBatch batch;
  ListGarbage({PageFamily::kBulk, run_.extent, 0}, &batch);
  // Synced before the first page is: a crash must not leave pages that nothing lists (I4).
  REEL_RETURN_IF_ERROR(database_->Write(batch, /*sync=*/true));
  listed_ = true;
  page_.reserve(run_.page_size + kPageChecksumBytes);
  page_target_ = std::min(run_.page_size, run_.stride);
  return Status::Ok();
}

Status ExtentWriter::AppendBulk(std::string_view data) {
  while (!data.empty()) {
    const size_t take = std::min<size_t>(data.size(), page_target_ - page_.size());
    page_.append(data.substr(0, take));
    data.remove_prefix(take);
    size_ += take;
    if (page_.size() == page_target_) {
      REEL_RETURN_IF_ERROR(EndPage());
    }
  }
  return Status::Ok();
}

Status ExtentWriter::EndPage() {
  if (next_page_ == UINT32_MAX) {
    return {Code::kTooLarge, "the value has too many pages (use larger chunks)"};
  }
  if (segment_ == nullptr) {
    const uint32_t number = next_page_ / PagesPerSegment(run_.page_size);
    auto segment =
        database_->NewSegment(std::to_string(run_.extent) + "-" + std::to_string(number));
    if (!segment.ok()) {
      return segment.status();
    }
    segment_ = *std::move(segment);
  }
  PutFixed64(&page_, Hash64(page_, PageSeed(run_.extent, next_page_)));
  REEL_RETURN_IF_ERROR(segment_->Add(PageRowKey(run_.extent, next_page_), page_));
  page_.clear();
  ++next_page_;
  page_target_ = run_.PageBytes(next_page_, UINT64_MAX);
  return next_page_ % PagesPerSegment(run_.page_size) == 0 ? EndSegment() : Status::Ok();
}

Status ExtentWriter::EndSegment() {
  const std::unique_ptr<SegmentBuilder> segment = std::move(segment_);
  return segment->Finish();
}

Result<std::variant<std::string, PageRun>> ExtentWriter::Finish(bool may_inline, RowBatch* batch) {
  if (bulk()) {
    if (!page_.empty()) {
      REEL_RETURN_IF_ERROR(EndPage());
    }
    if (segment_ != nullptr) {
      REEL_RETURN_IF_ERROR(EndSegment());
    }
    UnlistGarbage(run_.extent, batch);
    return std::variant<std::string, PageRun>(run_);
  }
  if (may_inline && size_ <= kInlineBytesMax) {
    return std::variant<std::string, PageRun>(std::move(small_));
  }
  REEL_RETURN_IF_ERROR(StageSmallPages(batch));
  return std::variant<std::string, PageRun>(run_);
}

Status ExtentWriter::StageSmallPages(RowBatch* batch) {
  const auto id = database_->NextId();
  if (!id.ok()) {
    return id.status();
  }
  run_.extent = *id;
  const uint32_t pages = run_.PageCount(size_);
  for (uint32_t page = 0; page < pages; ++page) {
    std::string row = small_.substr(run_.PageStart(page), run_.PageBytes(page, size_));
    PutFixed64(&row, Hash64(row, PageSeed(run_.extent, page)));
    batch->Put(Family::kSmallPages, PageRowKey(run_.extent, page), std::move(row));
  }
  return Status::Ok();
}

}  // namespace reel

#include "storage/extent_writer.h"

#include <algorithm>
#include <utility>

#include "base/coding.h"
#include "base/hash.h"
#include "format/row_key.h"

namespace reel {
namespace {

// Pages are handed to the thread that writes them by the megabyte or so.
constexpr size_t kBatchBytes = size_t{1} << 20;

}  // namespace

ExtentWriter::ExtentWriter(Database* database, Reclaimer* reclaimer, uint32_t stride)
    : database_(database), reclaimer_(reclaimer) {
  run_.page_size = database->options().page_size;
  run_.stride = stride;
}

ExtentWriter::~ExtentWriter() {
  stream_.reset();
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
  stream_.emplace(database_, run_.extent);
  page_left_ = run_.PageBytes(0, UINT64_MAX);
  return Status::Ok();
}

Status ExtentWriter::AppendBulk(std::string_view data) {
  while (!data.empty()) {
    const auto take = static_cast<uint32_t>(std::min<size_t>(data.size(), page_left_));
    batch_.rows.append(data.substr(0, take));
    data.remove_prefix(take);
    size_ += take;
    page_left_ -= take;
    if (page_left_ == 0) {
      REEL_RETURN_IF_ERROR(EndPage());
    }
  }
  return Status::Ok();
}

Status ExtentWriter::EndPage() {
  if (next_page_ == UINT32_MAX) {
    return {Code::kTooLarge, "the value has too many pages (use larger chunks)"};
  }
  const std::string_view page = std::string_view(batch_.rows).substr(page_begin_);
  PutFixed64(&batch_.rows, Hash64(page, PageSeed(run_.extent, next_page_)));
  page_begin_ = batch_.rows.size();
  batch_.ends.push_back(page_begin_);
  ++next_page_;
  page_left_ = run_.PageBytes(next_page_, UINT64_MAX);
  return batch_.rows.size() < kBatchBytes ? Status::Ok() : SendPages();
}

Status ExtentWriter::SendPages() {
  REEL_RETURN_IF_ERROR(stream_->Add(&batch_));
  batch_.rows.reserve(kBatchBytes + run_.page_size + kPageChecksumBytes);
  page_begin_ = 0;
  return Status::Ok();
}

Result<std::variant<std::string, PageRun>> ExtentWriter::Finish(bool may_inline, RowBatch* batch) {
  if (bulk()) {
    if (batch_.rows.size() > page_begin_) {
      REEL_RETURN_IF_ERROR(EndPage());
    }
    if (!batch_.ends.empty()) {
      REEL_RETURN_IF_ERROR(SendPages());
    }
    REEL_RETURN_IF_ERROR(stream_->Finish());
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

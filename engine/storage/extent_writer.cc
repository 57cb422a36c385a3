#include "storage/extent_writer.h"

#include <algorithm>
#include <utility>

#include "base/coding.h"
#include "base/compression.h"
#include "base/hash.h"
#include "format/row_key.h"
#include "storage/segment_layout.h"

namespace reel {
namespace {

// Pages are handed to the thread that writes them by the megabyte or so.
constexpr size_t kBatchBytes = size_t{1} << 20;
// Below this a frame saves nothing.
constexpr uint64_t kCompressedBytesMin = 256;
// Pages of the sample that tells whether an extent is worth compressing.
constexpr uint32_t kSamplePages = 8;

}  // namespace

ExtentWriter::ExtentWriter(Database* database, Reclaimer* reclaimer, uint32_t stride)
    : database_(database), reclaimer_(reclaimer) {
  run_.page_size = database->options().page_size;
  run_.stride = stride;
}

ExtentWriter::~ExtentWriter() {
  stream_.reset();
  if (listed_) {
    reclaimer_->Retire({Garbage{PageFamily::kBulk, run_.extent, 0, size_}});
  }
}

Status ExtentWriter::Append(std::string_view data) {
  if (size_ == 0) {
    REEL_RETURN_IF_ERROR(database_->CheckRoom());
  }
  if (!stream_) {
    if (size_ + data.size() <= kSmallBytesMax) {
      small_ += data;
      size_ += data.size();
      return Status::Ok();
    }
    if (small_.size() < kSmallBytesMax) {
      // The sample is taken from what is here.
      const size_t more = kSmallBytesMax - small_.size();
      small_ += data.substr(0, more);
      data.remove_prefix(more);
    }
    REEL_RETURN_IF_ERROR(BeginBulk());
    const std::string held = std::exchange(small_, {});
    size_ = 0;
    REEL_RETURN_IF_ERROR(AppendBulk(held));
  }
  return AppendBulk(data);
}

bool ExtentWriter::SampleCompresses() {
  const std::string_view bytes = small_;
  const uint64_t pages = (bytes.size() + run_.page_size - 1) / run_.page_size;
  const uint64_t taken = std::min<uint64_t>(pages, kSamplePages);
  uint64_t compress = 0;
  for (uint64_t i = 0; i < taken; ++i) {
    const std::string_view page = bytes.substr(i * pages / taken * run_.page_size, run_.page_size);
    compress += Compress(page, &frame_) ? 1 : 0;
  }
  return bytes.size() >= kCompressedBytesMin && compress * 2 >= taken;
}

Status ExtentWriter::BeginBulk() {
  const auto id = database_->NextId();
  if (!id.ok()) {
    return id.status();
  }
  run_.family = PageFamily::kBulk;
  run_.extent = *id;
  run_.encoding = SampleCompresses() ? Encoding::kZstd : Encoding::kRaw;
  RowBatch batch;
  ListGarbage({PageFamily::kBulk, run_.extent, 0, 0}, &batch);
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

bool ExtentWriter::CompressPage(std::string_view page) {
  if (run_.encoding == Encoding::kRaw) {
    return false;
  }
  // A film behind its index: the longer nothing compresses, the fewer pages are tried.
  constexpr uint32_t kShiftMax = 5;
  const uint32_t shift = std::min(incompressible_pages_ / 8, kShiftMax);
  const bool try_it = incompressible_pages_ % (1U << shift) == 0;
  const bool compressed = try_it && Compress(page, &frame_);
  incompressible_pages_ = compressed ? 0 : incompressible_pages_ + 1;
  return compressed;
}

Status ExtentWriter::EndPage() {
  if (next_page_ == UINT32_MAX) {
    return {Code::kTooLarge, "the value has too many pages (use larger chunks)"};
  }
  const std::string_view page = std::string_view(batch_.rows).substr(page_begin_);
  if (CompressPage(page)) {
    batch_.rows.replace(page_begin_, page.size(), frame_);
  }
  const std::string_view stored = std::string_view(batch_.rows).substr(page_begin_);
  PutFixed64(&batch_.rows, Hash64(stored, PageSeed(run_.extent, next_page_)));
  page_begin_ = batch_.rows.size();
  batch_.ends.push_back(page_begin_);
  ++next_page_;
  page_left_ = run_.PageBytes(next_page_, UINT64_MAX);
  return batch_.rows.size() < kBatchBytes ? Status::Ok() : SendPages();
}

Status ExtentWriter::SendPages() {
  REEL_RETURN_IF_ERROR(database_->CheckRoom());
  REEL_RETURN_IF_ERROR(stream_->Add(&batch_));
  batch_.rows.reserve(kBatchBytes + run_.page_size + kPageChecksumBytes);
  page_begin_ = 0;
  return Status::Ok();
}

Result<ValuePlace> ExtentWriter::Finish(bool may_inline, RowBatch* batch) {
  if (stream_) {
    return FinishBulk(batch);
  }
  if (may_inline) {
    if (auto value = TakeInline()) {
      return ValuePlace(*std::move(value));
    }
  }
  REEL_RETURN_IF_ERROR(StageSmallPages(batch));
  return ValuePlace(run_);
}

Result<ValuePlace> ExtentWriter::FinishBulk(RowBatch* batch) {
  if (batch_.rows.size() > page_begin_) {
    REEL_RETURN_IF_ERROR(EndPage());
  }
  if (!batch_.ends.empty()) {
    REEL_RETURN_IF_ERROR(SendPages());
  }
  const bool shared = size_ <= kSharedBytesMax && next_page_ <= PagesPerSegment(run_.page_size);
  REEL_RETURN_IF_ERROR(stream_->Finish(shared ? Family::kSharedPages : Family::kPages));
  if (shared) {
    run_.family = PageFamily::kShared;
    reclaimer_->NoteSharedSegment();
  }
  UnlistGarbage(run_.extent, batch);
  return ValuePlace(run_);
}

std::optional<InlineValue> ExtentWriter::TakeInline() {
  if (size_ <= run_.page_size && size_ >= kCompressedBytesMin && Compress(small_, &frame_) &&
      frame_.size() <= kInlineBytesMax) {
    return InlineValue{std::move(frame_), Encoding::kZstd};
  }
  if (size_ <= kInlineBytesMax) {
    return InlineValue{std::move(small_), Encoding::kRaw};
  }
  return std::nullopt;
}

Status ExtentWriter::StageSmallPages(RowBatch* batch) {
  const auto id = database_->NextId();
  if (!id.ok()) {
    return id.status();
  }
  run_.extent = *id;
  run_.encoding = SampleCompresses() ? Encoding::kZstd : Encoding::kRaw;
  const uint32_t pages = run_.PageCount(size_);
  for (uint32_t page = 0; page < pages; ++page) {
    const std::string_view bytes =
        std::string_view(small_).substr(run_.PageStart(page), run_.PageBytes(page, size_));
    std::string row(CompressPage(bytes) ? std::string_view(frame_) : bytes);
    PutFixed64(&row, Hash64(row, PageSeed(run_.extent, page)));
    batch->Put(Family::kSmallPages, PageRowKey(run_.extent, page), std::move(row));
  }
  return Status::Ok();
}

}  // namespace reel

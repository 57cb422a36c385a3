#include "storage/extent_reader.h"

#include <algorithm>

#include "format/row_key.h"
#include "storage/page_row.h"
#include "storage/segment_layout.h"

namespace reel {
namespace {

// Bytes read at once. Those copied from the system's cache: so few that they are still in the
// processor's when they are verified. Those from the disk: as many as a mount asks for at once.
constexpr uint64_t kCachedReadBytes = 256U << 10;
constexpr uint64_t kDiskReadBytes = 1U << 20;
// Once so many bytes were read in order, more are expected to be.
constexpr uint64_t kSequentialBytesMin = 4U << 20;
// As far as the threads of one stream may overtake each other.
constexpr uint64_t kDisorderBytes = 2U << 20;
// How far the disk is ahead of a range that takes several reads.
constexpr uint64_t kPrefetchBytes = 4U << 20;

}  // namespace

// Pages [first, last] of which bytes [offset, end) of the run are asked for.
struct ExtentReader::Wanted {
  uint32_t first;
  uint32_t last;
  uint64_t offset;
  uint64_t end;
};

ExtentReader::ExtentReader(const Database* database, const PageRun& run, uint64_t bytes,
                           Caching caching)
    : database_(database),
      run_(run),
      bytes_(bytes),
      caching_(caching),
      page_end_(run.first_page + run.PageCount(bytes)) {
  if (run.family != PageFamily::kSmall && bytes > 0) {
    const uint32_t per_segment = PagesPerSegment(run.page_size);
    segments_.resize((page_end_ - 1) / per_segment - run.first_page / per_segment + 1);
  }
}

ExtentReader::~ExtentReader() = default;

Status ExtentReader::Read(uint64_t offset, uint64_t length, BorrowedBytes* out) const {
  if (length == 0) {
    return Status::Ok();
  }
  Wanted wanted{run_.PageOf(offset), run_.PageOf(offset + length - 1), offset, offset + length};
  if (run_.family == PageFamily::kSmall) {
    return ReadRows(wanted, out);
  }
  const uint64_t bytes_at_once = caching_ == Caching::kBySystem ? kCachedReadBytes : kDiskReadBytes;
  // One more for a range that begins inside a page.
  const auto pages_at_once = static_cast<uint32_t>(bytes_at_once / run_.page_size) + 1;
  const uint32_t per_segment = PagesPerSegment(run_.page_size);
  const auto pages_ahead = static_cast<uint32_t>(kPrefetchBytes / run_.page_size) + 1;
  const uint32_t last = wanted.last;
  uint32_t prepared = wanted.first;
  const SegmentFile::Access access = AccessOf(offset, length);
  while (wanted.first <= last) {
    const uint32_t segment_last = wanted.first / per_segment * per_segment + per_segment - 1;
    if (caching_ == Caching::kBySystem && prepared < wanted.first + pages_ahead / 2) {
      wanted.last = std::min({last, segment_last, wanted.first + pages_ahead - 1});
      if (prepared <= wanted.last) {
        Prepare({prepared, wanted.last, offset, wanted.end}, access);
        prepared = wanted.last + 1;
      }
    }
    wanted.last = std::min({last, segment_last, wanted.first + pages_at_once - 1});
    REEL_RETURN_IF_ERROR(ReadSegment(wanted, out));
    wanted.first = wanted.last + 1;
  }
  return Status::Ok();
}

bool ExtentReader::ReadTable(uint32_t page, BorrowedBytes* out) const {
  if (run_.family == PageFamily::kSmall) {
    return false;
  }
  const auto file = Segment(page / PagesPerSegment(run_.page_size));
  const auto place = file.ok() && *file != nullptr ? (*file)->Find(page) : std::nullopt;
  if (!place) {
    return false;
  }
  const auto row = (*file)->Read(place->offset, place->bytes, out);
  const uint64_t start = run_.PageStart(page);
  return row.ok() && row->has_value() &&
         AppendPage(page, **row, {page, page, start, start + run_.PageBytes(page, bytes_)}, out);
}

// Where many reads follow each other, the system reads ahead better than could be done here. A
// range that stands alone, or crosses from one chunk to the next, costs the disk no more than its
// pages.
SegmentFile::Access ExtentReader::AccessOf(uint64_t offset, uint64_t length) const {
  const std::lock_guard lock(mutex_);
  const bool follows =
      offset + kDisorderBytes >= stretch_end_ && offset <= stretch_end_ + kDisorderBytes;
  if (!follows) {
    stretch_begin_ = offset;
    stretch_end_ = offset;
    stretch_bytes_ = 0;
  }
  // Nearly all of the stretch, so that ranges here and there in a small video are none.
  const bool is_sequential = stretch_bytes_ >= kSequentialBytesMin &&
                             stretch_bytes_ >= (stretch_end_ - stretch_begin_) / 4 * 3;
  stretch_begin_ = std::min(stretch_begin_, offset);
  stretch_end_ = std::max(stretch_end_, offset + length);
  stretch_bytes_ += length;
  return is_sequential ? SegmentFile::Access::kSequential : SegmentFile::Access::kExact;
}

// Lets the disk begin with pages that take several reads. What fails here fails again when it is
// read.
void ExtentReader::Prepare(const Wanted& wanted, SegmentFile::Access access) const {
  const auto file = Segment(wanted.first / PagesPerSegment(run_.page_size));
  if (!file.ok() || *file == nullptr) {
    return;
  }
  (*file)->Expect(access);
  if (access == SegmentFile::Access::kSequential ||
      uint64_t{wanted.last - wanted.first} * run_.page_size < kCachedReadBytes) {
    return;
  }
  const auto first = (*file)->Find(wanted.first);
  const auto last = (*file)->Find(wanted.last);
  if (first && last) {
    (*file)->Prefetch(first->offset, last->offset + last->bytes - first->offset);
  }
}

Status ExtentReader::ReadSegment(const Wanted& wanted, BorrowedBytes* out) const {
  const auto file = Segment(wanted.first / PagesPerSegment(run_.page_size));
  // Page by page where anything fails: not all of them need be damaged, and some may be repaired.
  if (!file.ok() || *file == nullptr) {
    return ReadRows(wanted, out);
  }
  const auto first = (*file)->Find(wanted.first);
  const auto last = (*file)->Find(wanted.last);
  if (!first || !last) {
    return ReadRows(wanted, out);
  }
  const uint64_t begin = first->offset;
  const auto rows = (*file)->Read(begin, last->offset + last->bytes - begin, out);
  if (!rows.ok() || !rows->has_value()) {
    return ReadRows(wanted, out);
  }
  for (uint32_t page = wanted.first; page <= wanted.last; ++page) {
    const auto place = (*file)->Find(page);
    if (!place ||
        !AppendPage(page, (*rows)->substr(place->offset - begin, place->bytes), wanted, out)) {
      REEL_RETURN_IF_ERROR(ReadRow(page, wanted, out));
    }
  }
  return Status::Ok();
}

Status ExtentReader::ReadRows(const Wanted& wanted, BorrowedBytes* out) const {
  for (uint32_t page = wanted.first; page <= wanted.last; ++page) {
    REEL_RETURN_IF_ERROR(ReadRow(page, wanted, out));
  }
  return Status::Ok();
}

Status ExtentReader::ReadRow(uint32_t page, const Wanted& wanted, BorrowedBytes* out) const {
  if (run_.family != PageFamily::kSmall && ReadRepaired(page, wanted, out)) {
    return Status::Ok();
  }
  const auto row = database_->Get(FamilyOf(run_.family), PageRowKey(run_.extent, page));
  const uint32_t page_bytes = run_.PageBytes(page, bytes_);
  const auto damaged = [&](const std::string& why) {
    const uint64_t start = run_.PageStart(page);
    return Status(Code::kCorruption, "bytes " + std::to_string(start) + " to " +
                                         std::to_string(start + page_bytes - 1) +
                                         " are damaged: page " + std::to_string(page) +
                                         " of extent " + std::to_string(run_.extent) + " " + why +
                                         " (store this video again)");
  };
  if (!row.ok()) {
    return row.code() == Code::kCorruption ? damaged("cannot be read: " + row.status().message())
                                           : row.status();
  }
  if (!row->has_value()) {
    return damaged("is missing");
  }
  return AppendRow(page, **row, wanted, out) ? Status::Ok() : damaged("does not fit its checksum");
}

// Appends what is wanted of the row that was written when the page was repaired, if it was.
bool ExtentReader::ReadRepaired(uint32_t page, const Wanted& wanted, BorrowedBytes* out) const {
  const auto row = database_->Get(Family::kSmallPages, PageRowKey(run_.extent, page));
  return row.ok() && row->has_value() && AppendRow(page, **row, wanted, out);
}

// As AppendPage, of a row that `out` does not hold yet.
bool ExtentReader::AppendRow(uint32_t page, const std::string& row, const Wanted& wanted,
                             BorrowedBytes* out) const {
  char* copy = out->Allocate(row.size());
  std::copy(row.begin(), row.end(), copy);
  return AppendPage(page, {copy, row.size()}, wanted, out);
}

// Appends what is wanted of a page whose row lies in memory of `out`; false if the row is damaged.
bool ExtentReader::AppendPage(uint32_t page, std::string_view row, const Wanted& wanted,
                              BorrowedBytes* out) const {
  const auto data = DecodePageRow(run_, bytes_, page, row, out);
  if (!data) {
    return false;
  }
  const uint64_t start = run_.PageStart(page);
  const uint64_t from = std::max(start, wanted.offset);
  const uint64_t to = std::min(start + data->size(), wanted.end);
  out->Append(data->substr(from - start, to - from));
  return true;
}

Result<const SegmentFile*> ExtentReader::Segment(uint32_t number) const {
  const uint32_t per_segment = PagesPerSegment(run_.page_size);
  const std::lock_guard lock(mutex_);
  Slot& slot = segments_[number - run_.first_page / per_segment];
  if (!slot.looked) {
    const uint32_t first = std::max(number * per_segment, run_.first_page);
    const uint32_t last = std::min((number + 1) * per_segment, page_end_) - 1;
    auto file = database_->OpenSegment(FamilyOf(run_.family), run_.extent, first, last, caching_);
    if (!file.ok()) {
      return file.status();
    }
    slot.file = *std::move(file);
    slot.looked = true;
  }
  return slot.file.get();
}

}  // namespace reel

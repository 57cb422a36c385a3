#include "storage/extent_reader.h"

#include <algorithm>
#include <cstring>

#include "base/coding.h"
#include "base/hash.h"
#include "format/row_key.h"
#include "storage/segment_layout.h"

namespace reel {
namespace {

// Bytes read at once. Those copied from the system's cache: so few that they are still in the
// processor's when they are verified. Those from the disk: as many as a mount asks for at once.
constexpr uint64_t kCachedReadBytes = 256U << 10;
constexpr uint64_t kDiskReadBytes = 1U << 20;

bool IsIntact(std::string_view data, const char* checksum, uint64_t extent, uint32_t page) {
  return Hash64(data, PageSeed(extent, page)) == ReadFixed64(checksum);
}

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
  if (run.family == PageFamily::kBulk && bytes > 0) {
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
  const uint32_t last = wanted.last;
  while (wanted.first <= last) {
    const uint32_t segment_last = wanted.first / per_segment * per_segment + per_segment - 1;
    wanted.last = std::min({last, segment_last, wanted.first + pages_at_once - 1});
    REEL_RETURN_IF_ERROR(ReadSegment(wanted, out));
    wanted.first = wanted.last + 1;
  }
  return Status::Ok();
}

Status ExtentReader::ReadSegment(const Wanted& wanted, BorrowedBytes* out) const {
  const auto file = Segment(wanted.first / PagesPerSegment(run_.page_size));
  if (!file.ok()) {
    return file.status();
  }
  if (*file == nullptr) {
    return ReadRows(wanted, out);
  }
  const uint64_t begin = BlockOffset(run_, wanted.first);
  const uint32_t last_bytes = run_.PageBytes(wanted.last, bytes_);
  const uint64_t end = BlockOffset(run_, wanted.last) + BlockHeaderBytes(last_bytes) + last_bytes +
                       kPageChecksumBytes;
  const auto blocks = (*file)->Read(begin, end - begin, out);
  if (!blocks.ok()) {
    return blocks.status();
  }
  if (!blocks->has_value()) {
    return ReadRows(wanted, out);
  }
  for (uint32_t page = wanted.first; page <= wanted.last; ++page) {
    const uint32_t page_bytes = run_.PageBytes(page, bytes_);
    const char* data =
        (*blocks)->data() + (BlockOffset(run_, page) - begin) + BlockHeaderBytes(page_bytes);
    if (IsIntact({data, page_bytes}, data + page_bytes, run_.extent, page)) {
      AppendWanted(page, {data, page_bytes}, wanted, out);
    } else {
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
  const Family family = run_.family == PageFamily::kBulk ? Family::kPages : Family::kSmallPages;
  const auto row = database_->Get(family, PageRowKey(run_.extent, page));
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
  const std::string& bytes = **row;
  if (bytes.size() != page_bytes + kPageChecksumBytes ||
      !IsIntact({bytes.data(), page_bytes}, bytes.data() + page_bytes, run_.extent, page)) {
    return damaged("does not fit its checksum");
  }
  char* copy = out->Allocate(page_bytes);
  std::memcpy(copy, bytes.data(), page_bytes);
  AppendWanted(page, {copy, page_bytes}, wanted, out);
  return Status::Ok();
}

void ExtentReader::AppendWanted(uint32_t page, std::string_view data, const Wanted& wanted,
                                BorrowedBytes* out) const {
  const uint64_t start = run_.PageStart(page);
  const uint64_t from = std::max(start, wanted.offset);
  const uint64_t to = std::min(start + data.size(), wanted.end);
  out->Append(data.substr(from - start, to - from));
}

Result<const SegmentFile*> ExtentReader::Segment(uint32_t number) const {
  const uint32_t per_segment = PagesPerSegment(run_.page_size);
  const std::lock_guard lock(mutex_);
  Slot& slot = segments_[number - run_.first_page / per_segment];
  if (!slot.looked) {
    const uint32_t first = std::max(number * per_segment, run_.first_page);
    const uint32_t last = std::min((number + 1) * per_segment, page_end_) - 1;
    auto file = database_->OpenSegment(PageRowKey(run_.extent, first),
                                       PageRowKey(run_.extent, last), caching_);
    if (!file.ok()) {
      return file.status();
    }
    slot.file = *std::move(file);
    slot.looked = true;
  }
  return slot.file.get();
}

}  // namespace reel

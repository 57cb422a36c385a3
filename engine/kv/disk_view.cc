#include "kv/disk_view.h"

#include <cassert>
#include <utility>

#include "base/compression.h"

namespace reel {

DiskView::DiskView(const Database* database, Reclaimer* reclaimer, Record record, Caching caching)
    : record_(std::make_shared<const Record>(std::move(record))), pin_(reclaimer->NewPin()) {
  if (const auto* run = std::get_if<PageRun>(&record_->value)) {
    pin_.Add(run->extent);
    value_.emplace(database, *run, record_->entry.size, caching);
  }
  if (record_->entry.kind == EntryKind::kManifest) {
    pin_.Add(record_->body_run.extent);
    body_.emplace(database, record_->body_run, record_->entry.body.size, caching);
  }
}

Status DiskView::ReadValue(uint64_t offset, uint64_t length, BorrowedBytes* out) const {
  assert(offset + length <= record_->entry.size);
  if (value_) {
    return value_->Read(offset, length, out).WithContext(record_->entry.key);
  }
  // Inline bytes were verified with their record.
  const auto& value = std::get<InlineValue>(record_->value);
  if (value.encoding == Encoding::kRaw) {
    out->Append(std::string_view(value.bytes).substr(offset, length));
    out->Pin(record_);
    return Status::Ok();
  }
  const uint64_t size = record_->entry.size;
  char* whole = out->Allocate(size);
  if (!Decompress(value.bytes, whole, size)) {
    return {Code::kCorruption,
            "the value of \"" + record_->entry.key + "\" cannot be decompressed (store it again)"};
  }
  out->Append(std::string_view(whole, size).substr(offset, length));
  return Status::Ok();
}

Status DiskView::ReadChunk(uint32_t index, uint64_t offset, uint64_t length,
                           BorrowedBytes* out) const {
  assert(index < record_->entry.body.chunk_count);
  const uint64_t start = index * record_->entry.body.chunk_size;
  return body_->Read(start + offset, length, out).WithContext(record_->entry.key);
}

}  // namespace reel

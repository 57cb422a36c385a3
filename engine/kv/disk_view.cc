#include "kv/disk_view.h"

#include <cassert>
#include <mutex>
#include <utility>

#include "base/compression.h"
#include "base/hash.h"
#include "base/limits.h"
#include "format/kv_key.h"
#include "kv/disk_namespace.h"
#include "storage/repaired_pages.h"

namespace reel {

DiskView::DiskView(const DiskNamespace* owner, Record record, Caching caching)
    : owner_(owner),
      record_(std::make_shared<const Record>(std::move(record))),
      pin_(owner->context().reclaimer->NewPin()) {
  const Database* database = owner->context().database;
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

Result<Record> DiskView::FindPart(std::optional<uint32_t> chunk) const {
  const Entry& base = record_->entry;
  auto part = owner_->Find(chunk ? ChunkKey(base.key, *chunk) : base.key);
  if (!part.ok()) {
    return part.status();
  }
  if (!part->has_value() || (*part)->entry.generation != base.generation) {
    return {Code::kConflict,
            "\"" + base.key + "\" has been replaced since it was opened (open it again)"};
  }
  return **std::move(part);
}

Result<Hash128> DiskView::ChunkHash(uint32_t index) const {
  const auto chunk = FindPart(index);
  if (!chunk.ok()) {
    return chunk.status();
  }
  return chunk->entry.xxh3;
}

Status DiskView::Repair(std::optional<uint32_t> chunk, std::string_view bytes) const {
  assert(!chunk || *chunk < record_->entry.body.chunk_count);
  const auto part = FindPart(chunk);
  if (!part.ok()) {
    return part.status();
  }
  if (bytes.size() != part->entry.size || HashWhole(bytes) != part->entry.xxh3) {
    return NotWhatWasStored(record_->entry.key, chunk);
  }
  const std::optional<ExtentReader>& pages = chunk ? body_ : value_;
  if (!pages) {
    return Status::Ok();  // inline bytes were verified with their record
  }
  RowBatch rows;
  const uint64_t start = chunk ? *chunk * record_->entry.body.chunk_size : 0;
  REEL_RETURN_IF_ERROR(StageRepairs(*pages, start, bytes, &rows).WithContext(record_->entry.key));
  if (rows.changes().empty()) {
    return Status::Ok();
  }
  // Alone in the gate: nobody retires the extent, whose drop looks for these rows (I4).
  const std::lock_guard lock(*owner_->context().write_gate);
  REEL_RETURN_IF_ERROR(FindPart(chunk).status());
  return owner_->context().database->Write(rows, /*sync=*/true);
}

uint32_t DiskView::page_size() const {
  const auto* run = std::get_if<PageRun>(&record_->value);
  return record_->entry.kind == EntryKind::kManifest ? record_->body_run.page_size
         : run != nullptr                            ? run->page_size
                                                     : kPageBytesMin;
}

}  // namespace reel

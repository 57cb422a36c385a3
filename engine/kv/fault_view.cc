#include "kv/fault_view.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <string>

#include "format/kv_key.h"

namespace reel {

Status FaultView::ReadValue(uint64_t offset, uint64_t length, BorrowedBytes* out) const {
  const FaultCore::Call call(core_);
  const Entry& entry = view_->entry();
  REEL_RETURN_IF_ERROR(core_->Meet(FaultOperation::kRead, entry.key));
  const auto source = [this](uint64_t from, uint64_t bytes, BorrowedBytes* to) {
    return view_->ReadValue(from, bytes, to);
  };
  return Deliver(entry.key, {offset, length, entry.size}, entry.size, source, out);
}

Status FaultView::ReadChunk(uint32_t index, uint64_t offset, uint64_t length,
                            BorrowedBytes* out) const {
  const FaultCore::Call call(core_);
  const Entry::Body& body = view_->entry().body;
  assert(index < body.chunk_count);
  const uint64_t size = std::min(body.chunk_size, body.size - index * body.chunk_size);
  const std::string key = ChunkKey(view_->entry().key, index);
  REEL_RETURN_IF_ERROR(core_->Meet(FaultOperation::kRead, key));
  if (!core_->MayBeStale(key)) {
    const auto own = [&](uint64_t from, uint64_t bytes, BorrowedBytes* to) {
      return view_->ReadChunk(index, from, bytes, to);
    };
    return Deliver(key, {offset, length, size}, size, own, out);
  }
  const auto found = core_->Find(FaultOperation::kRead, key, caching_);
  if (!found.ok()) {
    return found.status();
  }
  const EntryView& chunk = **found;
  const auto other = [&](uint64_t from, uint64_t bytes, BorrowedBytes* to) {
    return chunk.ReadValue(from, bytes, to);
  };
  return Deliver(key, {offset, length, size}, chunk.entry().size, other, out);
}

Result<Hash128> FaultView::ChunkHash(uint32_t index) const {
  const FaultCore::Call call(core_);
  return view_->ChunkHash(index);
}

Status FaultView::Repair(std::optional<uint32_t> chunk, std::string_view bytes) const {
  const FaultCore::Call call(core_);
  REEL_RETURN_IF_ERROR(view_->Repair(chunk, bytes));
  const std::string& key = view_->entry().key;
  core_->plan().EndDamage(chunk ? ChunkKey(key, *chunk) : key);
  return Status::Ok();
}

Status FaultView::Deliver(std::string_view key, const ReadRange& range, uint64_t size,
                          const Source& source, BorrowedBytes* out) const {
  const Spoilage spoiled = core_->plan().Spoil(key, range, size);
  const uint64_t end = range.End(spoiled.size);
  if (end <= range.offset) {
    return Status::Ok();
  }
  const uint64_t delivered = end - range.offset;
  const uint64_t stored =
      std::min(end, size) > range.offset ? std::min(end, size) - range.offset : 0;
  if (spoiled.flips.empty() && stored == delivered) {
    return source(range.offset, stored, out);
  }
  // What the base lends may be its own.
  BorrowedBytes good;
  if (stored > 0) {
    REEL_RETURN_IF_ERROR(source(range.offset, stored, &good));
  }
  char* bytes = out->Allocate(delivered);
  good.CopyTo(bytes);
  std::memset(bytes + stored, 0, delivered - stored);
  for (const Spoilage::Flip& flip : spoiled.flips) {
    // A later fault may have cut it off.
    if (flip.byte < end) {
      char& byte = bytes[flip.byte - range.offset];
      byte = static_cast<char>(static_cast<unsigned char>(byte) ^ flip.mask);
    }
  }
  out->Append(std::string_view(bytes, delivered));
  return Status::Ok();
}

}  // namespace reel

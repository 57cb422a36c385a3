#include "video/reader.h"

#include <algorithm>

namespace reel {

Status VideoReaderImpl::Borrow(uint64_t offset, uint64_t length, BorrowedBytes* out) const {
  out->Clear();
  if (offset >= info_.size) {
    return Status::Ok();
  }
  uint64_t left = std::min(length, info_.size - offset);
  if (!info_.chunked) {
    return view_->ReadValue(offset, left, out);
  }
  while (left > 0) {
    const auto index = static_cast<uint32_t>(offset / info_.chunk_size);
    const uint64_t in_chunk = offset % info_.chunk_size;
    const uint64_t take = std::min(left, info_.chunk_size - in_chunk);
    REEL_RETURN_IF_ERROR(view_->ReadChunk(index, in_chunk, take, out));
    offset += take;
    left -= take;
  }
  return Status::Ok();
}

Result<size_t> VideoReaderImpl::Read(uint64_t offset, std::span<char> buffer) const {
  BorrowedBytes bytes;
  REEL_RETURN_IF_ERROR(Borrow(offset, buffer.size(), &bytes));
  bytes.CopyTo(buffer.data());
  return bytes.size();
}

}  // namespace reel

#include "video/reader.h"

#include <algorithm>
#include <utility>

namespace reel {
namespace {

// What media servers and players read of a file before they know what they want is less.
constexpr uint64_t kSequentialBytes = uint64_t{2} << 20;

}  // namespace

Status VideoReaderImpl::Borrow(uint64_t offset, uint64_t length, BorrowedBytes* out) const {
  out->Clear();
  const uint64_t size = info().size;
  if (offset >= size) {
    return Status::Ok();
  }
  const uint64_t end = offset + std::min(length, size - offset);
  if (source_->IsRemote()) {
    return BorrowByWindow({offset, end - offset}, Attempt::kFirst, out);
  }
  while (offset < end) {
    const ChunkSlice slice = source_->map().SliceAt(offset, end);
    const size_t before = out->size();
    const int64_t begin_ms = source_->clock().SteadyMillis();
    const Status read = source_->Read(slice, Attempt::kFirst, nullptr, out);
    source_->LogAttempt(slice, Attempt::kFirst, begin_ms, read);
    if (!read.ok()) {
      out->Keep(before, 0, 0);
      REEL_RETURN_IF_ERROR(BorrowByWindow({offset, slice.length}, Attempt::kAgain, out));
    }
    offset += slice.length;
  }
  return Status::Ok();
}

// By way of the pool: for what may stall, and for what has failed already.
Status VideoReaderImpl::BorrowByWindow(ByteRange range, Attempt first_attempt,
                                       BorrowedBytes* out) const {
  FetchWindow window(source_, range, first_attempt);
  while (true) {
    auto block = window.Next({});
    if (!block.ok()) {
      return block.status();
    }
    if (!block->has_value()) {
      NoteFilled(window.filled());
      return Status::Ok();
    }
    for (const std::string_view slice : (*block)->slices()) {
      out->AppendCopy(slice);
    }
  }
}

Result<size_t> VideoReaderImpl::ReadDirectly(uint64_t offset, std::span<char> buffer) const {
  BorrowedBytes bytes;
  REEL_RETURN_IF_ERROR(Borrow(offset, buffer.size(), &bytes));
  bytes.CopyTo(buffer.data());
  return bytes.size();
}

Result<size_t> VideoReaderImpl::Read(uint64_t offset, std::span<char> buffer) const {
  const uint64_t size = info().size;
  if (offset >= size || buffer.empty()) {
    return 0;
  }
  // Of several threads one at a time reads on; the others do not wait for it.
  std::unique_lock lock(sequence_mutex_, std::defer_lock);
  if (!may_fetch_ahead_ || !lock.try_lock()) {
    return ReadDirectly(offset, buffer);
  }
  if (offset != sequence_.next) {
    sequence_ = Sequence();
  }
  if (sequence_.window == nullptr && sequence_.bytes >= kSequentialBytes) {
    sequence_.window = std::make_unique<FetchWindow>(source_, ByteRange{offset, size - offset});
  }
  size_t count = std::min<uint64_t>(buffer.size(), size - offset);
  if (sequence_.window != nullptr) {
    if (Status read = ReadAhead(buffer.first(count)); !read.ok()) {
      sequence_ = Sequence();
      return read;
    }
  } else {
    const auto read = ReadDirectly(offset, buffer);
    if (!read.ok()) {
      return read.status();
    }
    count = *read;
  }
  sequence_.bytes += count;
  sequence_.next = offset + count;
  return count;
}

Status VideoReaderImpl::ReadAhead(std::span<char> buffer) const {
  while (!buffer.empty()) {
    if (sequence_.rest.empty()) {
      sequence_.block = FetchWindow::Block();
      auto block = sequence_.window->Next({});
      if (!block.ok()) {
        return block.status();
      }
      sequence_.block = **std::move(block);
      const auto slices = sequence_.block.slices();
      sequence_.rest.assign(slices.begin(), slices.end());
      NoteFilled(sequence_.window->filled());
    }
    std::string_view& first = sequence_.rest.front();
    const size_t taken = std::min(first.size(), buffer.size());
    std::copy_n(first.begin(), taken, buffer.begin());
    buffer = buffer.subspan(taken);
    first.remove_prefix(taken);
    if (first.empty()) {
      sequence_.rest.erase(sequence_.rest.begin());
    }
  }
  return Status::Ok();
}

void VideoReaderImpl::NoteFilled(const std::vector<FilledRange>& filled) const {
  if (filled.empty()) {
    return;
  }
  const std::lock_guard lock(filled_mutex_);
  for (const FilledRange& one : filled) {
    const auto known = std::find_if(filled_.begin(), filled_.end(), [&](const FilledRange& other) {
      return other.chunk == one.chunk;
    });
    if (known == filled_.end()) {
      filled_.push_back(one);
      continue;
    }
    const uint64_t end =
        std::max(known->range.offset + known->range.length, one.range.offset + one.range.length);
    known->range.offset = std::min(known->range.offset, one.range.offset);
    known->range.length = end - known->range.offset;
  }
}

std::vector<FilledRange> VideoReaderImpl::filled() const {
  const std::lock_guard lock(filled_mutex_);
  return filled_;
}

StreamResult VideoReaderImpl::Stream(ByteRange range, const StreamSink& sink,
                                     const std::stop_token& stop) const {
  StreamResult result;
  const uint64_t size = info().size;
  if (range.offset > size || range.length > size - range.offset) {
    result.end = StreamEnd::kFailed;
    result.status = {Code::kOutOfRange, "\"" + info().key + "\" has " + std::to_string(size) +
                                            " bytes, not the range that was asked for"};
    return result;
  }
  FetchWindow window(source_, range);
  while (true) {
    auto block = window.Next(stop);
    if (!block.ok()) {
      const bool aborted = block.code() == Code::kAborted && stop.stop_requested();
      result.end = aborted ? StreamEnd::kAborted : StreamEnd::kFailed;
      result.status = block.status();
      break;
    }
    if (!block->has_value()) {
      break;
    }
    const auto slices = (*block)->slices();
    if (!sink(slices)) {
      result.end = StreamEnd::kClosed;
      break;
    }
    for (const std::string_view slice : slices) {
      result.bytes_sent += slice.size();
    }
  }
  result.filled = window.filled();
  result.error_count = result.filled.size();
  return result;
}

}  // namespace reel

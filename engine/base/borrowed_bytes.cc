#include <reel/types.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>

namespace reel {
namespace {

// 64 KiB of pages and what stands between them, so that a stream of such reads needs one block.
constexpr size_t kBlockBytesMin = size_t{72} << 10;
// Blocks from this size on lie in huge pages.
constexpr size_t kHugeBytesMin = size_t{512} << 10;
constexpr size_t kHugePageBytes = size_t{2} << 20;

size_t RoundUp(size_t bytes, size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

}  // namespace

void BorrowedBytes::CopyTo(char* out) const {
  for (std::string_view slice : slices_) {
    std::memcpy(out, slice.data(), slice.size());
    out += slice.size();
  }
}

std::string BorrowedBytes::ToString() const {
  std::string text;
  text.reserve(size_);
  for (std::string_view slice : slices_) {
    text.append(slice);
  }
  return text;
}

void BorrowedBytes::Clear() {
  slices_.clear();
  pins_.clear();
  size_ = 0;
  for (Block& block : blocks_) {
    block.used = 0;
  }
}

void BorrowedBytes::Append(std::string_view slice) {
  if (slice.empty()) {
    return;
  }
  size_ += slice.size();
  if (!slices_.empty()) {
    std::string_view& last = slices_.back();
    if (last.data() + last.size() == slice.data()) {
      last = {last.data(), last.size() + slice.size()};
      return;
    }
  }
  slices_.push_back(slice);
}

void BorrowedBytes::AppendCopy(std::string_view bytes) {
  char* copy = Allocate(bytes.size());
  std::memcpy(copy, bytes.data(), bytes.size());
  Append({copy, bytes.size()});
}

void BorrowedBytes::Keep(size_t from, size_t offset, size_t length) {
  const std::vector<std::string_view> before = std::move(slices_);
  slices_.clear();
  size_ = 0;
  size_t at = 0;
  for (const std::string_view slice : before) {
    // The kept parts of a slice: what lies in [0, from), and in [from + offset, … + length).
    const auto part = [&](size_t begin, size_t end) {
      const size_t first = std::max(begin, at);
      const size_t last = std::min(end, at + slice.size());
      if (first < last) {
        Append(slice.substr(first - at, last - first));
      }
    };
    part(0, from);
    part(from + offset, from + offset + length);
    at += slice.size();
  }
}

size_t BorrowedBytes::capacity() const {
  size_t bytes = 0;
  for (const Block& block : blocks_) {
    bytes += block.capacity;
  }
  return bytes;
}

void BorrowedBytes::Pin(std::shared_ptr<const void> owner) {
  pins_.push_back(std::move(owner));
}

char* BorrowedBytes::Allocate(size_t bytes) {
  const size_t taken = RoundUp(bytes, kAlignment);
  for (Block& block : blocks_) {
    if (block.capacity - block.used >= taken) {
      char* memory = block.data.get() + block.used;
      block.used += taken;
      return memory;
    }
  }
  blocks_.push_back(NewBlock(taken));
  blocks_.back().used = taken;
  return blocks_.back().data.get();
}

BorrowedBytes::Block BorrowedBytes::NewBlock(size_t bytes) {
  const bool huge = bytes >= kHugeBytesMin;
  const std::align_val_t alignment{huge ? kHugePageBytes : kAlignment};
  const size_t capacity = huge ? RoundUp(bytes, kHugePageBytes) : std::max(bytes, kBlockBytesMin);
  std::unique_ptr<char[], Free> data(static_cast<char*>(::operator new[](capacity, alignment)),
                                     Free{alignment});
  if (huge) {
    // The disk takes a read into scattered small pages in pieces (docs/benchmarks.md). Only advice.
    madvise(data.get(), capacity, MADV_HUGEPAGE);
  }
  return {std::move(data), capacity, 0};
}

}  // namespace reel

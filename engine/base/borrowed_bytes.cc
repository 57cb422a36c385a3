#include <reel/types.h>

#include <algorithm>
#include <cstring>

namespace reel {

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

void BorrowedBytes::Pin(std::shared_ptr<const void> owner) {
  pins_.push_back(std::move(owner));
}

char* BorrowedBytes::Allocate(size_t bytes) {
  for (Block& block : blocks_) {
    if (block.capacity - block.used >= bytes) {
      char* memory = block.data.get() + block.used;
      block.used += bytes;
      return memory;
    }
  }
  constexpr size_t kBlockBytesMin = size_t{64} << 10;
  const size_t capacity = std::max(bytes, kBlockBytesMin);
  blocks_.push_back({std::make_unique_for_overwrite<char[]>(capacity), capacity, bytes});
  return blocks_.back().data.get();
}

}  // namespace reel

// Small value types that several public headers share.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reel {

/// An XXH3 hash of 128 bits.
struct Hash128 {
  uint64_t high = 0;
  uint64_t low = 0;

  /// 32 hex digits in canonical order, as `xxhsum -H2` prints them.
  [[nodiscard]] std::string ToHex() const;

  friend bool operator==(const Hash128&, const Hash128&) = default;
};

/// Verified bytes that a read lends to its caller, in order and without a copy where the store
/// allows it. Keep one object per thread or stream and pass it to every read: it reuses its memory,
/// and a fresh large allocation per read would halve the speed of a warm store.
/// Not thread-safe. The slices live until the object is next passed to a read, cleared or
/// destroyed.
class BorrowedBytes {
 public:
  BorrowedBytes() = default;
  BorrowedBytes(BorrowedBytes&&) = default;
  BorrowedBytes& operator=(BorrowedBytes&&) = default;

  [[nodiscard]] std::span<const std::string_view> slices() const { return slices_; }

  /// Bytes in all slices together.
  [[nodiscard]] size_t size() const { return size_; }

  /// Copies all slices to `out`. REQUIRES: out has room for size() bytes.
  void CopyTo(char* out) const;

  [[nodiscard]] std::string ToString() const;

  /// Drops the slices and what they pin, keeps the memory for the next read.
  void Clear();

  // For the layers that fill it.

  /// Appends a slice; adjacent ones are joined. The caller sees to it that it stays valid.
  void Append(std::string_view slice);

  /// Appends a copy of `bytes`, in memory of its own.
  void AppendCopy(std::string_view bytes);

  /// Keeps `owner` alive as long as the slices.
  void Pin(std::shared_ptr<const void> owner);

  /// Memory of at least `bytes`, uninitialised, that lives as long as the slices, at a multiple of
  /// kAlignment. Earlier blocks of the same read stay valid.
  char* Allocate(size_t bytes);

  /// Of the bytes behind the first `from`, keeps [offset, offset + length) and drops the rest.
  void Keep(size_t from, size_t offset, size_t length);

  /// Bytes of memory that it occupies, in use or kept for the next read.
  [[nodiscard]] size_t capacity() const;

  /// What reads past the system's page cache need.
  static constexpr size_t kAlignment = 4096;

 private:
  struct Free {
    std::align_val_t alignment{kAlignment};
    void operator()(char* data) const { ::operator delete[](data, alignment); }
  };
  struct Block {
    std::unique_ptr<char[], Free> data;
    size_t capacity = 0;
    size_t used = 0;
  };
  static Block NewBlock(size_t bytes);

  std::vector<std::string_view> slices_;
  size_t size_ = 0;
  std::vector<std::shared_ptr<const void>> pins_;
  std::vector<Block> blocks_;
};

}  // namespace reel

// RocksDB's log of the files that make up a database, as it stands on the disk.
#pragma once

#include <cstdint>
#include <string_view>

namespace reel {

/// Finds how far such a log is sound. A log is blocks of 32 KiB, a block is fragments, and one
/// fragment or several make up a record. One thread.
class ManifestScan {
 public:
  static constexpr size_t kBlockBytes = size_t{32} << 10;

  /// The next block. REQUIRES: all but the last have kBlockBytes.
  void Add(std::string_view block);

  /// Where the last whole record ends that has none but whole records before it.
  [[nodiscard]] uint64_t sound_bytes() const { return sound_bytes_; }

  /// Whether something else follows than a record that the end of the file cuts off, which RocksDB
  /// leaves out by itself.
  [[nodiscard]] bool is_damaged() const { return is_damaged_; }

  /// Whether a sector is all zeros in what follows, as far as it is of the file and behind
  /// sound_bytes(): what a file system leaves that had written down a length and not yet the bytes.
  [[nodiscard]] bool has_zero_sector() const { return has_zero_sector_; }

 private:
  void LookForZeros(std::string_view block, size_t from);

  uint64_t block_start_ = 0;
  uint64_t sound_bytes_ = 0;
  bool in_record_ = false;
  bool is_damaged_ = false;
  bool has_zero_sector_ = false;
};

}  // namespace reel

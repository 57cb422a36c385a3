#include "storage/manifest_scan.h"

#include <rocksdb/file_checksum.h>

#include <algorithm>
#include <string>

#include "base/coding.h"

namespace reel {
namespace {

constexpr size_t kSectorBytes = 512;
// Of a fragment: checksum, length, type.
constexpr size_t kHeaderBytes = 4 + 2 + 1;
constexpr size_t kTypeAt = 6;

enum FragmentType : uint8_t { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

// CRC-32C, disguised as RocksDB does in its logs.
uint32_t MaskedChecksum(std::string_view bytes) {
  const auto checksum = rocksdb::GetFileChecksumGenCrc32cFactory()->CreateFileChecksumGenerator({});
  checksum->Update(bytes.data(), bytes.size());
  checksum->Finalize();
  const uint32_t crc = ReadBigEndian32(checksum->GetChecksum().data());
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

}  // namespace

void ManifestScan::LookForZeros(std::string_view block, size_t from) {
  while (from < block.size() && !has_zero_sector_) {
    const size_t next = std::min(block.size(), (from / kSectorBytes + 1) * kSectorBytes);
    has_zero_sector_ = block.substr(from, next - from).find_first_not_of('\0') == std::string::npos;
    from = next;
  }
}

void ManifestScan::Add(std::string_view block) {
  size_t at = is_damaged_ ? block.size() : 0;
  if (is_damaged_) {
    LookForZeros(block, 0);
  }
  // What is shorter than a header is padding, or the end of the file cuts it off.
  while (block.size() - at >= kHeaderBytes) {
    const std::string_view rest = block.substr(at);
    const size_t length =
        static_cast<uint8_t>(rest[4]) | static_cast<size_t>(static_cast<uint8_t>(rest[5])) << 8;
    const size_t end = kHeaderBytes + length;
    if (end > rest.size() && block.size() < kBlockBytes) {
      break;
    }
    const auto type = static_cast<uint8_t>(rest[kTypeAt]);
    const bool begins = type == kFull || type == kFirst;
    const bool ends = type == kFull || type == kLast;
    if (end > rest.size() || type < kFull || type > kLast || begins == in_record_ ||
        ReadFixed32(rest.data()) != MaskedChecksum(rest.substr(kTypeAt, 1 + length))) {
      is_damaged_ = true;
      LookForZeros(block, at);
      break;
    }
    at += end;
    in_record_ = !ends;
    if (ends) {
      sound_bytes_ = block_start_ + at;
    }
  }
  block_start_ += block.size();
}

}  // namespace reel

// Integers as bytes: little-endian in values, big-endian in keys, where byte order is sort order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace reel {

void PutFixed16(std::string* out, uint16_t value);
void PutFixed32(std::string* out, uint32_t value);
void PutFixed64(std::string* out, uint64_t value);
void PutBigEndian32(std::string* out, uint32_t value);
void PutBigEndian64(std::string* out, uint64_t value);
/// In groups of seven bits, the lowest first; all bytes but the last have their highest bit set.
void PutVarint(std::string* out, uint64_t value);

/// REQUIRES: `bytes` has as many bytes as the integer.
uint32_t ReadFixed32(const char* bytes);
uint64_t ReadFixed64(const char* bytes);
uint32_t ReadBigEndian32(const char* bytes);
uint64_t ReadBigEndian64(const char* bytes);

/// Takes values off the front of a text; after one read past its end, ok() stays false and every
/// further read gives zero or nothing.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  uint8_t Byte();
  uint16_t Fixed16();
  uint32_t Fixed32();
  uint64_t Fixed64();
  uint64_t Varint();
  /// The same, of what has at most 32 bits.
  uint32_t Varint32();
  std::string_view Bytes(size_t count);

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace reel

#include "base/coding.h"

#include <concepts>

namespace reel {
namespace {

template <std::unsigned_integral T>
void PutLittle(std::string* out, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) {
    out->push_back(static_cast<char>(value >> (8 * i)));
  }
}

template <std::unsigned_integral T>
void PutBig(std::string* out, T value) {
  for (size_t i = sizeof(T); i-- > 0;) {
    out->push_back(static_cast<char>(value >> (8 * i)));
  }
}

template <std::unsigned_integral T>
T ReadLittle(const char* bytes) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(bytes[i])) << (8 * i));
  }
  return value;
}

template <std::unsigned_integral T>
T ReadBig(const char* bytes) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value << 8) | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

}  // namespace

void PutFixed16(std::string* out, uint16_t value) {
  PutLittle(out, value);
}
void PutFixed32(std::string* out, uint32_t value) {
  PutLittle(out, value);
}
void PutFixed64(std::string* out, uint64_t value) {
  PutLittle(out, value);
}
void PutBigEndian32(std::string* out, uint32_t value) {
  PutBig(out, value);
}
void PutBigEndian64(std::string* out, uint64_t value) {
  PutBig(out, value);
}
void PutVarint(std::string* out, uint64_t value) {
  for (; value >= 0x80; value >>= 7U) {
    out->push_back(static_cast<char>(value | 0x80U));
  }
  out->push_back(static_cast<char>(value));
}

uint32_t ReadFixed32(const char* bytes) {
  return ReadLittle<uint32_t>(bytes);
}
uint64_t ReadFixed64(const char* bytes) {
  return ReadLittle<uint64_t>(bytes);
}
uint32_t ReadBigEndian32(const char* bytes) {
  return ReadBig<uint32_t>(bytes);
}
uint64_t ReadBigEndian64(const char* bytes) {
  return ReadBig<uint64_t>(bytes);
}

std::string_view Decoder::Bytes(size_t count) {
  if (!ok_ || rest_.size() < count) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

uint8_t Decoder::Byte() {
  std::string_view bytes = Bytes(1);
  return bytes.empty() ? 0 : static_cast<uint8_t>(bytes[0]);
}

uint16_t Decoder::Fixed16() {
  std::string_view bytes = Bytes(sizeof(uint16_t));
  return bytes.empty() ? 0 : ReadLittle<uint16_t>(bytes.data());
}

uint32_t Decoder::Fixed32() {
  std::string_view bytes = Bytes(sizeof(uint32_t));
  return bytes.empty() ? 0 : ReadLittle<uint32_t>(bytes.data());
}

uint64_t Decoder::Fixed64() {
  std::string_view bytes = Bytes(sizeof(uint64_t));
  return bytes.empty() ? 0 : ReadLittle<uint64_t>(bytes.data());
}

uint64_t Decoder::Varint() {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const uint8_t byte = Byte();
    const uint64_t bits = byte & 0x7FU;
    if (bits << shift >> shift != bits) {
      break;
    }
    value |= bits << shift;
    if ((byte & 0x80U) == 0) {
      return value;
    }
  }
  ok_ = false;
  rest_ = {};
  return 0;
}

uint32_t Decoder::Varint32() {
  const uint64_t value = Varint();
  if (value > UINT32_MAX) {
    ok_ = false;
    rest_ = {};
    return 0;
  }
  return static_cast<uint32_t>(value);
}

}  // namespace reel

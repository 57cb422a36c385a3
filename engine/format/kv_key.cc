#include "format/kv_key.h"

#include <reel/kv.h>

#include <algorithm>
#include <charconv>

#include "base/limits.h"
#include "base/utf8.h"

namespace reel {
namespace {

constexpr std::string_view kChunkInfix = "_chunk_";

}  // namespace

std::string ChunkKey(std::string_view base_key, uint32_t index) {
  std::string key(base_key);
  key += kChunkInfix;
  key += std::to_string(index);
  return key;
}

std::optional<ChunkName> SplitChunkKey(std::string_view key) {
  const size_t infix = key.rfind(kChunkInfix);
  if (infix == key.npos || infix == 0) {
    return std::nullopt;
  }
  const std::string_view digits = key.substr(infix + kChunkInfix.size());
  ChunkName name{key.substr(0, infix), 0};
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), name.index);
  const bool whole = read.ec == std::errc() && read.ptr == digits.data() + digits.size();
  // Leading zeros make another key.
  return whole && std::to_string(name.index) == digits ? std::optional(name) : std::nullopt;
}

Status ValidateKey(std::string_view key) {
  if (key.empty()) {
    return {Code::kInvalidArgument, "the key is empty (a key has 1 to 512 bytes)"};
  }
  if (key.size() > kKeyBytesMax) {
    return {Code::kTooLarge, "the key has " + std::to_string(key.size()) +
                                 " bytes (a key has at most 512; choose a shorter one)"};
  }
  if (key == "." || key == "..") {
    return {Code::kInvalidArgument,
            "the key \"" + std::string(key) + "\" is not allowed (choose another one)"};
  }
  if (!IsValidUtf8(key)) {
    return {Code::kInvalidArgument, "the key is not UTF-8 (give it as UTF-8 text)"};
  }
  return Status::Ok();
}

Status ValidateTtl(int64_t seconds) {
  if (seconds < kTtlSecondsMin || seconds > kTtlSecondsMax) {
    return {Code::kInvalidArgument, "the time to live is " + std::to_string(seconds) +
                                        " seconds (at least 60, at most 1099511627776)"};
  }
  return Status::Ok();
}

Status ValidateExpiration(int64_t expiration, int64_t now) {
  if (expiration < now + kTtlSecondsMin || expiration > now + kTtlSecondsMax) {
    return {Code::kInvalidArgument, "the expiration is " + std::to_string(expiration) +
                                        ", and it is " + std::to_string(now) +
                                        " (give a time in seconds at least 60 ahead)"};
  }
  return Status::Ok();
}

Status ValidateTag(std::string_view tag) {
  constexpr size_t kTagBytesMax = 200;
  const bool has_forbidden = std::any_of(tag.begin(), tag.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == ',';
  });
  if (tag.empty() || tag.size() > kTagBytesMax || has_forbidden || !IsValidUtf8(tag)) {
    return {Code::kInvalidArgument,
            "the tag \"" + std::string(tag) +
                "\" is not allowed (1 to 200 bytes of UTF-8, no commas or control characters)"};
  }
  return Status::Ok();
}

}  // namespace reel

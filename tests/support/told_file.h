// Files of which every byte can be checked, whatever version of them somebody has open.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace reel::test {

/// A file that begins with what its other bytes follow from.
struct ToldFile {
  static constexpr size_t kHeadBytes = 32;

  /// Says whose bytes these are, where files must not be mistaken for each other.
  uint64_t owner = 0;
  uint64_t seed = 0;
  /// At least kHeadBytes.
  uint64_t size = kHeadBytes;

  friend bool operator==(const ToldFile&, const ToldFile&) = default;

  /// What `head`, the first kHeadBytes of a file, say; nothing if a file that Fill made does not
  /// begin so.
  static std::optional<ToldFile> Of(std::string_view head) {
    std::array<uint64_t, 4> words{};
    if (head.size() < kHeadBytes) {
      return std::nullopt;
    }
    std::memcpy(words.data(), head.data(), kHeadBytes);
    const ToldFile told{words[0], words[1], words[2]};
    return words[3] == told.Check() ? std::optional(told) : std::nullopt;
  }

  /// The bytes from `offset` on. REQUIRES: they lie within the file.
  void Fill(uint64_t offset, std::span<char> out) const {
    for (size_t done = 0; done < out.size();) {
      const uint64_t at = offset + done;
      const uint64_t word = WordAt(at / sizeof word);
      const size_t skipped = at % sizeof word;
      if (skipped == 0 && out.size() - done >= sizeof word) {
        std::memcpy(&out[done], &word, sizeof word);  // of a constant size, for speed
        done += sizeof word;
      } else {
        const size_t count = std::min(out.size() - done, sizeof word - skipped);
        std::memcpy(&out[done], reinterpret_cast<const char*>(&word) + skipped, count);
        done += count;
      }
    }
  }

 private:
  static uint64_t Mix(uint64_t word) {  // SplitMix64
    word += 0x9e3779b97f4a7c15ULL;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9ULL;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebULL;
    return word ^ (word >> 31);
  }
  [[nodiscard]] uint64_t Check() const { return Mix(Mix(Mix(owner) ^ seed) ^ size); }
  [[nodiscard]] uint64_t WordAt(uint64_t index) const {
    switch (index) {
      case 0:
        return owner;
      case 1:
        return seed;
      case 2:
        return size;
      case 3:
        return Check();
      default:
        return Mix(seed + index);
    }
  }
};

}  // namespace reel::test

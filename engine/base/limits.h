// Cloudflare KV's limits, and Reel's own. Every one is checked before anything is published (I8).
#pragma once

#include <cstddef>
#include <cstdint>

namespace reel {

// Cloudflare KV: https://developers.cloudflare.com/kv/platform/limits/
inline constexpr size_t kKeyBytesMax = 512;
inline constexpr uint64_t kValueBytesMax = 25ULL << 20;
inline constexpr size_t kMetadataBytesMax = 1024;
inline constexpr int64_t kTtlSecondsMin = 60;
// Reel's own: few enough to be added to any time.
inline constexpr int64_t kTtlSecondsMax = int64_t{1} << 40;

// Reel: a run's pages are numbered with 32 bits.
inline constexpr uint32_t kPageBytesMin = 4U << 10;
inline constexpr uint32_t kPageBytesMax = 256U << 10;

}  // namespace reel

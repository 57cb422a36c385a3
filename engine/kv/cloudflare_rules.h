// Cloudflare KV's limits on a request, and the texts of its errors, each in one place. Pure.
#pragma once

#include <reel/cloudflare_kv.h>
#include <reel/kv.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reel {

/// The only way to make one: control characters, which a client may have sent, become spaces.
KvError NewKvError(int http_status, std::string text);

std::optional<KvError> CheckKey(std::string_view key);
std::optional<KvError> CheckPrefix(std::string_view prefix);
std::optional<KvError> CheckCacheTtl(std::optional<std::string_view> raw);
std::optional<KvError> CheckValueBytes(uint64_t bytes);

/// `raw` as seconds since the epoch, ahead of `now` as far as an expiration must be.
KvResult<int64_t> ParseExpiration(std::string_view raw, int64_t now);

/// Expiry and metadata.
KvResult<EntryAttributes> ParsePutOptions(const KvPutOptions& options, int64_t now);

KvResult<std::string> ParseRawMetadata(std::string_view raw);

/// Rows in a page, at least `rows_min`.
KvResult<uint32_t> ParseLimit(std::optional<std::string_view> raw, uint32_t rows_min);

/// The cursor that starts behind `key`.
std::string EncodeCursor(std::string_view key);
/// The key that the cursor starts behind; empty for the start.
KvResult<std::string> DecodeCursor(std::optional<std::string_view> cursor);

std::optional<KvError> CheckBulkGetType(std::string_view type);
std::optional<KvError> CheckBulkGetCount(size_t keys);
std::optional<KvError> CheckBulkGetBytes(uint64_t bytes);
std::optional<KvError> CheckBulkWriteCount(size_t keys);
std::optional<KvError> CheckBulkPutBytes(uint64_t bytes);

KvError BadKeyEncoding();
KvError NotJsonInBulk();
KvError OtherLengthDeclared(uint64_t declared, uint64_t received);

}  // namespace reel

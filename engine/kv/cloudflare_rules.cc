#include "kv/cloudflare_rules.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "base/limits.h"
#include "base/utf8.h"
#include "format/base64.h"

namespace reel {
namespace {

constexpr int64_t kCacheTtlSecondsMin = 30;
constexpr int64_t kListRowsMax = 1000;
constexpr size_t kBulkGetKeysMax = 100;
constexpr uint64_t kBulkGetBytesMax = 25ULL << 20;
constexpr size_t kBulkWriteKeysMax = 10'000;
constexpr uint64_t kBulkPutBytesMax = 100ULL << 20;

// The integer that all of `raw` is; one beyond 64 bits is taken for the nearest within.
std::optional<int64_t> ParseInteger(std::string_view raw) {
  int64_t number = 0;
  const char* end = raw.data() + raw.size();
  const auto parsed = std::from_chars(raw.data(), end, number);
  if (parsed.ptr != end || parsed.ec == std::errc::invalid_argument) {
    return std::nullopt;
  }
  if (parsed.ec == std::errc::result_out_of_range) {
    using Limits = std::numeric_limits<int64_t>;
    return raw.front() == '-' ? Limits::min() : Limits::max();
  }
  return number;
}

KvError Invalid(std::string_view option, std::string_view raw, std::string_view demand) {
  std::string text = "Invalid ";
  text += option;
  text += " of ";
  text += raw;
  text += ". ";
  text += demand;
  return NewKvError(400, std::move(text));
}

// Reel's own limit: Cloudflare names none.
KvError TooFarAhead(std::string_view option, std::string_view raw, std::string_view advice) {
  std::string text(option);
  text += " is ";
  text += raw;
  text += ": more than 1099511627776 seconds ahead (";
  text += advice;
  text += ")";
  return NewKvError(400, std::move(text));
}

KvError LengthExceeds(int http_status, std::string_view what, uint64_t length,
                      std::string_view limit) {
  std::string text(what);
  text += " length of " + std::to_string(length) + " exceeds ";
  text += limit;
  text += ".";
  return NewKvError(http_status, std::move(text));
}

KvResult<int64_t> ParseExpirationTtl(std::string_view raw) {
  const auto seconds = ParseInteger(raw);
  if (!seconds || *seconds <= 0) {
    return Invalid("expiration_ttl", raw, "Please specify integer greater than 0.");
  }
  if (*seconds < kTtlSecondsMin) {
    return Invalid("expiration_ttl", raw, "Expiration TTL must be at least 60.");
  }
  if (*seconds > kTtlSecondsMax) {
    return TooFarAhead("expiration_ttl", raw, "leave it out to keep the key for ever");
  }
  return *seconds;
}

int HttpStatusOf(Code code) {
  switch (code) {
    case Code::kOk:
      return 200;
    case Code::kNotFound:
      return 404;
    case Code::kInvalidArgument:
      return 400;
    case Code::kTooLarge:
      return 413;
    case Code::kOutOfRange:
      return 416;
    case Code::kConflict:
      return 409;
    case Code::kBusy:
    case Code::kAborted:
      return 503;
    case Code::kTimedOut:
      return 504;
    case Code::kNoSpace:
      return 507;
    case Code::kReadOnly:
      return 403;
    case Code::kUnsupported:
      return 501;
    case Code::kCorruption:
    case Code::kIoError:
      return 500;
  }
  return 500;
}

}  // namespace

KvError NewKvError(int http_status, std::string text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  std::replace_if(text.begin(), text.end(), is_control, ' ');
  return {http_status, std::move(text)};
}

KvError ToKvError(const Status& status) {
  assert(!status.ok());
  return NewKvError(HttpStatusOf(status.code()), status.message());
}

KvError MissingKvKey() {
  return NewKvError(404, "Not Found");
}

std::optional<KvError> CheckKey(std::string_view key) {
  if (key.empty()) {
    return NewKvError(400, "Key names must not be empty");
  }
  if (key == "." || key == "..") {
    return NewKvError(
        400, "Illegal key name \"" + std::string(key) + "\". Please use a different name.");
  }
  if (auto error = CheckPrefix(key)) {
    return error;
  }
  if (!IsValidUtf8(key)) {
    return NewKvError(400, "the key name is not UTF-8 (give it as UTF-8 text)");
  }
  return std::nullopt;
}

std::optional<KvError> CheckPrefix(std::string_view prefix) {
  if (prefix.size() <= kKeyBytesMax) {
    return std::nullopt;
  }
  return LengthExceeds(414, "UTF-8 encoded", prefix.size(), "key length limit of 512");
}

std::optional<KvError> CheckCacheTtl(std::optional<std::string_view> raw) {
  if (!raw || ParseInteger(*raw).value_or(0) >= kCacheTtlSecondsMin) {
    return std::nullopt;
  }
  return Invalid("cache_ttl", *raw, "Cache TTL must be at least 30.");
}

std::optional<KvError> CheckValueBytes(uint64_t bytes) {
  if (bytes <= kValueBytesMax) {
    return std::nullopt;
  }
  return LengthExceeds(413, "Value", bytes, "limit of 26214400");
}

KvResult<int64_t> ParseExpiration(std::string_view raw, int64_t now) {
  const auto seconds = ParseInteger(raw);
  if (!seconds || *seconds <= now) {
    return Invalid("expiration", raw,
                   "Please specify integer greater than the current number of seconds since the "
                   "UNIX epoch.");
  }
  if (*seconds < now + kTtlSecondsMin) {
    return Invalid("expiration", raw,
                   "Expiration times must be at least 60 seconds in the future.");
  }
  if (*seconds > now + kTtlSecondsMax) {
    return TooFarAhead("expiration", raw, "give seconds since the epoch, not milliseconds");
  }
  return *seconds;
}

KvResult<std::string> ParseRawMetadata(std::string_view raw) {
  if (raw.size() > kMetadataBytesMax) {
    return LengthExceeds(413, "Metadata", raw.size(), "limit of 1024");
  }
  auto metadata = ParseMetadata(raw);
  if (!metadata.ok()) {
    return ToKvError(metadata.status());
  }
  return *std::move(metadata);
}

KvResult<EntryAttributes> ParsePutOptions(const KvPutOptions& options, int64_t now) {
  EntryAttributes attributes;
  if (options.expiration_ttl) {
    const auto ttl = ParseExpirationTtl(*options.expiration_ttl);
    if (!ttl.ok()) {
      return ttl.error();
    }
    attributes.ttl = *ttl;
  } else if (options.expiration) {
    const auto expiration = ParseExpiration(*options.expiration, now);
    if (!expiration.ok()) {
      return expiration.error();
    }
    attributes.expiration = *expiration;
  }
  if (options.metadata) {
    auto metadata = ParseRawMetadata(*options.metadata);
    if (!metadata.ok()) {
      return metadata.error();
    }
    attributes.metadata = *std::move(metadata);
  }
  return attributes;
}

KvResult<uint32_t> ParseLimit(std::optional<std::string_view> raw, uint32_t rows_min) {
  if (!raw) {
    return static_cast<uint32_t>(kListRowsMax);
  }
  const auto rows = ParseInteger(*raw);
  if (!rows || *rows < rows_min) {
    return Invalid("key_count_limit", *raw,
                   "Please specify an integer greater than " + std::to_string(rows_min - 1) + ".");
  }
  if (*rows > kListRowsMax) {
    return Invalid("key_count_limit", *raw, "Please specify an integer less than 1000.");
  }
  return static_cast<uint32_t>(*rows);
}

// In a query string '+' would be read as a space.
std::string EncodeCursor(std::string_view key) {
  std::string cursor = EncodeBase64(key);
  std::replace(cursor.begin(), cursor.end(), '+', '-');
  std::replace(cursor.begin(), cursor.end(), '/', '_');
  return cursor;
}

KvResult<std::string> DecodeCursor(std::optional<std::string_view> cursor) {
  if (!cursor || cursor->empty()) {
    return std::string();
  }
  std::string base64(*cursor);
  std::replace(base64.begin(), base64.end(), '-', '+');
  std::replace(base64.begin(), base64.end(), '_', '/');
  auto key = DecodeBase64(base64);
  if (!key || EncodeCursor(*key) != *cursor || !ValidateKey(*key).ok()) {
    return NewKvError(400,
                      "the cursor is malformed: no list gave it (pass it on as it came, or list "
                      "from the start)");
  }
  return *std::move(key);
}

std::optional<KvError> CheckBulkGetType(std::string_view type) {
  if (type.empty() || type == "text" || type == "json") {
    return std::nullopt;
  }
  return NewKvError(400,
                    "\"" + std::string(type) + "\" is not a valid type. Use \"json\" or \"text\"");
}

std::optional<KvError> CheckBulkGetCount(size_t keys) {
  if (keys > kBulkGetKeysMax) {
    return NewKvError(400, "You can request a maximum of 100 keys");
  }
  if (keys == 0) {
    return NewKvError(400, "You must request a minimum of 1 key");
  }
  return std::nullopt;
}

std::optional<KvError> CheckBulkGetBytes(uint64_t bytes) {
  if (bytes <= kBulkGetBytesMax) {
    return std::nullopt;
  }
  return NewKvError(413, "Total size of request exceeds the limit of 25MB");
}

std::optional<KvError> CheckBulkWriteCount(size_t keys) {
  if (keys <= kBulkWriteKeysMax) {
    return std::nullopt;
  }
  return NewKvError(400, "the bulk request has " + std::to_string(keys) +
                             " keys: too many for one (send at most 10000 at a time)");
}

std::optional<KvError> CheckBulkPutBytes(uint64_t bytes) {
  if (bytes <= kBulkPutBytesMax) {
    return std::nullopt;
  }
  return NewKvError(413, "the bulk request has values of " + std::to_string(bytes) +
                             " bytes: too many for one (send at most 100 MiB at a time)");
}

KvError BadKeyEncoding() {
  return NewKvError(400, "Could not URL-decode key name");
}

KvError NotJsonInBulk() {
  return NewKvError(400, "At least one of the requested keys corresponds to a non-json value");
}

KvError OtherLengthDeclared(uint64_t declared, uint64_t received) {
  return NewKvError(400, "the value was not stored: " + std::to_string(declared) +
                             " bytes were declared, " + std::to_string(received) +
                             " came (send it again)");
}

}  // namespace reel

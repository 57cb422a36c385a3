#include "format/record.h"

#include "base/coding.h"
#include "base/hash.h"
#include "base/limits.h"
#include "format/chunk_map.h"

namespace reel {
namespace {

constexpr uint8_t kRecordFormat = 2;

// The bits of a record's second byte.
constexpr uint8_t kKindMask = 0x03;
constexpr uint8_t kInPages = 0x04;
constexpr uint8_t kInlineZstd = 0x08;
constexpr uint8_t kKnownBits = 0x0F;

// A run's first byte: its family, and its encoding above.
constexpr unsigned kEncodingShift = 4;

void PutRun(std::string* out, const PageRun& run) {
  out->push_back(static_cast<char>(static_cast<uint8_t>(run.family) |
                                   static_cast<uint8_t>(run.encoding) << kEncodingShift));
  PutVarint(out, run.extent);
  PutVarint(out, run.first_page);
  PutVarint(out, run.page_size);
  PutVarint(out, run.stride);
}

PageRun TakeRun(Decoder* in) {
  PageRun run;
  const uint8_t kinds = in->Byte();
  run.family = static_cast<PageFamily>(kinds & ((1U << kEncodingShift) - 1));
  run.encoding = static_cast<Encoding>(kinds >> kEncodingShift);
  run.extent = in->Varint();
  run.first_page = in->Varint32();
  run.page_size = in->Varint32();
  run.stride = in->Varint32();
  return run;
}

// Whether the run can hold so many bytes: then no arithmetic on it leaves its numbers.
bool IsSound(const PageRun& run, uint64_t bytes) {
  if (run.family > PageFamily::kShared || run.encoding > Encoding::kZstd ||
      run.page_size < kPageBytesMin || run.page_size > kPageBytesMax || run.stride == 0 ||
      run.stride > kValueBytesMax) {
    return false;
  }
  const uint64_t strides = bytes / run.stride + 1;
  return strides <= UINT32_MAX &&
         run.first_page + strides * run.pages_per_stride() <= uint64_t{UINT32_MAX};
}

void PutHash(std::string* out, const Hash128& hash) {
  PutFixed64(out, hash.low);
  PutFixed64(out, hash.high);
}

Hash128 TakeHash(Decoder* in) {
  Hash128 hash;
  hash.low = in->Fixed64();
  hash.high = in->Fixed64();
  return hash;
}

void PutText(std::string* out, std::string_view text) {
  PutVarint(out, text.size());
  *out += text;
}

std::string TakeText(Decoder* in) {
  const uint64_t length = in->Varint();
  return std::string(in->Bytes(length));
}

void PutBody(std::string* out, const Record& record) {
  const Entry::Body& body = record.entry.body;
  PutVarint(out, body.size);
  PutVarint(out, body.chunk_size);
  PutVarint(out, body.chunk_count);
  PutHash(out, body.xxh3);
  PutText(out, body.content_type);
  PutRun(out, record.body_run);
}

bool TakeBody(Decoder* in, Record* record) {
  Entry::Body& body = record->entry.body;
  body.size = in->Varint();
  body.chunk_size = in->Varint();
  body.chunk_count = in->Varint32();
  body.xxh3 = TakeHash(in);
  body.content_type = TakeText(in);
  record->body_run = TakeRun(in);
  // Chunk i lies in stride i.
  return IsSound(record->body_run, body.size) && body.chunk_size == record->body_run.stride &&
         body.chunk_count == ChunkMap(body.size, body.chunk_size).count();
}

// The hash of a value that stands here as it is follows from it.
void PutValue(std::string* out, const Record& record) {
  if (const auto* run = std::get_if<PageRun>(&record.value)) {
    PutHash(out, record.entry.xxh3);
    PutRun(out, *run);
    return;
  }
  const auto& value = std::get<InlineValue>(record.value);
  if (value.encoding != Encoding::kRaw) {
    PutHash(out, record.entry.xxh3);
  }
  *out += value.bytes;
}

bool TakeValue(Decoder* in, uint8_t bits, Record* record) {
  Entry& entry = record->entry;
  if ((bits & kInPages) != 0) {
    entry.xxh3 = TakeHash(in);
    const PageRun run = TakeRun(in);
    record->value = run;
    return (bits & kInlineZstd) == 0 && IsSound(run, entry.size) && in->rest().empty();
  }
  const bool raw = (bits & kInlineZstd) == 0;
  if (!raw) {
    entry.xxh3 = TakeHash(in);
  }
  const std::string_view bytes = in->rest();
  record->value = InlineValue{std::string(bytes), raw ? Encoding::kRaw : Encoding::kZstd};
  if (raw) {
    entry.xxh3 = HashWhole(bytes);
  }
  return raw ? bytes.size() == entry.size
             : bytes.size() < entry.size && entry.size <= kPageBytesMax;
}

uint8_t BitsOf(const Record& record) {
  uint8_t bits = static_cast<uint8_t>(record.entry.kind);
  if (const auto* value = std::get_if<InlineValue>(&record.value)) {
    bits |= value->encoding == Encoding::kZstd ? kInlineZstd : 0;
  } else {
    bits |= kInPages;
  }
  return bits;
}

Status Damaged(std::string_view kv_key, std::string_view why) {
  return {Code::kCorruption, "the record of \"" + std::string(kv_key) + "\" is damaged: " +
                                 std::string(why) + " (store this video again)"};
}

}  // namespace

std::vector<uint64_t> ExtentsOf(const Record& base) {
  std::vector<uint64_t> extents;
  if (const auto* run = std::get_if<PageRun>(&base.value)) {
    extents.push_back(run->extent);
  }
  if (base.entry.kind == EntryKind::kManifest) {
    extents.push_back(base.body_run.extent);
  }
  return extents;
}

std::string EncodeRecord(const Record& record) {
  const Entry& entry = record.entry;
  std::string out;
  out.push_back(static_cast<char>(kRecordFormat));
  out.push_back(static_cast<char>(BitsOf(record)));
  PutVarint(&out, entry.generation);
  PutVarint(&out, entry.size);
  PutVarint(&out, static_cast<uint64_t>(entry.created));
  PutVarint(&out, static_cast<uint64_t>(entry.expires.value_or(0)));
  PutVarint(&out, static_cast<uint64_t>(entry.ttl));
  PutVarint(&out, entry.version);
  PutText(&out, entry.metadata);
  PutVarint(&out, entry.tags.size());
  for (const std::string& tag : entry.tags) {
    PutText(&out, tag);
  }
  if (entry.kind == EntryKind::kManifest) {
    PutBody(&out, record);
  } else if (entry.kind == EntryKind::kChunk) {
    PutVarint(&out, entry.parent.key.size());
    PutVarint(&out, entry.parent.chunk_index);
  }
  PutValue(&out, record);
  PutFixed64(&out, Hash64(out, Hash64(entry.key, 0)));
  return out;
}

Result<Record> DecodeRecord(std::string_view bytes, std::string_view kv_key) {
  if (!bytes.empty() && static_cast<uint8_t>(bytes[0]) > kRecordFormat) {
    return Status(Code::kUnsupported, "the record of \"" + std::string(kv_key) + "\" has format " +
                                          std::to_string(static_cast<uint8_t>(bytes[0])) +
                                          ", newer than this build reads (use a newer reel)");
  }
  if (bytes.size() < sizeof(uint64_t)) {
    return Damaged(kv_key, "it is too short");
  }
  const std::string_view body = bytes.substr(0, bytes.size() - sizeof(uint64_t));
  if (Hash64(body, Hash64(kv_key, 0)) != ReadFixed64(bytes.data() + body.size())) {
    return Damaged(kv_key, "its checksum does not fit");
  }
  Decoder in(body);
  in.Byte();  // the format
  Record record;
  Entry& entry = record.entry;
  entry.key = kv_key;
  const uint8_t bits = in.Byte();
  const uint8_t kind = bits & kKindMask;
  if (kind > static_cast<uint8_t>(EntryKind::kChunk) || (bits & ~kKnownBits) != 0) {
    return Status(Code::kUnsupported, "the record of \"" + std::string(kv_key) +
                                          "\" uses a feature that this build does not have "
                                          "(use a newer reel)");
  }
  entry.kind = static_cast<EntryKind>(kind);
  entry.generation = in.Varint();
  entry.size = in.Varint();
  entry.created = static_cast<int64_t>(in.Varint());
  if (const auto expires = static_cast<int64_t>(in.Varint()); expires != 0) {
    entry.expires = expires;
  }
  entry.ttl = static_cast<int64_t>(in.Varint());
  entry.version = in.Varint();
  entry.metadata = TakeText(&in);
  for (uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
    entry.tags.push_back(TakeText(&in));
  }
  bool sound = entry.size <= kValueBytesMax;
  if (entry.kind == EntryKind::kManifest) {
    sound = TakeBody(&in, &record) && sound;
  } else if (entry.kind == EntryKind::kChunk) {
    const uint64_t parent_bytes = in.Varint();
    sound = parent_bytes <= kv_key.size() && sound;
    entry.parent.key = kv_key.substr(0, parent_bytes);
    entry.parent.chunk_index = in.Varint32();
  }
  sound = TakeValue(&in, bits, &record) && sound;
  if (!in.ok() || !sound) {
    return Damaged(kv_key, "its fields contradict each other");
  }
  return record;
}

std::optional<RecordHead> PeekRecord(std::string_view bytes) {
  Decoder in(bytes);
  RecordHead head;
  in.Byte();  // the format
  head.kind = static_cast<EntryKind>(in.Byte() & kKindMask);
  in.Varint();  // the generation
  head.size = in.Varint();
  in.Varint();  // the time of creation
  head.expires = static_cast<int64_t>(in.Varint());
  return in.ok() ? std::optional(head) : std::nullopt;
}

}  // namespace reel

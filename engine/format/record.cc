#include "format/record.h"

#include "base/coding.h"
#include "base/hash.h"

namespace reel {
namespace {

constexpr uint8_t kRecordFormat = 1;
constexpr uint8_t kEncodingRaw = 0;

enum class Location : uint8_t { kInline = 0, kPages = 1 };

void PutRun(std::string* out, const PageRun& run) {
  out->push_back(static_cast<char>(run.family));
  PutFixed64(out, run.extent);
  PutFixed32(out, run.first_page);
  PutFixed32(out, run.page_size);
  PutFixed32(out, run.stride);
}

PageRun TakeRun(Decoder* in) {
  PageRun run;
  run.family = static_cast<PageFamily>(in->Byte());
  run.extent = in->Fixed64();
  run.first_page = in->Fixed32();
  run.page_size = in->Fixed32();
  run.stride = in->Fixed32();
  return run;
}

bool IsSound(const PageRun& run) {
  return (run.family == PageFamily::kSmall || run.family == PageFamily::kBulk) &&
         run.page_size > 0 && run.stride > 0;
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

void PutText16(std::string* out, std::string_view text) {
  PutFixed16(out, static_cast<uint16_t>(text.size()));
  *out += text;
}

std::string TakeText16(Decoder* in) {
  const uint16_t length = in->Fixed16();
  return std::string(in->Bytes(length));
}

Status Damaged(std::string_view kv_key, std::string_view why) {
  return {Code::kCorruption, "the record of \"" + std::string(kv_key) + "\" is damaged: " +
                                 std::string(why) + " (store this video again)"};
}

}  // namespace

std::string EncodeRecord(const Record& record) {
  const Entry& entry = record.entry;
  std::string out;
  out.push_back(static_cast<char>(kRecordFormat));
  out.push_back(static_cast<char>(entry.kind));
  out.push_back(static_cast<char>(kEncodingRaw));
  const auto* run = std::get_if<PageRun>(&record.value);
  out.push_back(static_cast<char>(run != nullptr ? Location::kPages : Location::kInline));
  PutFixed64(&out, entry.generation);
  PutFixed64(&out, entry.size);
  PutHash(&out, entry.xxh3);
  PutFixed64(&out, static_cast<uint64_t>(entry.created));
  PutFixed64(&out, static_cast<uint64_t>(entry.expires.value_or(0)));
  PutFixed64(&out, static_cast<uint64_t>(entry.ttl));
  PutFixed64(&out, entry.version);
  PutText16(&out, entry.metadata);
  PutFixed16(&out, static_cast<uint16_t>(entry.tags.size()));
  for (const std::string& tag : entry.tags) {
    PutText16(&out, tag);
  }
  if (entry.kind == EntryKind::kManifest) {
    PutFixed64(&out, entry.body.size);
    PutFixed64(&out, entry.body.chunk_size);
    PutFixed32(&out, entry.body.chunk_count);
    PutHash(&out, entry.body.xxh3);
    PutText16(&out, entry.body.content_type);
    PutRun(&out, record.body_run);
  } else if (entry.kind == EntryKind::kChunk) {
    PutFixed16(&out, static_cast<uint16_t>(entry.parent.key.size()));
    PutFixed32(&out, entry.parent.chunk_index);
  }
  if (run != nullptr) {
    PutRun(&out, *run);
  } else {
    out += std::get<std::string>(record.value);
  }
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
  const uint8_t kind = in.Byte();
  const uint8_t encoding = in.Byte();
  const auto location = static_cast<Location>(in.Byte());
  if (kind > static_cast<uint8_t>(EntryKind::kChunk) || encoding != kEncodingRaw ||
      location > Location::kPages) {
    return Status(Code::kUnsupported, "the record of \"" + std::string(kv_key) +
                                          "\" uses a feature that this build does not have "
                                          "(use a newer reel)");
  }
  entry.kind = static_cast<EntryKind>(kind);
  entry.generation = in.Fixed64();
  entry.size = in.Fixed64();
  entry.xxh3 = TakeHash(&in);
  entry.created = static_cast<int64_t>(in.Fixed64());
  if (const auto expires = static_cast<int64_t>(in.Fixed64()); expires != 0) {
    entry.expires = expires;
  }
  entry.ttl = static_cast<int64_t>(in.Fixed64());
  entry.version = in.Fixed64();
  entry.metadata = TakeText16(&in);
  for (uint16_t left = in.Fixed16(); left > 0 && in.ok(); --left) {
    entry.tags.push_back(TakeText16(&in));
  }
  bool sound = true;
  if (entry.kind == EntryKind::kManifest) {
    entry.body.size = in.Fixed64();
    entry.body.chunk_size = in.Fixed64();
    entry.body.chunk_count = in.Fixed32();
    entry.body.xxh3 = TakeHash(&in);
    entry.body.content_type = TakeText16(&in);
    record.body_run = TakeRun(&in);
    sound = IsSound(record.body_run) && entry.body.chunk_size > 0;
  } else if (entry.kind == EntryKind::kChunk) {
    const uint16_t parent_bytes = in.Fixed16();
    sound = parent_bytes <= kv_key.size();
    entry.parent.key = kv_key.substr(0, parent_bytes);
    entry.parent.chunk_index = in.Fixed32();
  }
  if (location == Location::kPages) {
    record.value = TakeRun(&in);
    sound = sound && IsSound(std::get<PageRun>(record.value)) && in.rest().empty();
  } else {
    sound = sound && in.rest().size() == entry.size;
    record.value = std::string(in.rest());
  }
  if (!in.ok() || !sound) {
    return Damaged(kv_key, "its fields contradict each other");
  }
  return record;
}

std::optional<RecordHead> PeekRecord(std::string_view bytes) {
  Decoder in(bytes);
  RecordHead head;
  in.Byte();  // the format
  head.kind = static_cast<EntryKind>(in.Byte());
  in.Byte();     // the encoding
  in.Byte();     // the location
  in.Fixed64();  // the generation
  head.size = in.Fixed64();
  in.Bytes(sizeof(uint64_t) * 3);  // the hash and the time of creation
  head.expires = static_cast<int64_t>(in.Fixed64());
  return in.ok() ? std::optional(head) : std::nullopt;
}

}  // namespace reel

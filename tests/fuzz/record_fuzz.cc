// Fuzzes index records. An input is a line with the entry's key, and a record without its checksum,
// which is put behind it: what fails must be refused for what it says, not for what it sums up to.
#include "base/coding.h"
#include "base/hash.h"
#include "format/record.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/require.h"

namespace reel {
namespace {

// Arithmetic on a run never leaves what its numbers can hold, and pages tile its bytes.
void CheckRun(const PageRun& run, uint64_t bytes) {
  REEL_REQUIRE(run.page_size > 0 && run.stride > 0 && run.pages_per_stride() > 0);
  REEL_REQUIRE(run.pages_per_stride() == (uint64_t{run.stride} - 1) / run.page_size + 1);
  if (bytes == 0) {
    return;
  }
  const uint64_t last_page = run.first_page + (bytes - 1) / run.stride * run.pages_per_stride() +
                             (bytes - 1) % run.stride / run.page_size;
  REEL_REQUIRE(last_page <= UINT32_MAX && run.PageOf(bytes - 1) == last_page);
  REEL_REQUIRE(run.PageCount(bytes) == last_page - run.first_page + 1);
  for (const uint64_t offset : {uint64_t{0}, bytes / 3, bytes / 2, bytes - 1}) {
    const uint32_t page = run.PageOf(offset);
    const uint64_t start = run.PageStart(page);
    const uint32_t length = run.PageBytes(page, bytes);
    REEL_REQUIRE(length > 0 && length <= run.page_size);
    REEL_REQUIRE(start <= offset && offset - start < length && length <= bytes - start);
  }
}

void CheckPlaces(const Record& record) {
  const Entry& entry = record.entry;
  if (const auto* run = std::get_if<PageRun>(&record.value)) {
    CheckRun(*run, entry.size);
  } else {
    const auto& value = std::get<InlineValue>(record.value);
    REEL_REQUIRE(value.encoding != Encoding::kRaw || value.bytes.size() == entry.size);
    // What a reader allocates before it decompresses.
    constexpr uint64_t kPageBytesMost = 256U << 10;
    REEL_REQUIRE(value.encoding == Encoding::kRaw || entry.size <= kPageBytesMost);
  }
  if (entry.kind == EntryKind::kManifest) {
    const Entry::Body& body = entry.body;
    CheckRun(record.body_run, body.size);
    // The last chunk ends where the video does.
    REEL_REQUIRE(body.chunk_size > 0 && (body.chunk_count > 0) == (body.size > 0));
    if (body.size > 0) {
      const uint64_t last = (body.chunk_count - 1) * body.chunk_size;
      REEL_REQUIRE(last < body.size && body.size - last <= body.chunk_size);
    }
  }
}

void CheckAgain(const Record& record, std::string_view bytes) {
  const auto head = PeekRecord(bytes);
  REEL_REQUIRE(head && head->kind == record.entry.kind && head->size == record.entry.size);
  REEL_REQUIRE(head->expires == record.entry.expires.value_or(0));
  REEL_REQUIRE(record.entry.key.starts_with(record.entry.parent.key));
  const std::string encoded = EncodeRecord(record);
  const auto again = DecodeRecord(encoded, record.entry.key);
  REEL_REQUIRE(again.ok() && EncodeRecord(*again) == encoded);
  REEL_REQUIRE(again->entry.metadata == record.entry.metadata);
  REEL_REQUIRE(again->entry.tags == record.entry.tags && again->value == record.value);
  REEL_REQUIRE(again->body_run == record.body_run && again->entry.xxh3 == record.entry.xxh3);
}

void Check(std::string_view key, std::string_view body) {
  PeekRecord(body);
  std::string bytes(body);
  PutFixed64(&bytes, Hash64(body, Hash64(key, 0)));
  const auto record = DecodeRecord(bytes, key);
  if (!record.ok()) {
    REEL_REQUIRE(record.code() == Code::kCorruption || record.code() == Code::kUnsupported);
    return;
  }
  REEL_REQUIRE(record->entry.key == key);
  CheckPlaces(*record);
  CheckAgain(*record, bytes);
  // No other row may have it.
  REEL_REQUIRE(!DecodeRecord(bytes, std::string(key) + "x").ok());
}

}  // namespace
}  // namespace reel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  reel::FuzzInput input(data, size);
  const std::string_view key = input.Line();
  reel::Check(key, input.rest());
  return 0;
}

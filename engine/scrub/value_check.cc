#include "scrub/value_check.h"

#include <utility>

#include "base/compression.h"
#include "format/json.h"
#include "format/kv_key.h"

namespace reel {
namespace {

using State = ScannedPage::State;

constexpr std::string_view kRemedy =
    " (reel scrub --repair-from a copy, or store this video again)";

std::string RangeText(uint64_t offset, uint64_t length) {
  return "bytes " + std::to_string(offset) + " to " + std::to_string(offset + length - 1);
}

}  // namespace

ValueCheck::ValueCheck(const DiskContext& context, ScanPool* pool, uint32_t namespace_id,
                       std::string namespace_name, Record record, Pace pace)
    : context_(context),
      pool_(pool),
      entries_(context, namespace_id),
      namespace_name_(std::move(namespace_name)),
      record_(std::move(record)),
      pace_(std::move(pace)) {}

ValueReport ValueCheck::Run() {
  Reclaimer::Pin pin = context_.reclaimer->NewPin();
  {
    const auto hold = context_.reclaimer->HoldDrops();
    if (!IsStill()) {
      return {};
    }
    report_.extents = ExtentsOf(record_);
    for (const uint64_t extent : report_.extents) {
      pin.Add(extent);
    }
  }
  report_.complete = CheckOwnValue() && (record_.entry.kind != EntryKind::kManifest || CheckBody());
  return std::move(report_);
}

// Whether the key has the generation that is being checked.
bool ValueCheck::IsStill() const {
  return FindPart(record_.entry.key).has_value();
}

std::optional<Record> ValueCheck::FindPart(const std::string& key) const {
  auto part = entries_.Find(key);
  return part.ok() && part->has_value() && (*part)->entry.generation == record_.entry.generation
             ? *std::move(part)
             : std::nullopt;
}

ScrubFinding ValueCheck::NewFinding(FindingKind kind, uint32_t invariant) const {
  ScrubFinding finding;
  finding.kind = kind;
  finding.invariant = invariant;
  finding.namespace_name = namespace_name_;
  finding.key = record_.entry.key;
  return finding;
}

std::string ValueCheck::RelativePath(std::string_view file) const {
  const std::string& store = context_.database->options().path;
  return std::string(file.starts_with(store + "/") ? file.substr(store.size() + 1) : file);
}

void ValueCheck::NoteDamage(std::optional<uint32_t> part, uint64_t offset, uint64_t length) {
  if (report_.damaged_parts.empty() || report_.damaged_parts.back() != part) {
    report_.damaged_parts.push_back(part);
  }
  auto& ranges = report_.damaged;
  if (!ranges.empty() && ranges.back().offset + ranges.back().length == offset) {
    ranges.back().length += length;
  } else {
    ranges.push_back({offset, length});
  }
}

void ValueCheck::AddPage(const PageRun& run, uint64_t run_bytes, const ScannedPage& page,
                         std::optional<uint32_t> chunk, bool in_manifest) {
  const uint64_t offset = run.PageStart(page.page);
  const uint64_t length = run.PageBytes(page.page, run_bytes);
  const bool lost = page.state == State::kDamaged;
  const FindingKind kind = lost ? FindingKind::kPage : FindingKind::kTable;
  if (lost) {
    // Without its manifest nobody finds any of a video's bytes.
    NoteDamage(chunk, in_manifest ? 0 : offset, in_manifest ? record_.entry.body.size : length);
  }
  const std::string file = RelativePath(page.file);
  if (!report_.findings.empty()) {
    ScrubFinding& last = report_.findings.back();
    const bool follows = last.kind == kind && last.extent == run.extent && last.chunk == chunk &&
                         last.page && *last.page + last.pages == page.page && last.file == file;
    if (follows) {
      ++last.pages;
      last.length += length;
      return;
    }
  }
  ScrubFinding finding = NewFinding(kind, lost ? 2 : 0);
  finding.chunk = chunk;
  finding.extent = run.extent;
  finding.page = page.page;
  finding.pages = 1;
  finding.offset = offset;
  finding.length = length;
  finding.in_manifest = in_manifest;
  finding.file = file;
  finding.message = "page " + std::to_string(page.page) + " of extent " +
                    std::to_string(run.extent) + " " + page.why +
                    std::string(lost ? kRemedy : " (store this video again)");
  report_.findings.push_back(std::move(finding));
}

void ValueCheck::AddValue(std::optional<uint32_t> chunk, uint64_t offset, uint64_t length,
                          bool in_manifest, std::string message) {
  ScrubFinding finding = NewFinding(FindingKind::kValue, 2);
  finding.chunk = chunk;
  finding.offset = offset;
  finding.length = length;
  finding.in_manifest = in_manifest;
  finding.message = std::move(message) + std::string(kRemedy);
  report_.findings.push_back(std::move(finding));
  NoteDamage(chunk, in_manifest ? 0 : offset, in_manifest ? record_.entry.body.size : length);
}

// False where it was stopped.
bool ValueCheck::Scan(const PageRun& run, uint64_t bytes,
                      const std::function<bool(const ScannedPage&)>& take) {
  RunScan scan(context_.database, pool_, run, bytes);
  bool on = true;
  while (!scan.done() && on) {
    const uint64_t before = scan.stored_bytes();
    scan.Next([&](const ScannedPage& page) {
      report_.repaired_pages += page.state == State::kRepaired ? 1 : 0;
      report_.value_bytes += page.bytes.size();
      on = on && take(page);
    });
    on = on && pace_(scan.stored_bytes() - before);
  }
  report_.rereads += scan.reread();
  return on;
}

bool ValueCheck::CheckOwnValue() {
  if (const auto* run = std::get_if<PageRun>(&record_.value)) {
    return CheckOwnRun(*run);
  }
  return CheckInline(std::get<InlineValue>(record_.value));
}

// The bytes were verified with their record; what is in them was not.
bool ValueCheck::CheckInline(const InlineValue& value) {
  std::string bytes = value.bytes;
  if (value.encoding == Encoding::kZstd) {
    bytes.resize(record_.entry.size);
    if (!Decompress(value.bytes, bytes.data(), bytes.size())) {
      bytes.clear();
    }
  }
  report_.value_bytes += bytes.size();
  const bool is_manifest = record_.entry.kind == EntryKind::kManifest;
  if (bytes.size() != record_.entry.size || HashWhole(bytes) != record_.entry.xxh3) {
    AddValue(std::nullopt, 0, record_.entry.size, is_manifest,
             "its value does not fit its XXH3-128");
  } else if (is_manifest) {
    CheckManifestText(bytes);
  }
  return pace_(value.bytes.size());
}

bool ValueCheck::CheckOwnRun(const PageRun& run) {
  const bool is_manifest = record_.entry.kind == EntryKind::kManifest;
  Hasher128 hasher;
  std::string text;
  const bool on = Scan(run, record_.entry.size, [&](const ScannedPage& page) {
    if (page.state == State::kDamaged || page.state == State::kFrameDamaged) {
      AddPage(run, record_.entry.size, page, std::nullopt, is_manifest);
    }
    hasher.Update(page.bytes);
    if (is_manifest) {
      text += page.bytes;
    }
    return true;
  });
  if (!on || !report_.damaged.empty()) {
    return on;
  }
  if (hasher.Digest() != record_.entry.xxh3) {
    AddValue(std::nullopt, 0, record_.entry.size, is_manifest,
             "its pages are sound, but its value does not fit its XXH3-128");
  } else if (is_manifest) {
    CheckManifestText(text);
  }
  return true;
}

void ValueCheck::CheckManifestText(std::string_view text) {
  const auto manifest = DecodeManifest(text);
  const Entry::Body& body = record_.entry.body;
  std::string wrong;
  if (!manifest.ok()) {
    wrong = manifest.status().message();
  } else if (manifest->total_size != body.size ||
             manifest->standard_chunk_size != body.chunk_size ||
             manifest->chunk_sizes.size() != body.chunk_count) {
    wrong = "it tells of another size, or of other chunks, than the record";
  } else {
    return;
  }
  ScrubFinding finding = NewFinding(FindingKind::kManifest, 5);
  finding.in_manifest = true;
  finding.message = "its manifest is wrong: " + wrong + " (store this video again)";
  report_.findings.push_back(std::move(finding));
}

bool ValueCheck::CheckBody() {
  const Entry::Body& body = record_.entry.body;
  const PageRun& run = record_.body_run;
  const uint32_t pages_per_chunk = run.pages_per_stride();
  const uint32_t end = run.first_page + run.PageCount(body.size);
  Hasher128 whole;
  Hasher128 chunk;
  bool chunk_sound = true;
  bool all_sound = true;
  const bool on = Scan(run, body.size, [&](const ScannedPage& page) {
    const uint32_t index = (page.page - run.first_page) / pages_per_chunk;
    if (page.state == State::kDamaged || page.state == State::kFrameDamaged) {
      AddPage(run, body.size, page, index, /*in_manifest=*/false);
    }
    chunk_sound = chunk_sound && page.state != State::kDamaged;
    chunk.Update(page.bytes);
    whole.Update(page.bytes);
    const bool ends =
        page.page + 1 == end || (page.page + 1 - run.first_page) % pages_per_chunk == 0;
    if (!ends) {
      return true;
    }
    all_sound = all_sound && chunk_sound;
    const bool go_on = !chunk_sound || CheckChunkHash(index, chunk.Digest());
    chunk.Reset();
    chunk_sound = true;
    return go_on;
  });
  if (on && all_sound && report_.damaged.empty() && whole.Digest() != body.xxh3) {
    AddValue(std::nullopt, 0, body.size, /*in_manifest=*/false,
             "each chunk fits its XXH3-128, but the whole does not");
  }
  return on;
}

// False where the video has been replaced.
bool ValueCheck::CheckChunkHash(uint32_t index, const Hash128& hash) {
  const auto chunk = FindPart(ChunkKey(record_.entry.key, index));
  if (!chunk) {
    return IsStill();  // told of where the record was looked at
  }
  if (chunk->entry.xxh3 != hash) {
    const uint64_t start = index * record_.entry.body.chunk_size;
    AddValue(index, start, chunk->entry.size, /*in_manifest=*/false,
             "chunk " + std::to_string(index) + ", " + RangeText(start, chunk->entry.size) +
                 ", has sound pages but does not fit its XXH3-128");
  }
  return true;
}

}  // namespace reel

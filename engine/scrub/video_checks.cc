#include "scrub/video_checks.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/hash.h"
#include "format/chunk_map.h"
#include "format/json.h"
#include "scrub/row_checks.h"

namespace reel {
namespace {

// Of values that do not lie in the record itself.
uint64_t PageBytes(const Record& record) {
  return (std::holds_alternative<PageRun>(record.value) ? record.entry.size : 0) +
         record.entry.body.size;
}

// Where most of its bytes lie.
uint64_t LastExtent(const Video& video) {
  const std::vector<uint64_t> extents = ExtentsOf(video.record);
  return extents.empty() ? 0 : extents.back();
}

// Those findings that are none any more.
void TellRepaired(const std::vector<ScrubFinding>& left, std::vector<ScrubFinding>* findings) {
  for (ScrubFinding& finding : *findings) {
    finding.repaired = std::none_of(left.begin(), left.end(), [&](const ScrubFinding& other) {
      return other.kind == finding.kind && other.chunk == finding.chunk &&
             other.page == finding.page;
    });
  }
}

}  // namespace

VideoChecks::VideoChecks(Store* store, const ScrubOptions* options, int64_t started,
                         ScrubState* state, ScrubLedger* ledger)
    : store_(store),
      parts_(PartsOf(store)),
      options_(*options),
      started_(started),
      state_(*state),
      ledger_(*ledger) {}

Status VideoChecks::Check(std::vector<Video> videos) {
  // As they lie on the disk.
  std::sort(videos.begin(), videos.end(),
            [](const Video& a, const Video& b) { return LastExtent(a) < LastExtent(b); });
  const auto namespaces = NamespaceTableOf(*parts_.context.database->NewSnapshot());
  REEL_RETURN_IF_ERROR(namespaces.status());
  for (const Video& video : videos) {
    ++ledger_.progress.videos;
    const auto name = namespaces->names.find(video.namespace_id);
    if (name == namespaces->names.end()) {
      continue;
    }
    if (!IsDrawn(video) || IsVerified(video)) {
      ledger_.Advance(PageBytes(video.record));
      continue;
    }
    if (!CheckOne(video, name->second)) {
      return ScrubLedger::Stopped();
    }
  }
  return Status::Ok();
}

// Of a sample, which is another one in each scrub.
bool VideoChecks::IsDrawn(const Video& video) const {
  if (options_.sample >= 1) {
    return true;
  }
  const uint64_t drawn =
      Hash64(video.record.entry.key, static_cast<uint64_t>(started_) ^ video.namespace_id);
  return static_cast<double>(drawn) <
         options_.sample * static_cast<double>(std::numeric_limits<uint64_t>::max());
}

// By this scrub, before it was stopped, or lately enough.
bool VideoChecks::IsVerified(const Video& video) const {
  const std::vector<uint64_t> extents = ExtentsOf(video.record);
  return !extents.empty() && std::all_of(extents.begin(), extents.end(), [this](uint64_t extent) {
    if (!options_.resume && !options_.since_s) {
      return false;
    }
    const auto verified = state_.VerifiedAt(extent);
    return verified &&
           ((options_.resume && verified->at >= started_) ||
            (options_.since_s && verified->sound && verified->at >= started_ - *options_.since_s));
  });
}

// False where it was stopped.
bool VideoChecks::CheckOne(const Video& video, const std::string& name) {
  bool stopped = false;
  const auto pace = [&](uint64_t bytes) {
    stopped = !ledger_.Pace(bytes);
    return !stopped;
  };
  const auto read = [&] {
    return ValueCheck(parts_.context, &pool_, video.namespace_id, name, video.record, pace).Run();
  };
  ValueReport report = read();
  if (!report.complete) {
    return !stopped;
  }
  ledger_.summary.value_bytes += report.value_bytes;
  ledger_.summary.repaired_pages += report.repaired_pages;
  ledger_.summary.rereads += report.rereads;
  const bool may_repair = options_.repair || options_.repair_from;
  if (may_repair && !report.damaged.empty() && Repair(name, video.record.entry, &report)) {
    ValueReport again = read();
    if (again.complete) {
      TellRepaired(again.findings, &report.findings);
      report.damaged = std::move(again.damaged);
    }
  }
  for (const ScrubFinding& finding : report.findings) {
    ledger_.Tell(finding);
  }
  std::optional<DamageRecord> damage;
  if (!report.damaged.empty()) {
    damage = DamageRecord{video.record.entry.generation, report.damaged};
  }
  // A note that is lost costs one more read of the video.
  static_cast<void>(state_.NoteVideo(video.namespace_id, video.record.entry.key,
                                     parts_.context.clock->NowSeconds(), report.extents, damage));
  return !stopped;
}

// Whether anything was put in the place of what is damaged.
bool VideoChecks::Repair(const std::string& name, const Entry& entry, ValueReport* report) {
  const auto entries = store_->Namespace(name, /*create=*/false);
  if (!entries.ok()) {
    return false;
  }
  const auto view = (*entries)->Open(entry.key, Caching::kByCaller);
  if (!view.ok() || (*view)->entry().generation != entry.generation) {
    return false;
  }
  bool any = false;
  for (const std::optional<uint32_t>& part : report->damaged_parts) {
    const auto bytes = BytesOf(name, entry, part);
    const Status repaired = bytes.ok() ? (*view)->Repair(part, *bytes) : bytes.status();
    any = any || repaired.ok();
    if (repaired.ok() || (repaired.code() == Code::kNotFound && !options_.repair_from)) {
      continue;
    }
    for (ScrubFinding& finding : report->findings) {
      if (finding.chunk == part) {
        finding.message += "; it was not repaired: " + repaired.message();
      }
    }
  }
  return any;
}

Result<std::string> VideoChecks::BytesOf(const std::string& name, const Entry& entry,
                                         std::optional<uint32_t> part) const {
  const Entry::Body& body = entry.body;
  if (!part && entry.kind == EntryKind::kManifest) {
    Manifest manifest{body.size, {}, body.chunk_size, body.content_type};
    for (uint32_t i = 0; i < body.chunk_count; ++i) {
      manifest.chunk_sizes.push_back(ChunkMap(body.size, body.chunk_size).RangeOf(i).length);
    }
    return EncodeManifest(manifest);
  }
  if (!options_.repair_from) {
    return Status(Code::kNotFound, "there is no other copy");
  }
  const ByteRange range =
      part ? ChunkMap(body.size, body.chunk_size).RangeOf(*part) : ByteRange{0, entry.size};
  return options_.repair_from(name, entry, range.offset, range.length);
}

}  // namespace reel

#include "scrub/row_checks.h"

#include <algorithm>
#include <utility>

#include "format/chunk_map.h"
#include "format/json.h"
#include "format/kv_key.h"
#include "format/row_key.h"

namespace reel {
namespace {

constexpr size_t kNamespaceBytes = sizeof(uint32_t);

// What is wrong with a chunk's record, as part `index` of a video; empty: nothing.
std::string WrongPart(const Record& manifest, uint32_t index, const Record& chunk) {
  const Entry& base = manifest.entry;
  const Entry& part = chunk.entry;
  PageRun run = manifest.body_run;
  run.first_page += index * run.pages_per_stride();
  const auto* placed = std::get_if<PageRun>(&chunk.value);
  if (part.kind != EntryKind::kChunk || part.parent.key != base.key ||
      part.parent.chunk_index != index) {
    return "is another entry";
  }
  if (part.generation != base.generation) {
    return "belongs to another generation of the video";
  }
  if (part.size != ChunkMap(base.body.size, base.body.chunk_size).RangeOf(index).length) {
    return "has " + std::to_string(part.size) + " bytes, which the manifest does not say";
  }
  if (placed == nullptr || *placed != run) {
    return "has its bytes elsewhere than the manifest says";
  }
  if (part.expires != base.expires || part.version != base.version) {
    return "has another expiry or version than its video";
  }
  const PartMetadata said = DecodePartMetadata(part.metadata);
  if (said.parent_key == base.key && said.tags != DecodePartMetadata(base.metadata).tags) {
    return "has other tags than its video";
  }
  return "";
}

}  // namespace

Result<NamespaceTable> NamespaceTableOf(const RowSnapshot& rows) {
  NamespaceTable table;
  const auto names = NamespacesIn(rows);
  REEL_RETURN_IF_ERROR(names.status());
  for (const NamedId& each : *names) {
    table.names[each.id] = each.name;
  }
  const auto dropped = DroppedIn(rows);
  REEL_RETURN_IF_ERROR(dropped.status());
  for (const NamedId& each : *dropped) {
    table.dropped.insert(each.id);
  }
  return table;
}

ScrubFinding RowChecks::NewFinding(FindingKind kind, uint32_t invariant, uint32_t namespace_id,
                                   std::string_view key, std::string message) const {
  ScrubFinding finding;
  finding.kind = kind;
  finding.invariant = invariant;
  const auto name = namespaces_->names.find(namespace_id);
  finding.namespace_name =
      name == namespaces_->names.end() ? std::to_string(namespace_id) : name->second;
  finding.key = key;
  finding.message = std::move(message);
  return finding;
}

RowChecks::Found RowChecks::Find(uint32_t namespace_id, std::string_view key) const {
  Found found;
  const auto row = rows_->Get(Family::kIndex, IndexRowKey(namespace_id, key));
  if (!row.ok()) {
    found.damage = row.status().message();
  } else if (row->has_value()) {
    auto record = DecodeRecord(**row, key);
    if (record.ok()) {
      found.record = *std::move(record);
    } else {
      found.damage = record.status().message();
    }
  }
  return found;
}

bool RowChecks::IsDropped(uint32_t namespace_id) const {
  return namespaces_->dropped.contains(namespace_id);
}

std::vector<RowProblem> RowChecks::CheckIndexRow(std::string_view row_key,
                                                 std::optional<Record>* base) {
  const auto row = rows_->Get(Family::kIndex, row_key);
  if (row.ok() && !row->has_value()) {
    base->reset();
    return {};
  }
  return CheckIndexRow(row_key, row.ok() ? std::string_view(**row) : std::string_view(), base);
}

std::vector<RowProblem> RowChecks::CheckIndexRow(std::string_view row_key, std::string_view row,
                                                 std::optional<Record>* base) {
  std::vector<RowProblem> problems;
  base->reset();
  if (row_key.size() < kNamespaceBytes) {
    problems.push_back({NewFinding(FindingKind::kRecord, 2, 0, "",
                                   "a row of the index has no key (restore the store from a "
                                   "copy)"),
                        {}});
    return problems;
  }
  const uint32_t namespace_id = NamespaceOfIndexRow(row_key);
  const std::string_view key = KvKeyOfIndexRow(row_key);
  if (IsDropped(namespace_id)) {
    return problems;
  }
  if (!namespaces_->names.contains(namespace_id)) {
    problems.push_back({NewFinding(FindingKind::kRecord, 4, namespace_id, key,
                                   "a record belongs to a namespace that is not there (restore "
                                   "the store from a copy)"),
                        {}});
    return problems;
  }
  auto record = DecodeRecord(row, key);
  if (!record.ok()) {
    problems.push_back({NewFinding(FindingKind::kRecord, 2, namespace_id, key,
                                   "its record is damaged: " + record.status().message()),
                        {}});
    return problems;
  }
  if (record->entry.kind == EntryKind::kChunk) {
    CheckChunk(row_key, namespace_id, *record, &problems);
    return problems;
  }
  CheckMirrors(namespace_id, record->entry, &problems);
  if (record->entry.kind == EntryKind::kManifest) {
    CheckParts(namespace_id, *record, &problems);
  }
  *base = *std::move(record);
  return problems;
}

void RowChecks::CheckMirrors(uint32_t namespace_id, const Entry& base,
                             std::vector<RowProblem>* problems) const {
  const auto check = [&](Family family, std::string row_key, const std::string& what) {
    const auto row = rows_->Get(family, row_key);
    if (row.ok() && row->has_value()) {
      return;
    }
    RowProblem problem;
    problem.finding =
        NewFinding(FindingKind::kMirror, 6, namespace_id, base.key,
                   what + (row.ok() ? " is missing" : " cannot be read: ") +
                       row.status().message() + " (reel scrub --repair writes it anew)");
    problem.remedy.Put(family, std::move(row_key), "");
    problems->push_back(std::move(problem));
  };
  for (const std::string& tag : base.tags) {
    check(Family::kTags, TagRowKey(namespace_id, tag, base.key),
          "its row below the tag \"" + tag + "\"");
  }
  if (base.expires) {
    check(Family::kExpiry, ExpiryRowKey(*base.expires, namespace_id, base.key),
          "its row among the expiries");
  }
}

void RowChecks::CheckParts(uint32_t namespace_id, const Record& manifest,
                           std::vector<RowProblem>* problems) const {
  const Entry& base = manifest.entry;
  const auto add = [&](uint32_t chunk, const std::string& what) {
    RowProblem problem;
    problem.finding = NewFinding(FindingKind::kManifest, 5, namespace_id, base.key,
                                 what + " (store this video again)");
    problem.finding.chunk = chunk;
    problems->push_back(std::move(problem));
  };
  for (uint32_t i = 0; i < base.body.chunk_count; ++i) {
    const Found chunk = Find(namespace_id, ChunkKey(base.key, i));
    std::string wrong = chunk.record           ? WrongPart(manifest, i, *chunk.record)
                        : chunk.damage.empty() ? "has no record"
                                               : "has a damaged record: " + chunk.damage;
    if (!wrong.empty()) {
      add(i, "chunk " + std::to_string(i) + " " + wrong);
    }
  }
}

void RowChecks::CheckChunk(std::string_view row_key, uint32_t namespace_id, const Record& chunk,
                           std::vector<RowProblem>* problems) {
  const Entry::Parent& parent = chunk.entry.parent;
  std::string parent_row = IndexRowKey(namespace_id, parent.key);
  if (parent_row != parent_row_) {
    parent_ = Find(namespace_id, parent.key);
    parent_row_ = std::move(parent_row);
  }
  if (!parent_.damage.empty()) {
    return;  // told of where that row is
  }
  const bool is_part = parent_.record && parent_.record->entry.kind == EntryKind::kManifest &&
                       parent_.record->entry.generation == chunk.entry.generation &&
                       parent.chunk_index < parent_.record->entry.body.chunk_count;
  if (is_part) {
    return;
  }
  RowProblem problem;
  problem.finding = NewFinding(FindingKind::kStrayChunk, 1, namespace_id, chunk.entry.key,
                               "it is a chunk of \"" + parent.key +
                                   "\", which is not there or has none such (reel scrub --repair "
                                   "drops it)");
  problem.finding.chunk = parent.chunk_index;
  problem.remedy.Delete(Family::kIndex, std::string(row_key));
  problems->push_back(std::move(problem));
}

std::vector<RowProblem> RowChecks::CheckTagRow(std::string_view row_key) {
  const auto row = ParseTagRowKey(row_key);
  if (row && IsDropped(row->namespace_id)) {
    return {};
  }
  RowProblem problem;
  std::string message = "a row of the tags has no key";
  if (row) {
    const Found found = Find(row->namespace_id, row->kv_key);
    const bool fits = found.record && found.record->entry.kind != EntryKind::kChunk &&
                      std::find(found.record->entry.tags.begin(), found.record->entry.tags.end(),
                                row->tag) != found.record->entry.tags.end();
    if (fits || !found.damage.empty()) {
      return {};
    }
    message = "it stands below the tag \"" + std::string(row->tag) + "\", which it does not bear";
  }
  problem.finding =
      NewFinding(FindingKind::kMirror, 6, row ? row->namespace_id : 0, row ? row->kv_key : "",
                 message + " (reel scrub --repair drops the row)");
  problem.remedy.Delete(Family::kTags, std::string(row_key));
  return {std::move(problem)};
}

std::vector<RowProblem> RowChecks::CheckExpiryRow(std::string_view row_key) {
  const bool whole = row_key.size() >= sizeof(int64_t) + kNamespaceBytes;
  const ExpiryRow row = whole ? ParseExpiryRowKey(row_key) : ExpiryRow();
  if (whole && IsDropped(row.namespace_id)) {
    return {};
  }
  std::string message = "a row of the expiries has no key";
  if (whole) {
    const Found found = Find(row.namespace_id, row.kv_key);
    const bool fits = found.record && found.record->entry.kind != EntryKind::kChunk &&
                      found.record->entry.expires == row.expires;
    if (fits || !found.damage.empty()) {
      return {};
    }
    message = "it stands among the expiries at " + std::to_string(row.expires) +
              ", when it does not expire";
  }
  RowProblem problem;
  problem.finding = NewFinding(FindingKind::kMirror, 6, row.namespace_id, row.kv_key,
                               message + " (reel scrub --repair drops the row)");
  problem.remedy.Delete(Family::kExpiry, std::string(row_key));
  return {std::move(problem)};
}

}  // namespace reel

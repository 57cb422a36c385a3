#include "kv/disk_namespace.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "format/kv_key.h"
#include "format/row_key.h"
#include "kv/batch.h"
#include "kv/disk_view.h"
#include "kv/disk_writer.h"
#include "kv/relabel.h"

namespace reel {

Result<std::optional<Record>> DiskNamespace::Find(std::string_view key) const {
  if (closed_) {
    return std::optional<Record>();
  }
  auto row = context_.database->Get(Family::kIndex, IndexRowKey(id_, key));
  if (!row.ok()) {
    return row.status();
  }
  if (!row->has_value()) {
    return std::optional<Record>();
  }
  auto record = DecodeRecord(**row, key);
  if (!record.ok()) {
    return record.status();
  }
  return std::optional<Record>(*std::move(record));
}

Result<Record> DiskNamespace::FindLive(std::string_view key) const {
  REEL_RETURN_IF_ERROR(ValidateKey(key));
  auto record = Find(key);
  if (!record.ok()) {
    return record.status();
  }
  if (!record->has_value() || IsExpired((*record)->entry, context_.clock->NowSeconds())) {
    return NoSuchKey(key);
  }
  return **std::move(record);
}

Result<Entry> DiskNamespace::Stat(std::string_view key) const {
  auto record = FindLive(key);
  if (!record.ok()) {
    return record.status();
  }
  return std::move(record->entry);
}

Result<std::unique_ptr<EntryView>> DiskNamespace::Open(std::string_view key,
                                                       Caching caching) const {
  // Under the lock nothing is dropped between reading the record and pinning what it names (I7).
  const auto hold = context_.reclaimer->HoldDrops();
  auto record = FindLive(key);
  if (!record.ok()) {
    return record.status();
  }
  return std::unique_ptr<EntryView>(std::make_unique<DiskView>(this, *std::move(record), caching));
}

Result<DiskNamespace::Counts> DiskNamespace::CountAll(std::string_view prefix) const {
  Counts counts;
  if (closed_) {
    return counts;
  }
  const int64_t now = context_.clock->NowSeconds();
  const auto cursor = context_.database->NewCursor(Family::kIndex, IndexRowKey(id_, prefix));
  for (; cursor->Valid(); cursor->Next()) {
    const auto head = PeekRecord(cursor->value());
    if (!head) {
      // Says what is wrong with it.
      return DecodeRecord(cursor->value(), KvKeyOfIndexRow(cursor->key())).status();
    }
    KvCount& count = head->expires != 0 && head->expires <= now ? counts.expired : counts.live;
    ++count.keys;
    count.videos += head->kind == EntryKind::kChunk ? 0 : 1;
    count.bytes += head->size;
  }
  REEL_RETURN_IF_ERROR(cursor->status());
  return counts;
}

Result<KvCount> DiskNamespace::Count(std::string_view prefix) const {
  const auto counts = CountAll(prefix);
  if (!counts.ok()) {
    return counts.status();
  }
  return counts->live;
}

Result<std::unique_ptr<EntryWriter>> DiskNamespace::NewWriter(std::string_view key,
                                                              uint64_t chunk_size) {
  REEL_RETURN_IF_ERROR(ValidateKey(key));
  REEL_RETURN_IF_ERROR(CheckChunkSize(chunk_size));
  return std::unique_ptr<EntryWriter>(
      std::make_unique<DiskWriter>(this, std::string(key), static_cast<uint32_t>(chunk_size)));
}

EntryLookup DiskNamespace::Lookup() const {
  return [this](std::string_view key) -> Result<std::optional<Entry>> {
    auto record = Find(key);
    if (!record.ok()) {
      return record.status();
    }
    return record->has_value() ? std::optional<Entry>(std::move((*record)->entry)) : std::nullopt;
  };
}

Status DiskNamespace::CheckOpen() const {
  return closed_ ? Status(Code::kNotFound, "the namespace was dropped (create it again)")
                 : Status::Ok();
}

void DiskNamespace::Finish(const Step& step) const {
  context_.reclaimer->Retire(step.garbage);
  feed_.Tell(step.changes);
}

void DiskNamespace::TellClosed() const {
  const Change everything;
  feed_.Tell({&everything, 1});
}

Status DiskNamespace::RemoveEntry(std::string_view key, Step* step) const {
  const auto record = Find(key);
  if (!record.ok()) {
    return record.status();
  }
  if (record->has_value()) {
    RemoveRows(id_, **record, &step->rows, &step->garbage);
    step->changes.AddRemoved((*record)->entry);
  }
  return Status::Ok();
}

template <typename Write>
auto DiskNamespace::InGate(std::string_view key, const Write& write) -> decltype(write()) {
  {
    const WriteGate::Key hold(context_.write_gate, id_, key);
    const auto record = Find(key);
    REEL_RETURN_IF_ERROR(record.status());
    if (!record->has_value() || (*record)->entry.kind == EntryKind::kSingle) {
      return write();
    }
  }
  const std::lock_guard alone(*context_.write_gate);
  return write();
}

Result<bool> DiskNamespace::Delete(std::string_view key) {
  REEL_RETURN_IF_ERROR(ValidateKey(key));
  Step step;
  auto was_live = InGate(key, [&]() -> Result<bool> {
    auto record = Find(key);
    if (!record.ok()) {
      return record.status();
    }
    if (!record->has_value()) {
      return false;
    }
    const Entry& entry = (*record)->entry;
    const bool is_live = !IsExpired(entry, context_.clock->NowSeconds());
    if (entry.kind == EntryKind::kChunk) {
      return is_live ? Result<bool>(ChunkOfVideo(entry)) : Result<bool>(false);
    }
    RemoveRows(id_, **record, &step.rows, &step.garbage);
    step.changes.AddRemoved(entry);
    REEL_RETURN_IF_ERROR(context_.database->Write(step.rows, /*sync=*/true));
    return is_live;
  });
  if (was_live.ok()) {
    Finish(step);
  }
  return was_live;
}

Result<Entry> DiskNamespace::Publish(Publication publication, const Placement& placement,
                                     std::initializer_list<ExtentWriter*> extents, RowBatch batch) {
  const auto generation = context_.database->NextId();
  if (!generation.ok()) {
    return generation.status();
  }
  publication.base.generation = *generation;
  for (Entry& chunk : publication.chunks) {
    chunk.generation = *generation;
  }
  Step step;
  step.rows = std::move(batch);
  const auto write = [&]() -> Status {
    REEL_RETURN_IF_ERROR(CheckOpen());
    const auto displaced = FindDisplaced(publication, Lookup(), context_.clock->NowSeconds());
    if (!displaced.ok()) {
      return displaced.status();
    }
    for (const std::string& key : *displaced) {
      REEL_RETURN_IF_ERROR(RemoveEntry(key, &step));
    }
    AddRows(id_, publication, placement, &step.rows);
    step.changes.AddPresent(publication.base);
    for (ExtentWriter* extent : extents) {
      extent->HandOver();
    }
    return context_.database->Write(step.rows, /*sync=*/true);
  };
  if (publication.base.kind == EntryKind::kSingle) {
    REEL_RETURN_IF_ERROR(InGate(publication.base.key, write));
  } else {
    const std::lock_guard alone(*context_.write_gate);
    REEL_RETURN_IF_ERROR(write());
  }
  Finish(step);
  return std::move(publication.base);
}

Status DiskNamespace::AddUpdate(const Mutation& mutation, int64_t now, Step* step) const {
  auto base = Find(mutation.key);
  if (!base.ok()) {
    return base.status();
  }
  const Entry before = (*base)->entry;
  ApplyUpdate(mutation.update, now, &(*base)->entry);
  ReplaceRows(id_, before, **base, &step->rows);
  step->changes.AddChanged(before);
  for (uint32_t i = 0; mutation.update.ttl && i < before.body.chunk_count; ++i) {
    auto chunk = Find(ChunkKey(before.key, i));
    if (!chunk.ok()) {
      return chunk.status();
    }
    if (!chunk->has_value()) {
      return {Code::kCorruption, "chunk " + std::to_string(i) + " of \"" + before.key +
                                     "\" has no record (store this video again)"};
    }
    ApplyUpdate(mutation.update, now, &(*chunk)->entry);
    ReplaceRows(id_, before, **chunk, &step->rows);
  }
  return Status::Ok();
}

Status DiskNamespace::Apply(std::span<const Mutation> batch) {
  // Values are written before the lock is taken: they may be large.
  Step step;
  std::vector<std::unique_ptr<ExtentWriter>> extents(batch.size());
  std::vector<Placement> placements(batch.size());
  for (size_t i = 0; i < batch.size(); ++i) {
    const std::string& value = batch[i].value;
    if (batch[i].kind != Mutation::Kind::kPut || value.size() > kValueBytesMax) {
      continue;  // what is too large the plan refuses
    }
    extents[i] =
        std::make_unique<ExtentWriter>(context_.database, context_.reclaimer,
                                       static_cast<uint32_t>(std::max<size_t>(1, value.size())));
    REEL_RETURN_IF_ERROR(extents[i]->Append(value).WithContext(batch[i].key));
    auto placed = extents[i]->Finish(/*may_inline=*/true, &step.rows);
    if (!placed.ok()) {
      return placed.status().WithContext(batch[i].key);
    }
    placements[i].base = *std::move(placed);
  }
  {
    const std::lock_guard lock(*context_.write_gate);
    REEL_RETURN_IF_ERROR(CheckOpen());
    const int64_t now = context_.clock->NowSeconds();
    auto plan = PlanBatch(batch, Lookup(), now);
    if (!plan.ok()) {
      return plan.status();
    }
    for (const std::string& key : plan->removed) {
      REEL_RETURN_IF_ERROR(RemoveEntry(key, &step));
    }
    for (BatchPlan::Put& put : plan->puts) {
      const auto generation = context_.database->NextId();
      if (!generation.ok()) {
        return generation.status();
      }
      put.publication.base.generation = *generation;
      AddRows(id_, put.publication, placements[put.mutation], &step.rows);
      step.changes.AddPresent(put.publication.base);
    }
    for (const size_t update : plan->updates) {
      REEL_RETURN_IF_ERROR(AddUpdate(batch[update], now, &step));
    }
    for (const auto& extent : extents) {
      if (extent != nullptr) {
        extent->HandOver();
      }
    }
    REEL_RETURN_IF_ERROR(context_.database->Write(step.rows, /*sync=*/true));
  }
  Finish(step);
  return Status::Ok();
}

Result<Entry> DiskNamespace::Relabel(const Relabeling& relabeling) {
  Step step;
  std::optional<ExtentWriter> manifest;
  ValuePlace manifest_place;
  if (relabeling.manifest && relabeling.manifest->json.size() <= kValueBytesMax) {
    const std::string& json = relabeling.manifest->json;
    manifest.emplace(context_.database, context_.reclaimer,
                     static_cast<uint32_t>(std::max<size_t>(1, json.size())));
    REEL_RETURN_IF_ERROR(manifest->Append(json).WithContext(relabeling.to));
    auto placed = manifest->Finish(/*may_inline=*/true, &step.rows);
    if (!placed.ok()) {
      return placed.status().WithContext(relabeling.to);
    }
    manifest_place = *std::move(placed);
  }
  std::optional<RelabelPlan> plan;
  {
    const std::lock_guard lock(*context_.write_gate);
    REEL_RETURN_IF_ERROR(CheckOpen());
    auto planned = PlanRelabel(relabeling, Lookup(), context_.clock->NowSeconds());
    REEL_RETURN_IF_ERROR(planned.status());
    plan = *std::move(planned);
    const auto record = Find(relabeling.from);
    REEL_RETURN_IF_ERROR(record.status());
    for (const std::string& key : plan->displaced) {
      REEL_RETURN_IF_ERROR(RemoveEntry(key, &step));
    }
    // Removals first: a new key may be one of the old ones.
    RemoveRowsOnly(id_, plan->before, &step.rows);
    Placement placement{(*record)->value, (*record)->body_run};
    if (manifest) {
      AddValueGarbage(**record, &step.rows, &step.garbage);
      placement.base = manifest_place;
      manifest->HandOver();
    }
    AddRows(id_, plan->after, placement, &step.rows);
    step.changes.AddRemoved(plan->before);
    step.changes.AddPresent(plan->after.base);
    REEL_RETURN_IF_ERROR(context_.database->Write(step.rows, /*sync=*/true));
  }
  Finish(step);
  return std::move(plan->after.base);
}

Result<std::vector<std::string>> DiskNamespace::ExpiredKeys(uint32_t limit, int64_t now) const {
  std::vector<std::string> keys;
  const auto cursor = context_.database->NewCursor(Family::kExpiry, "");
  const std::string behind = ExpiryRowKey(now + 1, 0, "");
  for (; cursor->Valid() && cursor->key() < behind && keys.size() < limit; cursor->Next()) {
    const auto row = ParseExpiryRowKey(cursor->key());
    if (row.namespace_id == id_) {
      keys.emplace_back(row.kv_key);
    }
  }
  REEL_RETURN_IF_ERROR(cursor->status());
  return keys;
}

Result<RemovedVideos> DiskNamespace::RemoveExpired(uint32_t limit) {
  const auto keys = ExpiredKeys(limit, context_.clock->NowSeconds());
  if (!keys.ok()) {
    return keys.status();
  }
  RemovedVideos removed;
  for (const std::string& key : *keys) {
    Step step;
    {
      const std::lock_guard lock(*context_.write_gate);
      const auto record = Find(key);
      if (!record.ok()) {
        return record.status();
      }
      // Replaced, refreshed or removed since its row was read.
      if (!record->has_value() || !IsExpired((*record)->entry, context_.clock->NowSeconds())) {
        continue;
      }
      RemoveRows(id_, **record, &step.rows, &step.garbage);
      step.changes.AddRemoved((*record)->entry);
      REEL_RETURN_IF_ERROR(context_.database->Write(step.rows, /*sync=*/true));
      removed.bytes += VideoBytes((*record)->entry);
    }
    Finish(step);
    ++removed.videos;
  }
  return removed;
}

Status DiskNamespace::RemoveAll() {
  constexpr size_t kEntriesAtOnce = 64;
  const std::string prefix = IndexRowKey(id_, "");
  while (true) {
    RowBatch batch;
    std::vector<Garbage> garbage;
    size_t entries = 0;
    const auto cursor = context_.database->NewCursor(Family::kIndex, prefix);
    for (; cursor->Valid() && entries < kEntriesAtOnce; cursor->Next()) {
      const std::string_view key = KvKeyOfIndexRow(cursor->key());
      const auto record = DecodeRecord(cursor->value(), key);
      if (!record.ok()) {
        return record.status();
      }
      if (record->entry.kind != EntryKind::kChunk) {  // chunks go with their manifest
        RemoveRows(id_, *record, &batch, &garbage);
        ++entries;
      }
    }
    REEL_RETURN_IF_ERROR(cursor->status());
    if (entries == 0) {
      return Status::Ok();
    }
    REEL_RETURN_IF_ERROR(context_.database->Write(batch, /*sync=*/true));
    context_.reclaimer->Retire(garbage);
  }
}

}  // namespace reel
